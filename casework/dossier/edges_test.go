package dossier

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"wasl/catalog/catalogapi"
	"wasl/kit/errs"
	"wasl/law"
)

func TestWhoActsNext(t *testing.T) {
	for state, want := range map[State]string{
		Draft: "citizen", BeingDeposited: "citizen", Deposited: "administration", Approved: "citizen", Silent: "citizen", Claimed: "administration",
		Escalated: "governor", Attested: "nobody", Accepted: "nobody", Refused: "nobody", Returned: "nobody", Withdrawn: "nobody",
	} {
		d := reach(t)[state]
		if got := d.Next(); got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
}

func TestOnlyAFeeThatIsKnownAndNotPaidIsDue(t *testing.T) {
	for _, c := range []struct {
		fee  catalogapi.Fee
		paid bool
		due  bool
	}{
		{catalogapi.Fee{Known: true, Amount: 1}, false, true},
		{catalogapi.Fee{Known: true, Amount: 1}, true, false},
		{catalogapi.Fee{Known: true}, false, false},
		{catalogapi.Fee{Amount: 1}, false, false}, // nobody has published that it is to be paid
	} {
		d := permit()
		if d.Sheet.Fee = c.fee; c.paid {
			d.Fee.PaidOn = day("2026-09-01")
		}
		if got := d.FeeDue(); got != c.due {
			t.Errorf("%+v paid %v: due %v", c.fee, c.paid, got)
		}
	}
}

// Evidence stays out unless all of it still holds, whatever the row says.
func TestAConsentStandsOnlyForAPieceThatIsFetchedAndNotBrought(t *testing.T) {
	d := must(t)(Consent(withEvidence(), "title", day("2026-09-01")))
	if _, err := d.consented("title"); err != nil {
		t.Fatal(err)
	}
	brought := d
	brought.Pieces = []Piece{{Code: "title", Consent: d.ConsentFor("title"), Document: "doc"}}
	unfetched := d
	unfetched.Pieces = []Piece{{Code: "plan", Consent: d.ConsentFor("plan")}, {Code: "unknown", Consent: d.ConsentFor("unknown")}}
	for code, d := range map[string]Dossier{"title": brought, "plan": unfetched, "unknown": unfetched} {
		if _, err := d.consented(code); errs.FieldsOf(err)[0].Code != "consent_gone" {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := Consent(withEvidence(), "unknown", day("2026-09-01")); errs.CodeOf(err) != "piece_unknown" {
		t.Error(err)
	}
	if _, err := Consent(withEvidence(), "plan", day("2026-09-01")); errs.CodeOf(err) != "piece_unknown" {
		t.Error(err)
	}
	if p, ok := withEvidence().Published("plan"); !ok || p.Code != "plan" {
		t.Error("the first piece of a sheet is a piece of it")
	}
	moved := brought
	moved.Pieces = append(slices.Clone(brought.Pieces), Piece{Code: "plan"})
	if got := must(t)(Fill(moved, moved.Answers, Competence{Org: "com_2"}, nil)); len(got.Pieces) != 2 {
		t.Errorf("what the person brought themselves was taken out: %v", got.Pieces)
	}
}

func TestTheEarliestReplacementThatWaitsCounts(t *testing.T) {
	request := func(id, by, answered string) Request {
		r := Request{ID: id}
		if by != "" {
			r.AnswerBy = day(by)
		}
		if answered != "" {
			r.Answered = day(answered)
		}
		return r
	}
	d := permit()
	if !d.replaceBy().IsZero() {
		t.Error("nothing was asked")
	}
	d.Requests = []Request{
		request("answered", "2026-09-20", "2026-09-10"), request("information", "", ""), request("later", "2026-10-20", ""),
		request("first", "2026-10-05", ""), request("last", "2026-10-25", ""), request("more", "", ""),
	}
	if got := d.replaceBy(); got != day("2026-10-05") {
		t.Error(got)
	}
}

func TestAMinistryHasNoGovernorEvenWhereOneIsNamed(t *testing.T) {
	d := reach(t)[Claimed]
	d.Regime.Level = law.Central
	if out, err := Escalate(book, d, day("2026-10-14")); err != nil || len(out.Grants) != 0 {
		t.Errorf("%+v %v", out.Grants, err)
	}
	d = reach(t)[Claimed]
	d.Competent.Governor = ""
	if out, err := Escalate(book, d, day("2026-10-14")); err != nil || len(out.Grants) != 0 {
		t.Errorf("a grant to nobody: %+v %v", out.Grants, err)
	}
}

func TestARequestIsAnsweredOnceAndWhileItWaits(t *testing.T) {
	asked := must(t)(Ask(book, reach(t)[Deposited], "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03")))
	answered := must(t)(Answer(book, asked, "r", "voici", nil, day("2026-09-05")))
	if _, err := Answer(book, answered, "r", "encore", nil, day("2026-09-06")); errs.CodeOf(err) != "dossier_not_now" {
		t.Errorf("a second answer would move the clock: %v", err)
	}
	refused := must(t)(Refuse(book, asked, "", "non", day("2026-09-06")))
	if _, err := Answer(book, refused, "r", "voici", nil, day("2026-09-07")); err == nil {
		t.Error("a dossier that is decided waits for no answer")
	}
	_, err := Ask(book, reach(t)[Deposited], "r", law.Request{Ask: law.Replacement, Piece: "unpublished", Grounds: "g"}, day("2026-09-03"))
	if err == nil || len(errs.FieldsOf(err)) != 0 {
		t.Errorf("what is not published is refused for that reason, not for its grounds: %v", err)
	}
}

func TestADossierWhoseLastQuarterBeginsIsSoonDue(t *testing.T) {
	d := reach(t)[Deposited]
	d.Deposited, d.LastDay = day("2026-09-01"), day("2026-10-03") // 32 days
	for at, want := range map[string]Risk{"2026-09-24": OnTime, "2026-09-25": Soon, "2026-09-29": Soon, "2026-09-30": Urgent} {
		if got := d.RiskOn(day(at)); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestAFileAtItsBoundIsTaken(t *testing.T) {
	picture := func(w, h int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	square := picture(200, 200)
	for _, c := range []struct {
		name string
		data []byte
		max  int64
		code string
	}{
		{"of the largest size", square, int64(len(square)), ""},
		{"of one byte more", square, int64(len(square)) - 1, "file_too_large"},
		{"100 × 100", picture(100, 100), 0, ""},
		{"99 × 200", picture(99, 200), 0, "image_too_small"},
		{"200 × 99", picture(200, 99), 0, "image_too_small"},
		{"of 24 million points, but cut", claiming(square, 6000, 4000), 0, "file_not_image"},
		{"of one row more", claiming(square, 6000, 4001), 0, "image_too_large"},
	} {
		_, err := CheckFile(catalogapi.Piece{Code: "photo", MaxBytes: c.max}, "a.png", c.data)
		code := ""
		if f := errs.FieldsOf(err); len(f) > 0 {
			code = f[0].Code
		}
		if code != c.code {
			t.Errorf("a picture %s: %q, want %q", c.name, code, c.code)
		}
	}
	_, err := CheckFile(catalogapi.Piece{Code: "photo", MaxBytes: 3 << 20}, "a.png", make([]byte, 3<<20+1))
	if f := errs.FieldsOf(err); len(f) != 1 || f[0].Params["max"] != "3" {
		t.Errorf("the bound is said in megabytes: %v", f)
	}
}

func TestAnAnswerAtItsBoundIsTaken(t *testing.T) {
	two, four := 2, 4
	number, text := catalogapi.Field{Name: "f", Type: "number", Min: &two, Max: &four}, catalogapi.Field{Name: "f", Type: "text", Max: &four}
	long, coded, broken := catalogapi.Field{Name: "f", Type: "text"}, catalogapi.Field{Name: "f", Type: "text", Pattern: "^a+$"}, catalogapi.Field{Name: "f", Type: "text", Pattern: "("}
	for _, c := range []struct {
		field catalogapi.Field
		value string
		code  string
	}{
		{number, "2", ""},
		{number, "4", ""},
		{number, "1", "field_too_small"},
		{number, "5", "field_too_big"},
		{text, "أربع", ""},
		{text, "cinq5", "field_too_long"},
		{long, strings.Repeat("a", MaxAnswer), ""},
		{long, strings.Repeat("a", MaxAnswer+1), "field_too_long"},
		{coded, "aa", ""},
		{coded, "b", "field_pattern"},
		{broken, "a", "field_pattern"}, // a sheet whose pattern nobody can read lets nothing pass
	} {
		f := errs.FieldsOf(CheckAnswers([]catalogapi.Field{c.field}, map[string]string{"f": c.value}))
		if code := ""; len(f) > 0 && f[0].Code != c.code || len(f) == 0 && c.code != code {
			t.Errorf("%.10s: %v, want %q", c.value, f, c.code)
		}
	}
}
