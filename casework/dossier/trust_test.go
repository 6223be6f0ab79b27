package dossier

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/casework/figure"
	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/law"
)

// withEvidence is a draft whose title is fetched from a register.
func withEvidence() Dossier {
	d := permit()
	d.Sheet.Pieces = slices.Clone(d.Sheet.Pieces)
	d.Sheet.Pieces[1] = catalogapi.Piece{Code: "title", From: catalogapi.FromAdministration, Evidence: "land-title", Provider: "registry"}
	return d
}

func got(d Dossier) Fetched {
	return Fetched{
		Consent: d.ConsentFor("title"), Evidence: "land-title", Message: "msg", Provider: "MA/GOV/registry", Content: json.RawMessage(`{"a":1}`),
	}
}

func TestEvidenceNeedsTheConsentThatStands(t *testing.T) {
	consented := must(t)(Consent(withEvidence(), "title", day("2026-09-01")))
	fetched := must(t)(Receive(consented, "title", got(consented)))
	if p, _ := fetched.Piece("title"); p.Evidence != "msg" || p.Present() {
		t.Errorf("fetched, not yet agreed: %+v", p)
	}
	agreed := must(t)(Agree(fetched, "title", "msg", day("2026-09-01")))
	if p, _ := agreed.Piece("title"); !p.Present() {
		t.Error("agreed evidence counts")
	}
	other := Competence{Org: "com_2", Unit: "com_2"}
	moved := must(t)(Fill(consented, consented.Answers, other, nil))
	movedAndConsented := must(t)(Consent(moved, "title", day("2026-09-01")))
	declined := must(t)(Remove(consented, "title", "evidence.declined"))
	own := must(t)(Fill(consented, consented.Answers, consented.Competent, []Piece{{Code: "title", Document: "doc"}}))
	late := consented
	late.State = Deposited
	wrong := func(change func(*Fetched)) Fetched { f := got(consented); change(&f); return f }
	for what, c := range map[string]struct {
		d    Dossier
		code string
		got  Fetched
	}{
		"another administration":                     {moved, "title", got(consented)},
		"another administration with its own":        {movedAndConsented, "title", got(consented)},
		"consent taken back":                         {declined, "title", got(consented)},
		"the person brought the document":            {own, "title", got(consented)},
		"deposited meanwhile":                        {late, "title", got(consented)},
		"never consented":                            {withEvidence(), "title", got(consented)},
		"a piece that is not fetched":                {consented, "plan", got(consented)},
		"a piece that the sheet does not have":       {consented, "mood", got(consented)},
		"another evidence":                           {consented, "title", wrong(func(f *Fetched) { f.Evidence = "tax" })},
		"another provider":                           {consented, "title", wrong(func(f *Fetched) { f.Provider = "MA/GOV/tax" })},
		"no message":                                 {consented, "title", wrong(func(f *Fetched) { f.Message = "" })},
		"a consent of another dossier of the person": {consented, "title", wrong(func(f *Fetched) { f.Consent = "dos_other/title/com_1" })},
	} {
		if out, err := Receive(c.d, c.code, c.got); err == nil {
			p, _ := out.Dossier.Piece("title")
			t.Errorf("%s: taken, %+v", what, p)
		}
	}
	back := must(t)(Fill(moved, moved.Answers, consented.Competent, nil))
	if _, err := Receive(back, "title", got(consented)); err == nil {
		t.Error("a consent does not come back with its administration")
	}
	if _, err := Agree(fetched, "title", "another message", day("2026-09-01")); errs.CodeOf(err) != "piece_unknown" {
		t.Errorf("agreed to what was not seen: %v", err)
	}
	if _, err := Agree(consented, "title", "", day("2026-09-01")); err == nil {
		t.Error("agreed to nothing")
	}
	moved.Pieces = fetched.Pieces
	if _, err := Agree(moved, "title", "msg", day("2026-09-01")); errs.FieldsOf(err)[0].Code != "consent_gone" {
		t.Errorf("agreed for another administration: %v", err)
	}
	nowhere := withEvidence()
	nowhere.Competent = Competence{}
	if _, err := Consent(nowhere, "title", day("2026-09-01")); errs.FieldsOf(err)[0].Code != "territory_first" {
		t.Errorf("consent for nobody: %v", err)
	}
	if _, err := Consent(withEvidence(), "plan", day("2026-09-01")); errs.CodeOf(err) != "piece_unknown" {
		t.Errorf("consent to fetch what is brought: %v", err)
	}
	for what, err := range map[string]error{
		"consent": second(Consent(late, "title", day("2026-09-02"))), "remove": second(Remove(late, "title", "")), "agree": second(Agree(late, "title", "msg", day("2026-09-02"))),
	} {
		if errs.CodeOf(err) != "dossier_not_now" {
			t.Errorf("%s after deposit: %v", what, err)
		}
	}
}

func second(_ Outcome, err error) error { return err }

func TestProviders(t *testing.T) {
	for member, want := range map[string]bool{"MA/GOV/registry": true, "registry": true, "MA/GOV/xregistry": false, "MA/GOV/registry/x": false, "": false} {
		if provides(member, "registry") != want {
			t.Error(member)
		}
	}
	if !provides("anybody", "") {
		t.Error("a sheet that names nobody")
	}
}

// TestNoSequenceOfActsPostponesSilenceBeyondTheLaw plays an officer who may send anything on any day of the order of days, and a
// person who answers the next day. Bound: D + N + 1 (art. 16, 31) + one day for each request that the law knows: originals once
// (art. 7-4), information once (art. 14), a replacement once for each published piece (art. 10); then the next worked day.
func TestNoSequenceOfActsPostponesSilenceBeyondTheLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := permit()
		out, err := Deposit(book, bring(d, "plan", "title"), day("2026-09-01"))
		if err != nil {
			t.Fatal(err)
		}
		d = out.Dossier
		bound := book.Calendar.Next(d.Deposited.AddDays(d.Regime.Days + 1 + 2 + len(d.Sheet.Pieces)))
		word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"replacement", "originals", "information", "x1", "bribe", "plan", "title", "note"}))
		for today := d.Deposited; today.Before(bound.AddDays(2)); today = today.AddDays(1) {
			for _, q := range d.Open() {
				if q.Sent.Before(today) {
					brought := []Piece{{Code: q.Piece, Document: "new"}}
					if out, err := Answer(book, d, q.ID, "voici", brought, today); err == nil {
						d = out.Dossier
					}
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "acts") {
				ask := law.Request{Ask: law.Ask(word.Draw(t, "ask")), Piece: word.Draw(t, "piece"), Grounds: word.Draw(t, "grounds")}
				switch rapid.IntRange(0, 3).Draw(t, "act") {
				case 0:
					if out, err := Return(book, d, word.Draw(t, "text"), "", today); err == nil && out.Dossier.State != Returned {
						t.Fatal("returned")
					}
				default:
					if out, err := Ask(book, d, word.Draw(t, "id"), ask, today); err == nil {
						d = out.Dossier
					}
				}
			}
		}
		if out, ok := Silence(book, d, bound.AddDays(1)); !ok || out.Dossier.State != Approved {
			t.Fatalf("no silence on %s: %s, last day %s, %v", bound.AddDays(1), d.State, d.LastDay, d.Requests)
		}
	})
}

func TestWhatIsCounted(t *testing.T) {
	names := func(list []figure.Count) (out []figure.Name) {
		for _, c := range list {
			out = append(out, c.Name)
		}
		return out
	}
	is := func(what string, got []figure.Count, want ...figure.Name) {
		t.Helper()
		if !slices.Equal(names(got), want) {
			t.Errorf("%s: %v, want %v", what, names(got), want)
		}
	}
	draft := bring(permit(), "plan", "title")
	dep, _ := Deposit(book, draft, day("2026-09-01"))
	is("deposit", Counts(draft, dep), figure.Deposited)
	accepted, _ := Accept(book, dep.Dossier, "", "oui", day("2026-09-11"))
	is("accepted in time", Counts(dep.Dossier, accepted), figure.Decided, figure.InTime)
	if c := Counts(dep.Dossier, accepted)[0]; c.Days != 10 || c.On != day("2026-09-11") {
		t.Errorf("%+v", c)
	}
	onTheDay, _ := Accept(book, dep.Dossier, "", "oui", dep.Dossier.LastDay)
	is("accepted on the last day", Counts(dep.Dossier, onTheDay), figure.Decided, figure.InTime)
	late, _ := Accept(book, dep.Dossier, "", "oui", day("2026-10-20"))
	is("accepted after the silence", Counts(dep.Dossier, late), figure.Decided, figure.Silence)
	silent, _ := Silence(book, dep.Dossier, day("2026-10-20"))
	is("silence", Counts(dep.Dossier, silent), figure.Silence)
	if c := Counts(dep.Dossier, silent)[0]; c.On != day("2026-10-03") {
		t.Errorf("counted in the month of its effect: %s", c.On)
	}
	is("accepted twice", Counts(accepted.Dossier, accepted))
	gone, _ := Withdraw(dep.Dossier, day("2026-09-05"))
	is("withdrawn", Counts(dep.Dossier, gone))
	asked, _ := Ask(book, dep.Dossier, "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03"))
	is("asked", Counts(dep.Dossier, asked))
}

func TestVocabulariesOfADossierAreClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"draft", "law", "claimed", "decision_accepted", "asked_x1"})).Draw(t, "word")
		if State(w).Known() != slices.Contains(States, State(w)) || Actor(w).Known() != slices.Contains(Actors, Actor(w)) ||
			PaperKind(w).Known() != slices.Contains(PaperKinds, PaperKind(w)) || EventCode(w).Known() != slices.Contains(EventCodes(), EventCode(w)) {
			t.Fatalf("%q", w)
		}
	})
	if EventCode("asked_x1").Known() || !EventCode("asked_originals").Known() || !Draft.Known() || !Attestation.Known() || !ByLaw.Known() {
		t.Error("known words")
	}
}

func TestASheetWithAnUnknownWordIsNotStarted(t *testing.T) {
	good := catalogapi.Sheet{Code: "x", Silence: catalogapi.Silence{Effect: "appeal"}, Expertise: catalogapi.Expertise{Case: "none"}}
	if err := MayStart(catalogapi.Revision{Sheet: good}); err != nil {
		t.Error(err)
	}
	good.Delay.Unit = "moons"
	if MayStart(catalogapi.Revision{Sheet: good}) == nil {
		t.Error("started")
	}
}

func TestTheRegimeCountsTheUnitsOfTheSheet(t *testing.T) {
	for _, c := range []struct {
		delay catalogapi.Delay
		days  int
		unit  law.Unit
	}{
		{catalogapi.Delay{Known: true, Days: 2, Unit: "months"}, 60, law.CalendarDays},
		{catalogapi.Delay{Known: true, Days: 2, Unit: "hours"}, 1, law.CalendarDays},
		{catalogapi.Delay{Known: true, Days: 5, Unit: "working"}, 5, law.WorkingDays},
		{catalogapi.Delay{Known: true, Days: 30, Unit: "calendar", Cases: []catalogapi.DelayCase{{Days: 45}, {Days: 10}}}, 10, law.CalendarDays},
		{catalogapi.Delay{Known: true, Days: 2, Unit: "months", Cases: []catalogapi.DelayCase{{Days: 1}}}, 30, law.CalendarDays},
		{catalogapi.Delay{Days: 7, ByList: []catalogapi.ListDelay{{List: "silence", Days: 20}}}, 20, law.CalendarDays},
		{catalogapi.Delay{}, 0, law.CalendarDays},
	} {
		r := RegimeOf(catalogapi.Sheet{Delay: c.delay}, law.Central)
		if r.Days != c.days || r.Unit != c.unit || r.Immediate {
			t.Errorf("%+v: %+v", c.delay, r)
		}
	}
	if !RegimeOf(catalogapi.Sheet{Delay: catalogapi.Delay{Known: true}}, law.Central).Immediate {
		t.Error("on the spot")
	}
	ref := RegimeOf(catalogapi.Sheet{Legal: []catalogapi.Legal{{Text: nil}, {Decree: "2.22.387", Row: "4"}, {Decree: "2.22.385", Row: "9"}}}, law.Central)
	if ref.LegalRef != "2.22.387 / 4" {
		t.Error(ref.LegalRef)
	}
}

func TestReturnNeedsSomethingDue(t *testing.T) {
	d := must(t)(Ask(book, reach(t)[Deposited], "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03")))
	if _, err := Return(book, d, "", "non", day("2026-12-01")); errs.CodeOf(err) != "law.return_nothing_due" {
		t.Errorf("information has no limit: %v", err)
	}
	if _, err := Return(book, reach(t)[BeingDeposited], " ", "", day("2026-12-01")); errs.FieldsOf(err)[0].Params["article"] != "10" {
		t.Errorf("grounds of a return: %v", err)
	}
	if _, err := Refuse(book, reach(t)[Deposited], " ", "", day("2026-09-05")); errs.FieldsOf(err)[0].Params["article"] != "18" {
		t.Errorf("grounds of a refusal: %v", err)
	}
	for ask, article := range map[law.Ask]string{law.Information: "14", law.Originals: "7-4", law.Replacement: "10"} {
		_, err := Ask(book, reach(t)[Deposited], "r", law.Request{Ask: ask, Piece: "plan"}, day("2026-09-03"))
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Name != "grounds" || f[0].Params["article"] != article {
			t.Errorf("grounds of %s: %v", ask, err)
		}
	}
}

func TestTwoRequestsOfOneNameCannotWaitForOneAnswer(t *testing.T) {
	d := must(t)(Ask(book, reach(t)[Deposited], "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03")))
	if _, err := Ask(book, d, "r", law.Request{Ask: law.Replacement, Piece: "plan", Grounds: "g"}, day("2026-09-03")); errs.CodeOf(err) != "dossier_not_now" {
		t.Errorf("the person could answer the first only: %v", err)
	}
}

func TestAClockThatNothingHoldsRuns(t *testing.T) {
	d := reach(t)[Deposited]
	last := d.LastDay
	d.Suspended, d.LastDay, d.SilenceOn = true, civil.Date{}, civil.Date{}
	out, ok := Silence(book, d, day("2026-09-10"))
	if !ok || out.Dossier.Suspended || out.Dossier.LastDay != last || out.Dossier.State != Deposited {
		t.Errorf("resumed: %v %+v", ok, out.Dossier.LastDay)
	}
	if out, ok := Silence(book, d, day("2026-10-03")); !ok || out.Dossier.State != Approved {
		t.Errorf("its silence has come: %v %s", ok, out.Dossier.State)
	}
	asked := must(t)(Ask(book, reach(t)[Deposited], "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03")))
	if _, ok := Silence(book, asked, day("2027-10-03")); ok {
		t.Error("a clock that a request holds stands still")
	}
	if n := len(asked.AnsweredOn(day("2026-09-10")).Spans); n != 1 || asked.AnsweredOn(day("2026-09-10")).Spans[0].To != day("2026-09-10") {
		t.Error("as if answered")
	}
}
