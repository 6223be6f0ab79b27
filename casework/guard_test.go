package casework

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/casework/figure"
	"wasl/casework/reading"
	"wasl/governance/governanceapi"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
)

// call makes a service call as another block.
func (w *world) call(from, method, path string, body any) int {
	data, _ := json.Marshal(body)
	r := httptest.NewRequest(method, path, bytes.NewReader(data))
	token, _ := w.keys[from].SignService("casework")
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	rw := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rw, r)
	w.mu.Lock()
	w.last = rw.Body.Bytes()
	w.mu.Unlock()
	return rw.Code
}

func TestAnOfficerOfAnotherAdministrationSeesNothing(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(nil)
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.get(officerV, office).is(t, "own officer", 200)
	for who, v := range map[string]tokens.Visit{"other commune": foreign, "governor before escalation": governor, "prefecture": prefect} {
		w.get(v, office).is(t, who, 404)
		w.post(v, office, "do", "accept", "text.fr", "oui").is(t, who+" deciding", 404)
		w.get(v, office+"/pieces/plan").is(t, who+" reading a piece", 404)
		if p := w.get(v, "/fr/office"); strings.Contains(p.body, "Permis de construire") {
			t.Errorf("%s sees it in the inbox", who)
		}
	}
	sameOrg := officerV
	sameOrg.Unit = "another-unit"
	w.get(sameOrg, office).is(t, "another unit of the same commune", 404)
	stranger := amina
	stranger.Subject = "sub-stranger"
	w.get(stranger, path).is(t, "another person", 404)
	w.get(amina, "/fr/office").is(t, "a citizen without appointment", 403)
	if p := w.get(tokens.Visit{}, path); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/fr/login?return=") {
		t.Errorf("a visitor who is not signed in: %d %s", p.status, p.location)
	}

	count := func(p pg.Principal, table string) (n int) {
		err := w.block.desk.DB.Tx(t.Context(), p, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, table := range []string{"dossier", "event", "paper"} {
		if n := count(pg.Org("com_04.501.01.01"), table); n != 0 {
			t.Errorf("direct SQL as another commune reads %d rows of %s", n, table)
		}
		if n := count(pg.Principal{}, table); n != 0 {
			t.Errorf("direct SQL as nobody reads %d rows of %s", n, table)
		}
		if count(pg.Org(commune), table) == 0 {
			t.Errorf("its own commune reads no %s", table)
		}
	}
}

func TestAFileThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	w.mu.Lock()
	w.breaks = true
	w.mu.Unlock()
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("the answer ended as if it were whole: %v", p)
		}
	}()
	w.get(officerV, strings.Replace(path, "/dossiers/", "/office/", 1)+"/pieces/plan")
}

func TestADraftBelongsToItsPersonAlone(t *testing.T) {
	w := newWorld(t)
	path := w.start("permis-construire")
	w.post(amina, path, "field.territory", "Agdal", "do", "save")
	w.get(officerV, strings.Replace(path, "/dossiers/", "/office/", 1)).is(t, "officer before deposit", 404)
}

func TestContract(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	if status := w.call("portal", "GET", "/v1/people/"+subject+"/dossiers", nil); status != 200 ||
		!bytes.Contains(w.last, []byte(`"last_day":"2026-10-02"`)) || !bytes.Contains(w.last, []byte(`"days_left":31`)) {
		t.Errorf("summary: %d %s", status, w.last)
	}
	if status := w.call("locker", "GET", "/v1/people/"+subject+"/dossiers", nil); status != 403 {
		t.Errorf("another block reads a person's dossiers: %d", status)
	}
	w.on("2026-09-11")
	w.post(officerV, strings.Replace(path, "/dossiers/", "/office/", 1), "do", "accept", "text.fr", "oui")
	w.call("portal", "GET", "/v1/indicators", nil)
	var out governanceapi.Indicators
	if err := json.Unmarshal(w.last, &out); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, i := range out.Indicators {
		got[i.Name] = i.Value
	}
	if got["dossiers.deposited"] != 1 || got["dossiers.in_time"] != 1 || got["dossiers.median_days"] != 10 {
		t.Errorf("indicators: %v", got)
	}
	if spec, err := w.block.Spec(); err != nil || !bytes.Contains(spec, []byte("payment-event")) {
		t.Errorf("OpenAPI: %v", err)
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "casework", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db,
		"access_grant: the policy of the others reads it; names no person",
		"due: names no person; the sweeper reads it, then decides in the organisation's name",
		"tally: counts only",
	)
	pgtest.PrepareAll(t, db, slices.Concat(dossier.Queries(), figure.Queries(), reading.Queries())...)
}

// TestAnEmptyQueueLosesNothing: what is due stands in rows; the queue only wakes things up.
func TestAnEmptyQueueLosesNothing(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	if _, err := w.block.desk.DB.Pool().Exec(t.Context(), "DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	w.on("2026-10-03")
	if n := w.sweep(); n != 1 {
		t.Fatalf("silence recorded %d times", n)
	}
	w.get(amina, path).is(t, "approved", 200, "Accepté par silence")
}
