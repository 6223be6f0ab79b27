package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/exchange/exchangeapi"
	"wasl/exchange/message"
	"wasl/exchange/verify"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

func TestEvidenceIsFetchedProvenAndShownToThePerson(t *testing.T) {
	w := newWorld(t)
	e, err := w.client.Fetch(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	var content map[string]any
	if err := json.Unmarshal(e.Content, &content); err != nil || len(content) != 9 || e.Provider != CivilStatus || e.RetrievedAt.IsZero() || e.RequestHash == "" {
		t.Errorf("%+v", e)
	}
	trust, err := TrustOf(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Check(e.Proof, trust, nil)
	if err != nil || report.Purpose != ask().Purpose || report.LegalBasis != LegalBasis || report.Represented != "GOV/min-interieur" || !report.SignedByProvider {
		t.Fatalf("%v %+v", err, report)
	}
	if report.Subject == "sub-amina" || strings.Contains(string(e.Proof), "ZZ100001") {
		t.Error("the person is named in the proof")
	}

	for _, lang := range []string{"ar", "fr", "zgh", "en"} {
		page := w.get("/"+lang+"/access", "sub-amina")
		if body := page.Body.String(); page.Code != 200 || !strings.Contains(body, e.ID) || strings.Contains(body, "⟦") {
			t.Errorf("%s: %d", lang, page.Code)
		}
	}
	if body := w.get("/fr/access", "sub-amina").Body.String(); !strings.Contains(body, "Ministère de l’Intérieur") || !strings.Contains(body, "date de naissance") || !strings.Contains(body, "Loi 55-19, article 24") {
		t.Error("the line does not say who, what and why")
	}
	if body := w.get("/fr/access", "sub-other").Body.String(); strings.Contains(body, e.ID) {
		t.Error("another person sees the exchange")
	}
	if p := w.get("/fr/access/"+e.ID+"/proof", "sub-other"); p.Code != http.StatusNotFound {
		t.Errorf("another person's proof: %d", p.Code)
	}
	if p := w.get("/fr/access", ""); p.Code != http.StatusSeeOther {
		t.Errorf("anonymous: %d", p.Code)
	}
	var file *http.Response
	w.until("the log holds the request", func() bool {
		file = w.get("/fr/access/"+e.ID+"/proof", "sub-amina").Result()
		var f verify.File
		return file.StatusCode == 200 && json.NewDecoder(file.Body).Decode(&f) == nil && f.Log != nil
	})
	b := w.get("/fr/access/"+e.ID+"/proof", "sub-amina").Body.Bytes()
	var anyones verify.Trust
	if err := json.Unmarshal(w.get("/fr/access/trust", "").Body.Bytes(), &anyones); err != nil {
		t.Fatal(err)
	}
	if report, err = verify.Check(b, anyones, e.Exact); err != nil || !report.Logged {
		t.Errorf("downloaded proof: %v %+v", err, report)
	}
	var fault *verify.Fault
	if _, err := verify.Check(b, trust, []byte(strings.Replace(string(e.Exact), "value", "forged", 1))); !errors.As(err, &fault) || fault.What != verify.OtherBody {
		t.Errorf("altered evidence: %v", err)
	}
}

func TestARequestNeedsConsentPurposeAndACallerWhoMay(t *testing.T) {
	w := newWorld(t)
	with := func(alter func(*exchangeRequest)) exchangeRequest { r := ask(); alter(&r); return r }
	for name, c := range map[string]struct {
		r    exchangeRequest
		code string
	}{
		"no consent":       {with(func(r *exchangeRequest) { r.Consent, r.Key = "", "a" }), "consent_missing"},
		"no purpose":       {with(func(r *exchangeRequest) { r.Purpose, r.Key = "", "b" }), "request_invalid"},
		"unknown evidence": {with(func(r *exchangeRequest) { r.Evidence, r.Key = "dream-diary", "c" }), "evidence_unknown"},
		"other purpose":    {with(func(r *exchangeRequest) { r.Purpose, r.Key = "dossier.permis-de-construire", "d" }), "exchange_not_allowed"},
		"not found":        {with(func(r *exchangeRequest) { r.Subject, r.Key = "sub-unknown", "e" }), "evidence_not_found"},
	} {
		if _, err := w.client.Fetch(t.Context(), c.r); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.clientOf("portal").Fetch(t.Context(), ask()); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("another block: %v", err)
	}
	if body := w.get("/fr/access", "sub-unknown").Body.String(); !strings.Contains(body, "Rien trouvé") {
		t.Error("an exchange that found nothing is not shown")
	}
	types, err := w.client.EvidenceTypes(t.Context())
	if err != nil || len(types) != 1 || types[0].Code != "civil-status-extract" {
		t.Errorf("%v %v", types, err)
	}
}

func TestARegisterThatIsDownIsToldAndShown(t *testing.T) {
	w := newWorld(t)
	w.answer(func(rw http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := w.client.Fetch(t.Context(), ask()); errs.CodeOf(err) != "upstream_unavailable" {
		t.Fatalf("%v", err)
	}
	w.answer(civilStatus)
	if _, err := w.client.Fetch(t.Context(), ask()); err != nil {
		t.Fatalf("the same request, once the register is back: %v", err)
	}
	changed := ask()
	changed.Subject = "sub-other"
	if _, err := w.client.Fetch(t.Context(), changed); errs.CodeOf(err) != "evidence_key_reused" {
		t.Errorf("another person under the same key: %v", err)
	}
	elsewhere := ask()
	elsewhere.Consumer = "min_justice"
	if _, err := w.client.Fetch(t.Context(), elsewhere); errs.CodeOf(err) != "evidence_key_reused" {
		t.Errorf("another organisation under the same key: %v", err)
	}
	body := w.get("/fr/access", "sub-amina").Body.String()
	if !strings.Contains(body, "n’a pas répondu") || !strings.Contains(body, "Données remises") {
		t.Error("both attempts must be shown")
	}
}

func TestTheRowsAreDerivedFromTheJournal(t *testing.T) {
	w := newWorld(t)
	// An exchange that a killed process left: in the journal, in no row.
	r, err := OpenRequest(ask(), "casework", Pseudonym(w.block.secret, "sub-amina"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	kind, err := w.block.open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	call, _ := r.Call(w.block.client, kind, "ZZ100001")
	x, err := w.block.gateway.Load().Send(t.Context(), call, maxEvidence)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the sweep has made the row and seen the answer", func() bool {
		return strings.Contains(w.get("/en/access", "sub-amina").Body.String(), x.RequestID+"/proof")
	})
	var a Access
	err = w.block.db.Tx(t.Context(), pg.Person("sub-amina"), func(ctx context.Context, tx pgx.Tx) error {
		a, err = accessByID(ctx, tx, uuid.MustParse(x.RequestID))
		return err
	})
	for who, sees := range map[pg.Principal]bool{pg.Org("min_interieur"): true, pg.Org("com_other"): false, pg.Person("sub-other"): false, {}: false} {
		guarded := w.block.db.Tx(t.Context(), who, func(ctx context.Context, tx pgx.Tx) error {
			_, err := accessByID(ctx, tx, uuid.MustParse(x.RequestID))
			return err
		})
		if (guarded == nil) != sees || (!sees && errs.KindOf(guarded) != errs.NotFound) {
			t.Errorf("%+v: %v", who, guarded)
		}
	}
	if err != nil || a.Outcome != Answered || a.Seq != 0 || a.Org != "min_interieur" || a.Dossier != "dos_0198" {
		t.Errorf("%v %+v", err, a)
	}
	in, err := w.block.indicators(t.Context(), nil)
	if err != nil || len(in.Body.Indicators) != 2 || in.Body.Indicators[0].Value != 1 || in.Body.Indicators[0].Month.Day() != 1 {
		t.Errorf("%v %+v", err, in)
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "exchange", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db, "evidence_types: public", "journal_position: one number", "tally: counts that are published")
	pgtest.PrepareAll(t, db, selectEvidenceTypes, selectEvidenceType, insertRequest, selectRequest, insertAccess, endAccess, placeRows, selectAccesses,
		countAccesses, selectAccess, selectEvidence, lockPosition, movePosition, selectMonths, insertLook, selectLooks, countLooks)
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		leaf message.Leaf
		want Outcome
	}{
		{message.Leaf{Status: 200}, Answered},
		{message.Leaf{Status: 404}, NotFound},
		{message.Leaf{Status: 503}, Failed},
		{message.Leaf{Status: 500, Error: "Server.ServerProxy.AccessDenied"}, Refused},
		{message.Leaf{Status: 500, Error: "Server.ServerProxy.ServiceFailed.Timeout"}, Failed},
		{message.Leaf{Error: "Server.ClientProxy.NetworkError"}, Failed},
	} {
		if got := EndOf(c.leaf); got != c.want {
			t.Errorf("%+v: %s", c.leaf, got)
		}
	}
}

func TestAPseudonymHidesAndIsStable(t *testing.T) {
	a, b := Pseudonym([]byte("key-1"), "sub-amina"), Pseudonym([]byte("key-2"), "sub-amina")
	if a == b || strings.Contains(a, "amina") || a != Pseudonym([]byte("key-1"), "sub-amina") {
		t.Error(a, b)
	}
	dir := t.TempDir()
	record := pgtest.Cluster(t)
	first, err := pseudonymKey(t.Context(), record, dir)
	again, _ := pseudonymKey(t.Context(), record, dir)
	if err != nil || string(first) != string(again) {
		t.Error("the key changes")
	}
	if info, _ := os.Stat(filepath.Join(dir, "pseudonym.key")); info.Mode().Perm() != 0o600 {
		t.Error("the key is readable by others")
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("exchange", files, files)
	if err != nil {
		t.Fatal(err)
	}
	row := accessRow{
		At: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC), Who: "min_interieur", Provider: web.K("member.MA/GOV/civil-status"), Fields: []any{web.K("field.birth_date")},
		Procedure: "passeport", Purpose: web.K("purpose.dossier"), LegalBasis: web.K("basis.law-55-19:24"), Message: "m-1", Dossier: "/dossiers/dos_1", Proof: "/access/m-1/proof",
	}
	var rows []accessRow
	for o, kind := range outcomeKinds {
		row.Outcome = web.Tag{Kind: kind, Text: web.K("outcome." + string(o))}
		rows = append(rows, row)
	}
	webtest.All(t, pages, map[string]web.Page{"access": {TitleKey: "access.title", Data: accessView{Rows: rows, Total: 5, Pager: &web.Pager{Page: 1, Last: 2, Href: "/access"}}}})
	webtest.Check(t, pages, "access", web.Page{TitleKey: "access.title", Data: accessView{}})
}

type exchangeRequest = exchangeapi.EvidenceRequest

func TestAnUnreadableKeyOfThePseudonymsStopsTheStart(t *testing.T) {
	dir, record := t.TempDir(), pgtest.Cluster(t)
	path := filepath.Join(dir, "pseudonym.key")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := pseudonymKey(t.Context(), record, dir); err == nil {
		t.Fatalf("a key of %d bytes: everybody could compute the pseudonyms", len(key))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := pseudonymKey(t.Context(), record, dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := pseudonymKey(t.Context(), record, dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a lost key: %v: everybody would be somebody else", err)
	}
}
