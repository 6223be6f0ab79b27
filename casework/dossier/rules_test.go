package dossier

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/law"
)

var (
	day  = civil.MustParse
	book = law.Current()
)

func permit() Dossier {
	d := NewDraft("sub", "أمينة", "Amina", "fr", catalogapi.Revision{ID: "rev_1", Procedure: "permis", Sheet: catalogapi.Sheet{
		Code: "permis", Title: i18n.Text{"fr": "Permis"}, Lists: []catalogapi.List{"local-silence"}, Silence: catalogapi.Silence{Effect: "approval"},
		Delay: catalogapi.Delay{Known: true, Days: 30}, Fields: []catalogapi.Field{{Name: "email", Type: "email"}},
		Pieces: []catalogapi.Piece{{Code: "plan", From: "user"}, {Code: "title", From: "user"}, {Code: "note", From: "user", Optional: true}},
	}},
		day("2026-08-31"))
	d.Answers["email"] = "a@b.ma"
	d.Competent = Competence{Org: "com_1", Unit: "com_1", Level: law.Local, Governor: "prov_1", GovernorOrg: "min"}
	d.Regime = RegimeOf(d.Sheet, law.Local)
	return d
}

func bring(d Dossier, codes ...string) Dossier {
	for _, c := range codes {
		d.Pieces = Merge(d.Pieces, []Piece{{Code: c, Document: "doc_" + c}})
	}
	return d
}

func must(t *testing.T) func(Outcome, error) Dossier {
	return func(o Outcome, err error) Dossier {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return o.Dossier
	}
}

func TestDepositGivesOneOfTwoReceipts(t *testing.T) {
	whole, err := Deposit(book, bring(permit(), "plan", "title"), day("2026-09-01"))
	if err != nil || whole.Dossier.State != Deposited || whole.Papers[0].Kind != ReceiptDeposited {
		t.Fatalf("complete: %+v, %v", whole, err)
	}
	if d := whole.Dossier; d.LastDay != day("2026-10-02") || d.SilenceOn != day("2026-10-03") || d.Org != "com_1" || d.Calendar == "" || d.LawVersion == "" {
		t.Errorf("complete: %s, %s", d.LastDay, d.SilenceOn)
	}
	part, err := Deposit(book, bring(permit(), "plan"), day("2026-09-01"))
	if err != nil || part.Dossier.State != BeingDeposited || part.Papers[0].Kind != ReceiptBeing || len(part.Papers[0].Facts.Missing) != 1 {
		t.Fatalf("incomplete: %+v, %v", part, err)
	}
	if d := part.Dossier; !d.LastDay.IsZero() || d.CompleteBy != day("2026-10-02") {
		t.Errorf("the clock must not run before everything is there: %+v", d.LastDay)
	}
	if _, err := Deposit(book, whole.Dossier, day("2026-09-02")); errs.CodeOf(err) != "already_deposited" {
		t.Errorf("second deposit: %v", err)
	}
	immediate := permit()
	immediate.Regime.Immediate = true
	if out, err := Deposit(book, bring(immediate, "plan", "title"), day("2026-09-01")); err != nil || len(out.Papers) != 0 || !out.Dossier.LastDay.IsZero() {
		t.Errorf("delivered on the spot: no receipt, no clock: %+v %v", out.Papers, err)
	}
}

func TestDepositRefusesWithTheFieldNamed(t *testing.T) {
	noMail, noOrg, unpaid := permit(), permit(), permit()
	noMail.Answers = map[string]string{"email": "not an address"}
	noOrg.Competent = Competence{}
	unpaid.Sheet.Fee = catalogapi.Fee{Known: true, Amount: 100}
	for field, d := range map[string]Dossier{"field.email": noMail, "field.territory": noOrg, "pay": unpaid} {
		_, err := Deposit(book, d, day("2026-09-01"))
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestCompletionStartsTheClock(t *testing.T) {
	d := must(t)(Deposit(book, permit(), day("2026-09-01")))
	half := must(t)(Complete(book, d, []Piece{{Code: "plan", Document: "x"}, {Code: "unasked", Document: "y"}}, day("2026-09-10")))
	if half.State != BeingDeposited || len(half.Pieces) != 1 {
		t.Errorf("one of two brought: %s with %d pieces", half.State, len(half.Pieces))
	}
	whole, err := Complete(book, half, []Piece{{Code: "title", Document: "x"}}, day("2026-09-20"))
	if err != nil || whole.Dossier.Deposited != day("2026-09-20") || whole.Dossier.LastDay != day("2026-10-21") {
		t.Errorf("all brought: %+v %v", whole.Dossier.LastDay, err)
	}
	if late := must(t)(Complete(book, d, []Piece{{Code: "plan", Document: "x"}}, day("2026-11-20"))); late.State != BeingDeposited {
		t.Error("late pieces are accepted until the return")
	}
	if _, err := Return(book, d, "", "non produites", day("2026-10-02")); errs.CodeOf(err) != "law.return_too_early" {
		t.Errorf("return on the last day: %v", err)
	}
	back := must(t)(Return(book, d, "", "non produites", day("2026-10-03")))
	if back.State != Returned || back.AppealBy.IsZero() {
		t.Error("the return opens an appeal")
	}
	if _, err := Complete(book, back, []Piece{{Code: "plan", Document: "x"}}, day("2026-10-04")); errs.CodeOf(err) != "law.returned" {
		t.Errorf("after the return: %v", err)
	}
}

// reach brings a dossier to each state.
func reach(t *testing.T) map[State]Dossier {
	t.Helper()
	ok := must(t)
	out := map[State]Dossier{Draft: permit()}
	out[BeingDeposited] = ok(Deposit(book, permit(), day("2026-09-01")))
	out[Deposited] = ok(Deposit(book, bring(permit(), "plan", "title"), day("2026-09-01")))
	approved, _ := Silence(book, out[Deposited], day("2026-10-03"))
	out[Approved] = approved.Dossier
	unlisted := out[Deposited]
	unlisted.Regime.Listed = false
	silent, _ := Silence(book, unlisted, day("2026-10-03"))
	out[Silent] = silent.Dossier
	out[Claimed] = ok(Claim(book, out[Approved], day("2026-10-05")))
	out[Escalated] = ok(Escalate(book, out[Claimed], day("2026-10-14")))
	out[Attested] = ok(Attest(out[Escalated], "", "", day("2026-10-20")))
	out[Accepted] = ok(Accept(book, out[Deposited], "", "oui", day("2026-09-10")))
	out[Refused] = ok(Refuse(book, out[Deposited], "", "non", day("2026-09-10")))
	out[Returned] = ok(Return(book, out[BeingDeposited], "", "non", day("2026-10-05")))
	out[Withdrawn] = ok(Withdraw(out[Deposited], day("2026-09-10")))
	return out
}

func TestEveryActInEveryState(t *testing.T) {
	today := day("2026-10-20")
	acts := map[string]func(Dossier) error{
		"deposit":  func(d Dossier) error { _, err := Deposit(book, d, today); return err },
		"complete": func(d Dossier) error { _, err := Complete(book, d, nil, today); return err },
		"ask": func(d Dossier) error {
			_, err := Ask(book, d, "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03"))
			return err
		},
		"accept":   func(d Dossier) error { _, err := Accept(book, d, "", "oui", today); return err },
		"refuse":   func(d Dossier) error { _, err := Refuse(book, d, "", "non", day("2026-09-05")); return err },
		"late no":  func(d Dossier) error { _, err := Refuse(book, d, "", "non", today); return err },
		"return":   func(d Dossier) error { _, err := Return(book, d, "", "non", today); return err },
		"claim":    func(d Dossier) error { _, err := Claim(book, d, today); return err },
		"escalate": func(d Dossier) error { _, err := Escalate(book, d, today); return err },
		"attest":   func(d Dossier) error { _, err := Attest(d, "", "", today); return err },
		"withdraw": func(d Dossier) error { _, err := Withdraw(d, today); return err },
	}
	allowed := map[State]string{
		Draft: "deposit withdraw", BeingDeposited: "complete return withdraw", Deposited: "accept ask claim refuse withdraw",
		Approved: "accept claim refuse withdraw", Silent: "accept late no refuse withdraw", Claimed: "accept escalate refuse withdraw",
		Escalated: "accept attest refuse withdraw",
	}
	for state, d := range reach(t) {
		if d.State != state {
			t.Fatalf("%s was not reached: %s", state, d.State)
		}
		var can []string
		for name, act := range acts {
			if act(d) == nil {
				can = append(can, name)
			}
		}
		slices.Sort(can)
		if got := strings.Join(can, " "); got != allowed[state] {
			t.Errorf("%s: %q, want %q", state, got, allowed[state])
		}
	}
}

func TestSilenceIsDatedByTheLaw(t *testing.T) {
	d := reach(t)[Deposited]
	if _, ok := Silence(book, d, d.LastDay); ok {
		t.Error("silence on the last day")
	}
	out, ok := Silence(book, d, day("2027-03-01")) // noticed months later
	if !ok || out.Events[0].On != day("2026-10-03") {
		t.Errorf("the fact bears the day of its effect: %+v", out.Events)
	}
	if _, again := Silence(book, out.Dossier, day("2027-03-02")); again {
		t.Error("recorded twice")
	}
}

func TestAClaimDoesNotWaitForTheSweeper(t *testing.T) {
	d := reach(t)[Deposited]
	if _, err := Claim(book, d, d.LastDay); errs.CodeOf(err) != "law.claim_too_early" {
		t.Errorf("on the last day: %v", err)
	}
	out, err := Claim(book, d, d.SilenceOn)
	if err != nil || out.Dossier.State != Claimed || len(out.Events) != 2 || out.Events[0].Code != "silence_approval" {
		t.Errorf("%+v %v", out.Events, err)
	}
	d.Regime.Listed = false
	if _, err := Claim(book, d, d.SilenceOn); errs.CodeOf(err) != "law.claim_not_listed" {
		t.Errorf("an act that is not listed: %v", err)
	}
	if late, _ := Refuse(book, d, "", "non", d.SilenceOn); late.Events[0].Code != "silence_appeal" {
		t.Errorf("a late refusal of an act that is not listed records the silence first: %+v", late.Events)
	}
}

func TestNoActOutsideTheListsIsListed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOf(rapid.SampledFrom([]catalogapi.List{"silence", "local-silence", "investment", "extension", "other"})).Draw(t, "lists")
		effect := rapid.SampledFrom([]catalogapi.SilenceEffect{"approval", "appeal", "unknown"}).Draw(t, "effect")
		r := RegimeOf(catalogapi.Sheet{Lists: lists, Silence: catalogapi.Silence{Effect: effect}}, law.Central)
		if r.Listed && (effect != "approval" || !slices.Contains(lists, catalogapi.ListSilence) && !slices.Contains(lists, catalogapi.ListLocalSilence)) {
			t.Fatalf("listed: %v %s", lists, effect)
		}
	})
}

func TestEscalationGrantsTheGovernorAlone(t *testing.T) {
	out, err := Escalate(book, reach(t)[Claimed], day("2026-10-14"))
	if err != nil || len(out.Grants) != 1 || out.Grants[0] != (Grant{Org: "min", Unit: "prov_1"}) || out.Dossier.AttestBy != day("2026-10-26") {
		t.Errorf("%+v %v", out.Grants, err)
	}
	central := reach(t)[Claimed]
	central.Regime.Level, central.Competent.Governor = law.Central, ""
	if out, _ := Escalate(book, central, day("2026-10-14")); len(out.Grants) != 0 {
		t.Error("no governor above a ministry")
	}
}

func TestReplacementNeedsThePiece(t *testing.T) {
	d := must(t)(Ask(book, reach(t)[Deposited], "r1", law.Request{Ask: law.Replacement, Piece: "plan", Grounds: "flou"}, day("2026-09-05")))
	if !d.Suspended || !d.LastDay.IsZero() || d.Next() != "citizen" || d.RiskOn(day("2026-09-06")) != Suspended {
		t.Error("the clock must stand still")
	}
	if _, err := Answer(book, d, "r1", "voici", []Piece{{Code: "title", Document: "x"}}, day("2026-09-08")); errs.FieldsOf(err)[0].Name != "piece.plan" {
		t.Errorf("another piece than the one asked: %v", err)
	}
	d = must(t)(Answer(book, d, "r1", "", []Piece{{Code: "plan", Document: "new"}}, day("2026-09-08")))
	if p, _ := d.Piece("plan"); p.Document != "new" || d.LastDay != day("2026-10-05") {
		t.Errorf("answered: %+v until %s", p, d.LastDay)
	}
}

func TestAnotherAdministrationHasNoConsent(t *testing.T) {
	d := bring(permit(), "plan")
	d.Pieces = Merge(d.Pieces, []Piece{{Code: "title", Consent: "c", Evidence: "msg", Agreed: day("2026-09-01")}})
	same := must(t)(Fill(d, d.Answers, d.Competent, nil))
	other := must(t)(Fill(d, d.Answers, Competence{Org: "com_2"}, nil))
	if len(same.Pieces) != 2 || len(other.Pieces) != 1 || other.Pieces[0].Code != "plan" {
		t.Errorf("same %v, other %v", same.Pieces, other.Pieces)
	}
	d.Fee.PaidOn = day("2026-09-01")
	if _, err := Fill(d, d.Answers, Competence{Org: "com_2"}, nil); errs.FieldsOf(err)[0].Code != "territory_paid" {
		t.Errorf("after payment: %v", err)
	}
}

func TestRisk(t *testing.T) {
	d := reach(t)[Deposited] // last day 2 October
	for at, want := range map[string]Risk{"2026-09-05": OnTime, "2026-09-25": Soon, "2026-09-29": Urgent, "2026-10-02": Urgent, "2026-10-03": Overdue} {
		if got := d.RiskOn(day(at)); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestCheckFile(t *testing.T) {
	var pngData, jpegData, small bytes.Buffer
	_ = png.Encode(&pngData, image.NewGray(image.Rect(0, 0, 200, 200)))
	_ = jpeg.Encode(&jpegData, image.NewGray(image.Rect(0, 0, 200, 200)), nil)
	_ = png.Encode(&small, image.NewGray(image.Rect(0, 0, 9, 9)))
	pdf := []byte("%PDF-1.7\n…\n%%EOF\n")
	photo := catalogapi.Piece{Code: "photo", Accept: []string{"image/png", "image/jpeg"}, MaxBytes: 1 << 20}
	for _, c := range []struct {
		name  string
		piece catalogapi.Piece
		data  []byte
		kind  string
		code  string
	}{
		{"a.png", photo, pngData.Bytes(), "image/png", ""},
		{"a.jpg", photo, jpegData.Bytes(), "image/jpeg", ""},
		{"jpeg named png", photo, jpegData.Bytes(), "image/jpeg", ""},
		{"a.png", photo, []byte("<html>"), "", "file_not_what_it_claims"},
		{"a.exe", photo, []byte("MZ"), "", "file_type_refused"},
		{"a.pdf", photo, pdf, "", "file_type_refused"},
		{"half.png", photo, pngData.Bytes()[:60], "", "file_not_image"},
		{"header only", photo, []byte("\x89PNG\r\n\x1a\nrubbish"), "", "file_not_image"},
		{"claims 65536×65536", photo, claiming(pngData.Bytes(), 1<<16, 1<<16), "", "image_too_large"},
		{"claims 30 million", photo, claiming(pngData.Bytes(), 6000, 5000), "", "image_too_large"},
		{"small.png", photo, small.Bytes(), "", "image_too_small"},
		{"big.png", photo, append(pngData.Bytes(), make([]byte, 1<<20)...), "", "file_too_large"},
		{"a.pdf", catalogapi.Piece{Code: "photo"}, pdf, "application/pdf", ""},
		{"cut.pdf", catalogapi.Piece{Code: "photo"}, pdf[:9], "", "file_not_what_it_claims"},
	} {
		kind, err := CheckFile(c.piece, c.name, c.data)
		code := ""
		if f := errs.FieldsOf(err); len(f) > 0 {
			code = f[0].Code
			if f[0].Name != "piece.photo" {
				t.Errorf("%s: field %s", c.name, f[0].Name)
			}
		}
		if kind != c.kind && c.code == "" || code != c.code {
			t.Errorf("%s: %q %q, want %q %q", c.name, kind, code, c.kind, c.code)
		}
	}
}

// claiming writes another size into the header of a PNG, with the right checksum.
func claiming(data []byte, width, height uint32) []byte {
	data = bytes.Clone(data)
	binary.BigEndian.PutUint32(data[16:], width)
	binary.BigEndian.PutUint32(data[20:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func TestCheckAnswers(t *testing.T) {
	one, ten := 1, 10
	fields := []catalogapi.Field{
		{Name: "mail", Type: "email"},
		{Name: "phone", Type: "phone", Optional: true, Pattern: `^0[5-7]\d{8}$`},
		{Name: "floors", Type: "number", Min: &one, Max: &ten},
		{Name: "where", Type: "territory"},
		{Name: "name", Type: "text", Max: &ten},
		{Name: "use", Type: "choice", Choices: []catalogapi.Choice{{Value: "home"}}},
	}
	good := map[string]string{"mail": "a@b.ma", "floors": "2", "where": "04.421.01.01", "name": "أمينة", "use": "home"}
	if err := CheckAnswers(fields, good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ field, value, code string }{
		{"mail", "", "required"},
		{"mail", "Amina <a@b.ma>", "email_invalid"},
		{"phone", "12", "phone_invalid"},
		{"floors", "two", "number_invalid"},
		{"floors", "0", "field_too_small"},
		{"floors", "11", "field_too_big"},
		{"where", "Agdal", "territory_unknown"},
		{"name", "01234567890", "field_too_long"},
		{"use", "shop", "choice_invalid"},
	} {
		bad := map[string]string{}
		for k, v := range good {
			bad[k] = v
		}
		bad[c.field] = c.value
		if f := errs.FieldsOf(CheckAnswers(fields, bad)); len(f) != 1 || f[0].Name != "field."+c.field || f[0].Code != c.code {
			t.Errorf("%s=%q: %v, want %s", c.field, c.value, f, c.code)
		}
	}
}
