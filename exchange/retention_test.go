package exchange

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// superuser is the test server's own user in the database of db: rows go in without being checked one by one, and no policy hides them.
func superuser(t *testing.T, db *pg.DB) *pgx.Conn {
	t.Helper()
	conf, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conf.Database = db.Pool().Config().ConnConfig.Database
	conf.RuntimeParams["search_path"] = "exchange"
	conn, err := pgx.ConnectConfig(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestFiveYearsOfExchangesAreForgottenAndTheirNumberIsNot(t *testing.T) {
	const n = 20_000
	const counted = 1000 // by the trigger; one transaction that counts all of them would count slowly
	db := pgtest.New(t, "exchange", migrations)
	conn := superuser(t, db)
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	count := func(query string) (got int) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), query).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	do(fmt.Sprintf(`INSERT INTO requests SELECT gen_random_uuid(), 'c', 'k' || g, '', 's' || g %% 1000, '', 'org', 'civil-status-extract', '', '', '', '', '',
		timestamptz '2026-01-01' + g * interval '1 day' / 100 FROM generate_series(1, %d) g`, n))
	exchanges := `INSERT INTO exchanges (id, request, subject, org, provider, service, fields, purpose, legal_basis, procedure, agreement, dossier, outcome, asked_at,
		asked, answered, certificates) SELECT gen_random_uuid(), id, subject, org, '', '', '{}', '', '', '', '', '', 'answered', at + interval '1 hour', '', '', '{}'
		FROM requests ORDER BY at `
	do(exchanges+`LIMIT $1`, counted)
	do(`SET session_replication_role = replica`)
	do(exchanges+`OFFSET $1`, counted)
	do(`SET session_replication_role = origin`)
	do(`INSERT INTO looks SELECT 'casework', r.key, r.subject, r.org, '', 'officer', 'dossier', '', 'examine', '', '', '', r.at FROM requests r`)
	do(`ANALYZE`)
	now := time.Date(2031, 7, 2, 0, 30, 0, 0, time.UTC)
	for day := time.Date(2031, 3, 1, 0, 0, 0, 0, time.UTC); day.Before(now); day = day.AddDate(0, 1, 0) {
		if err := db.Retain(t.Context(), day); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if err := db.Retain(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it takes %s", took)
	}
	for _, old := range []string{`exchanges WHERE asked_at < '2026-07-01'`, `requests WHERE at < '2026-06-01'`, `looks WHERE at < '2026-07-01'`} {
		if left := count(`SELECT count(*) FROM ` + old); left > 0 {
			t.Errorf("%d of %s are left after five years", left, old)
		}
	}
	young := `at >= '2026-07-03'`
	if have, want := count(`SELECT count(*) FROM looks WHERE `+young), count(`SELECT count(*) FROM requests WHERE `+young); have != want {
		t.Errorf("%d of %d looks of the newest months survive", have, want)
	}
	if sum := count(`SELECT sum(asked + answered) FROM tally`); sum != 2*counted {
		t.Errorf("the figures forget with the rows: %d of %d", sum, 2*counted)
	}
	var plan strings.Builder
	rows, err := conn.Query(t.Context(), `EXPLAIN SELECT ctid FROM exchanges WHERE asked_at < $1 ORDER BY asked_at LIMIT 5000`, now.AddDate(-5, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if strings.Contains(plan.String(), "Seq Scan") {
		t.Error(plan.String())
	}
}
