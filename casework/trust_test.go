package casework

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/casework/reading"
	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/law"
)

func TestAnOfficerWhoInventsRequestsStopsNoClock(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	for _, ask := range []string{"x1", "x2", "x3", "x4", "x5", "bribe", "", "Information"} {
		w.post(officerV, office, "do", "ask", "ask", ask, "piece", "plan", "grounds", "x").is(t, "ask="+ask, 409, "trois demandes")
	}
	w.on("2026-10-03")
	if n := w.sweep(); n != 1 {
		t.Fatalf("silence recorded %d times", n)
	}
	w.get(amina, path).is(t, "approved all the same", 200, "Accepté par silence")
}

// TestRowsHoldTheClosedVocabularies writes past every rule, as a later mistake would.
func TestRowsHoldTheClosedVocabularies(t *testing.T) {
	w := newWorld(t)
	w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	for what, sql := range map[string]string{
		"a request":         `INSERT INTO request SELECT 'r', id, org, person, 'x1', '', 'g', created_on, NULL, NULL, '' FROM dossier`,
		"a state":           `UPDATE dossier SET state = 'lost'`,
		"a language":        `UPDATE dossier SET lang = 'de'`,
		"a unit":            `UPDATE dossier SET regime = jsonb_set(regime, '{unit}', '"moons"')`,
		"a level":           `UPDATE dossier SET competent = jsonb_set(competent, '{level}', '"village"')`,
		"a delay":           `UPDATE dossier SET sheet = jsonb_set(sheet, '{delay,unit}', '"moons"')`,
		"an effect":         `UPDATE dossier SET sheet = jsonb_set(sheet, '{silence,effect}', '"approved"')`,
		"a source of piece": `UPDATE dossier SET sheet = jsonb_set(sheet, '{pieces,0,from}', '"bearer"')`,
		"a kind of field":   `UPDATE dossier SET sheet = jsonb_set(sheet, '{fields,0,type}', '"date"')`,
		"an event":          `INSERT INTO event (dossier, org, person, on_day, code, actor, params) SELECT id, org, person, created_on, 'asked_x1', 'law', '{}' FROM dossier`,
		"an actor":          `INSERT INTO event (dossier, org, person, on_day, code, actor, params) SELECT id, org, person, created_on, 'claimed', 'ghost', '{}' FROM dossier`,
		"a document":        `UPDATE paper SET kind = 'fine'`,
		"a due date":        `UPDATE due SET kind = 'lunch'`,
		"a count":           `INSERT INTO tally VALUES ('2026-09-01', 'o', 'bribes', 0, 0, 1)`,
		"a reading":         `INSERT INTO reading VALUES ('i', 'o', 'p', 'u', 'spy', 'dossier', '', 'examine', 'p', gen_random_uuid(), 'r', now())`,
	} {
		err := w.block.desk.DB.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "violates check constraint") {
			t.Errorf("%s of no vocabulary was written: %v", what, err)
		}
	}
}

// TestTheRowsKnowEveryWordOfTheRules: a word that only Go knows would make an act fail for a person.
func TestTheRowsKnowEveryWordOfTheRules(t *testing.T) {
	data, err := os.ReadFile("migrations/00002_words.sql")
	if err != nil {
		t.Fatal(err)
	}
	sql := string(data)
	var words []string
	for _, s := range dossier.States {
		words = append(words, string(s))
	}
	for _, k := range dossier.PaperKinds {
		words = append(words, string(k))
	}
	for _, a := range dossier.Actors {
		words = append(words, string(a))
	}
	for _, c := range dossier.EventCodes() {
		words = append(words, string(c))
	}
	for _, a := range law.Asks {
		words = append(words, string(a))
	}
	for _, word := range words {
		if !strings.Contains(sql, "'"+word+"'") {
			t.Errorf("no CHECK knows %q", word)
		}
	}
	for _, lang := range []string{"ar", "fr", "zgh", "en"} {
		texts, _ := os.ReadFile("locales/" + lang + ".json")
		for _, c := range dossier.EventCodes() {
			if !strings.Contains(string(texts), `"event.`+string(c)+`"`) {
				t.Errorf("%s: no sentence for the event %s", lang, c)
			}
		}
	}
}

func TestEvidenceForOneAdministrationNeverLandsInTheDraftOfAnother(t *testing.T) {
	w := newWorld(t)
	path := w.start("passeport")
	right := []string{"field.territory", "Agdal", "field.email", "amina@example.ma"}
	other := []string{"field.territory", "04.501.01.01", "field.email", "amina@example.ma"}
	fetch := func() page {
		return w.post(amina, path, append(right, "consent.civil-status", "yes", "do", "fetch:civil-status")...)
	}
	none := func(what string) {
		t.Helper()
		var n int
		err := w.block.desk.DB.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM piece WHERE evidence <> '' OR content IS NOT NULL`).Scan(&n)
		})
		if err != nil || n != 0 {
			t.Errorf("%s: %d pieces hold evidence, %v", what, n, err)
		}
	}
	w.during = func() { w.post(amina, path, append(other, "do", "save")...) }
	fetch().is(t, "the territory changed while the answer was under way", 422, "ne vaut plus")
	none("another administration")
	w.during = func() { w.post(amina, path, "do", "disagree:civil-status") }
	fetch().is(t, "the consent was taken back", 422, "ne vaut plus")
	none("no consent")
	w.during = func() {
		w.during = nil
		w.post(amina, path, append(other, "consent.civil-status", "yes", "do", "fetch:civil-status")...)
	}
	fetch().is(t, "another administration has a consent of its own", 422, "ne vaut plus")
	w.during = nil
	fetch().leads(t, "fetch", "#piece-civil-status")
	w.post(amina, path, append(right, "do", "agree:civil-status")...).leads(t, "agree", "#piece-civil-status")
}

func TestEveryLookOfAnAdministrationIsAnnouncedToThePerson(t *testing.T) {
	w := newWorld(t)
	w.away = true
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.until("sealed receipt", func() bool { return len(w.sealed) == 1 })
	w.get(foreign, office).is(t, "a stranger", 404)
	w.get(officerV, "/fr/office").is(t, "inbox", 200)
	if body := w.get(officerV, "/fr/office").body; strings.Contains(body, "Amina") || strings.Contains(body, "أمينة") {
		t.Error("the inbox names the person: then reading it must be announced too")
	}
	w.get(officerV, office).is(t, "officer", 200)
	w.get(officerV, office+"/pieces/plan").is(t, "piece", 200)
	w.get(officerV, office+"/pieces/no-such").is(t, "no piece", 404)
	receipt := office + "/papers/" + between(w.get(officerV, office).body, "/papers/", `"`)
	w.get(officerV, receipt).is(t, "receipt", 200)
	w.on("2026-12-01")
	w.sweep()
	w.post(amina, path, "do", "claim")
	w.on("2026-12-20")
	w.post(amina, path, "do", "escalate")
	w.get(governor, office).is(t, "governor", 200)

	if _, err := w.block.looks.Announce(t.Context()); errs.KindOf(err) != errs.Unavailable {
		t.Fatalf("the exchange is away: %v", err)
	}
	w.mu.Lock()
	w.away = false
	w.mu.Unlock()
	if _, err := w.block.looks.Announce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.block.looks.Announce(t.Context()); err != nil || n != 0 {
		t.Fatalf("announced again: %d %v", n, err)
	}
	var got []string
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := map[string]bool{}
	for _, r := range w.reads {
		got = append(got, string(r.Function)+" "+string(r.Why)+" "+string(r.What)+" "+r.Item)
		if r.Subject != subject || !r.Known() || !strings.HasPrefix(r.ID, "aud_") || ids[r.ID] || r.At.IsZero() || r.Procedure != "permis-construire" || r.Unit == "" || r.Org == "" {
			t.Errorf("%+v", r)
		}
		ids[r.ID] = true
	}
	want := []string{
		"governor supervise dossier ", "officer examine document receipt_deposited", "officer examine dossier ", "officer examine dossier ",
		"officer examine piece plan",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("announced:\n%s", strings.Join(got, "\n"))
	}
	for act, n := range map[string]int{"dossier.opened": 3, "piece.opened": 1, "paper.opened": 1} {
		var found int
		if err := w.block.desk.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM audit WHERE act = $1", act).Scan(&found); err != nil || found != n {
			t.Errorf("%s: %d in the audit, want %d, %v", act, found, n, err)
		}
	}
	if err := w.block.looks.Late(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEvidenceShownToAnOfficerIsAnnounced(t *testing.T) {
	d := dossier.Dossier{Person: "sub", Pieces: []dossier.Piece{{Code: "civil", Evidence: "msg"}, {Code: "photo", Document: "doc"}}}
	got := reading.Looked("aud_1", d, exchangeapi.DossierRead, "", exchangeapi.Read{Org: "o"}, time.Time{})
	if len(got) != 2 || got[1].What != exchangeapi.EvidenceRead || got[1].Item != "civil" || got[1].ID != "aud_1/civil" {
		t.Errorf("%+v", got)
	}
	if got := reading.Looked("aud_1", d, exchangeapi.PieceRead, "photo", exchangeapi.Read{}, time.Time{}); len(got) != 1 {
		t.Errorf("a file shows no evidence: %+v", got)
	}
}

// TestRequestsOfUnknownKindsOfAnOlderReleaseAreStruckOut migrates rows as the first release left them.
func TestRequestsOfUnknownKindsOfAnOlderReleaseAreStruckOut(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	err := w.block.desk.DB.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		for _, sql := range []string{ // what the migration leaves of a dossier that an invented request had stopped
			`UPDATE dossier SET suspended = true, last_day = NULL, silence_on = NULL`,
			`UPDATE due SET at = (SELECT deposited FROM dossier)`,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.sweep(); n != 1 {
		t.Fatalf("%d dossiers run again", n)
	}
	w.get(amina, path).is(t, "running again", 200, "2 octobre 2026")
	if n := w.sweep(); n != 0 {
		t.Fatalf("%d again", n)
	}
	w.on("2026-10-03")
	w.sweep()
	w.get(amina, path).is(t, "approved", 200, "Accepté par silence")
}

func TestAClosedDossierHasNoRiskAndNoCurrentStep(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.get(officerV, office).is(t, "open", 200, "Étape en cours")
	w.post(officerV, office, "do", "refuse", "text.fr", "Hors zone.").leads(t, "refuse", office)
	for who, p := range map[string]page{"officer": w.get(officerV, office), "citizen": w.get(amina, path)} {
		if strings.Contains(p.body, "Délai suspendu") || strings.Contains(p.body, "Étape en cours") {
			t.Errorf("%s: a closed dossier is said to be suspended, or under way", who)
		}
	}
}

func TestASuspendedClockSaysWhatIsLeft(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.get(amina, path).is(t, "why 31 beside 30", 200, "Délai publié, en jours : 30")
	w.post(officerV, office, "do", "ask", "ask", "information", "grounds", "Hauteur ?").leads(t, "ask", office)
	w.on("2026-09-08")
	p := w.get(amina, path)
	p.is(t, "suspended", 200, "il en reste 31 jours")
	w.post(officerV, office, "do", "return", "text.fr", "non").is(t, "nothing is due by a date", 409, "ne fixe pas de limite")
	w.post(officerV, office, "do", "ask", "ask", "replacement", "piece", "plan", "grounds", " ").is(t, "no grounds for a replacement", 422, "art. 10", `id="f-grounds-error"`)
}
