package binary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/e2e/cast"
	"wasl/e2e/crowd"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

const (
	citizens = 24  // citizens who deposit at the same time
	before   = 80  // deposits acknowledged when the process is killed
	deposits = 210 // deposits acknowledged in all
)

// seed enrols the crowd in a data directory and returns it.
func seed(t *testing.T, data string, env []string) (people []cast.Person) {
	t.Helper()
	out := filepath.Join(filepath.Dir(data), "cast.json")
	p := start(t, filepath.Dir(data), nil, env, "seed", "--data", data, "--out", out, "--gateway", "127.0.0.1:"+free(t),
		"--registers", "http://127.0.0.1:"+free(t), "--crowd", fmt.Sprint(citizens))
	if status := p.end(t, time.Minute); status != 0 {
		t.Fatalf("seed: %s", p.said.String())
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &people); err != nil {
		t.Fatal(err)
	}
	return people[len(people)-citizens:]
}

// receipts are the deposits that were acknowledged: reference → the person's subject.
type receipts struct {
	sync.Mutex
	got    map[string]string
	n      atomic.Int64
	failed atomic.Int64
}

func (r *receipts) keep(t *testing.T, reference, subject string) {
	r.Lock()
	defer r.Unlock()
	if _, twice := r.got[reference]; twice || reference == "" {
		t.Errorf("receipt %q was given twice", reference)
	}
	r.got[reference] = subject
	r.n.Add(1)
}

// TestKilledDuringDepositsItLosesNothing kills the process of all blocks, which owns the database too, in the middle of the
// deposits of a crowd, starts it again, and lets the crowd go on with the sessions it has.
func TestKilledDuringDepositsItLosesNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	portal, identity := free(t), free(t)
	env := []string{"WASL_LIMIT_SCALE=0", "WASL_PORTAL_URL=http://localhost:" + portal, "WASL_IDENTITY_URL=http://localhost:" + identity}
	people := seed(t, data, env)
	s := serveAt(t, data, portal, identity, env).up(t)

	plan, err := crowd.Plan()
	if err != nil {
		t.Fatal(err)
	}
	at := crowd.Place{Portal: s.portal, Identity: s.identity, Data: data}
	given := &receipts{got: map[string]string{}}
	var everyone sync.WaitGroup
	for _, p := range people {
		visitor, err := at.Visitor(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := visitor.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		everyone.Go(func() {
			for given.n.Load() < deposits && t.Context().Err() == nil {
				reference, err := visitor.Deposit(t.Context(), plan)
				if err != nil { // nothing was acknowledged; he tries again
					given.failed.Add(1)
					time.Sleep(100 * time.Millisecond)
					continue
				}
				given.keep(t, reference, p.Subject)
			}
		})
	}
	eventually(t, "the first deposits", 2*time.Minute, func() bool { return given.n.Load() >= before })
	s.Process.Kill()
	<-s.done
	s.done <- errors.New("killed")
	eventually(t, "the end of its database", 30*time.Second, func() bool { return len(processesOf(data)) == 0 })
	acknowledged := given.n.Load()
	again := serveAt(t, data, portal, identity, env).up(t)
	everyone.Wait()
	if given.failed.Load() == 0 {
		t.Error("the kill interrupted nobody")
	}
	t.Logf("%d deposits before the kill, %d in all, %d attempts failed", acknowledged, given.n.Load(), given.failed.Load())
	judge(t, data, given)
	again.stop(t)
}

// judge reads the rows themselves.
func judge(t *testing.T, data string, given *receipts) {
	t.Helper()
	cluster, err := pg.Open(t.Context(), pg.Config{Dir: filepath.Join(data, "postgres")})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	conn, err := pgtest.Admin(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))

	rows, err := conn.Query(t.Context(), "SELECT reference, person FROM casework.dossier WHERE state = 'deposited'")
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]string{}
	var reference, person string
	if _, err := pgx.ForEachRow(rows, []any{&reference, &person}, func() error { stored[reference] = person; return nil }); err != nil {
		t.Fatal(err)
	}
	for reference, person := range given.got {
		if stored[reference] != person {
			t.Errorf("the acknowledged deposit %s is lost", reference)
		}
	}
	// What was committed and not acknowledged is at most one deposit for each of the crowd.
	if more := len(stored) - len(given.got); more > citizens {
		t.Errorf("%d deposits more than were acknowledged", more)
	}

	none := func(what, query string) {
		t.Helper()
		var n int
		if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	none("dossiers without the day of their deposit or of silence", `SELECT count(*) FROM casework.dossier
		WHERE state = 'deposited' AND (deposited IS NULL OR last_day IS NULL OR silence_on IS NULL OR silence_on <= last_day)`)
	none("dossiers without their due day, or with another", `SELECT count(*) FROM casework.dossier d
		LEFT JOIN casework.due u ON u.kind = 'silence' AND u.id = d.id WHERE d.state = 'deposited' AND u.at IS DISTINCT FROM d.silence_on`)
	none("due days without a deposited dossier", `SELECT count(*) FROM casework.due u
		LEFT JOIN casework.dossier d ON d.id = u.id WHERE u.kind = 'silence' AND d.state IS DISTINCT FROM 'deposited'`)
	none("dossiers that have not one receipt", `SELECT count(*) FROM casework.dossier d
		WHERE d.state = 'deposited' AND (SELECT count(*) FROM casework.paper p WHERE p.dossier = d.id) <> 1`)
	none("acts of deposit that are not one for each dossier", `SELECT count(*) FROM (SELECT d.id FROM casework.dossier d
		LEFT JOIN casework.audit a ON a.act = 'dossier.deposited' AND replace(split_part(a.object, '_', 2), '-', '') = replace(d.id::text, '-', '')
		WHERE d.state = 'deposited' GROUP BY d.id HAVING count(a.id) <> 1) x`)
	none("pieces that are not two for each dossier", `SELECT count(*) FROM casework.dossier d
		WHERE d.state = 'deposited' AND (SELECT count(*) FROM casework.piece p WHERE p.dossier = d.id) <> 2`)

	unfinished := 0
	eventually(t, "the seals of the receipts", 2*time.Minute, func() bool {
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM casework.paper WHERE seal = '' OR document = ''").Scan(&unfinished)
		if err != nil {
			t.Fatal(err)
		}
		return unfinished == 0
	})
	none("receipts that share a seal or a document", `SELECT count(*) FROM (SELECT 1 FROM casework.paper GROUP BY seal HAVING count(*) > 1
		UNION ALL SELECT 1 FROM casework.paper GROUP BY document HAVING count(*) > 1) x`)
	eventually(t, "the evidence log", time.Minute, func() bool {
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM casework.audit WHERE batch IS NULL").Scan(&unfinished)
		if err != nil {
			t.Fatal(err)
		}
		return unfinished == 0
	})
}
