package pg_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/pg/pgtest"
)

func TestTheOperatorIsToldWhoPassesByTheGuardsAndWhatIsLate(t *testing.T) {
	cluster := pgtest.ClusterWith(t, "diary", diary)
	db, err := cluster.Block(t.Context(), "diary", diary, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conf, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conf.Database = db.Pool().Config().ConnConfig.Database
	super, err := pgx.ConnectConfig(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(t.Context())
	do := func(query string) {
		t.Helper()
		if _, err := super.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Retain(t.Context(), clock.System(nil).Now().UTC()); err != nil {
		t.Fatal(err)
	}
	for what, list := range map[string]func() ([]string, error){
		"powers": func() ([]string, error) { return cluster.Powers(t.Context(), []string{"diary"}) },
		"late":   func() ([]string, error) { return db.Overdue(t.Context()) },
	} {
		if found, err := list(); err != nil || len(found) > 0 {
			t.Errorf("%s of a sound block: %v %v", what, found, err)
		}
	}
	other := fmt.Sprintf("other_%d", os.Getpid()) // roles belong to the server: this one to this test
	do(`CREATE ROLE ` + other + ` BYPASSRLS; GRANT diary_owner TO ` + other)
	defer do(`DROP ROLE ` + other)
	found, err := cluster.Powers(t.Context(), []string{"diary"})
	if err != nil || !slices.Contains(found, other+" may act as diary_owner") {
		t.Errorf("%v %v", found, err)
	}
	do(`INSERT INTO diary.river_job (kind, args, max_attempts, scheduled_at) VALUES ('letter', '{}', 25, now() - interval '2 hours')`)
	do(`ALTER TABLE diary.page DETACH PARTITION diary.page_` + clock.System(nil).Now().UTC().Format("200601"))
	late, err := db.Overdue(t.Context())
	if err != nil || len(late) != 2 || !strings.Contains(late[0], "letter") || !strings.Contains(late[1], "journal page") {
		t.Errorf("%q %v", late, err)
	}
}
