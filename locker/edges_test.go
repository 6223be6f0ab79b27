package locker

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/locker/lockerapi"
	"wasl/signature/signatureapi"
)

func TestWhatANewDocumentMustSay(t *testing.T) {
	code := ids.NewCode()
	printed := &lockerapi.Printed{PersonFr: "Fatima"}
	for name, c := range map[string]struct {
		change func(*lockerapi.NewDocument)
		field  string
	}{
		"as it is":                    {func(*lockerapi.NewDocument) {}, ""},
		"nobody's":                    {func(d *lockerapi.NewDocument) { d.Owner = "" }, "owner"},
		"an owner of 200 letters":     {func(d *lockerapi.NewDocument) { d.Owner = strings.Repeat("o", 200) }, ""},
		"an owner of 201 letters":     {func(d *lockerapi.NewDocument) { d.Owner = strings.Repeat("o", 201) }, "owner"},
		"of no kind":                  {func(d *lockerapi.NewDocument) { d.Kind = "copied" }, "kind"},
		"issued by nobody":            {func(d *lockerapi.NewDocument) { d.Issuer = "" }, "kind"},
		"declared by the person":      {func(d *lockerapi.NewDocument) { d.Kind, d.Issuer = lockerapi.Declared, "" }, ""},
		"without a title":             {func(d *lockerapi.NewDocument) { d.Title = nil }, "title"},
		"without a media type":        {func(d *lockerapi.NewDocument) { d.ContentType = "" }, "content_type"},
		"a media type with more":      {func(d *lockerapi.NewDocument) { d.ContentType = "text/html; charset=utf-8" }, "content_type"},
		"without a key":               {func(d *lockerapi.NewDocument) { d.Key = "" }, "key"},
		"a key of 200 letters":        {func(d *lockerapi.NewDocument) { d.Key = strings.Repeat("k", 200) }, ""},
		"a key of 201 letters":        {func(d *lockerapi.NewDocument) { d.Key = strings.Repeat("k", 201) }, "key"},
		"a code and what it opens":    {func(d *lockerapi.NewDocument) { d.Code, d.Printed = code, printed }, ""},
		"a code that opens nothing":   {func(d *lockerapi.NewDocument) { d.Code = code }, "code"},
		"what no code opens":          {func(d *lockerapi.NewDocument) { d.Printed = printed }, "code"},
		"a code that does not check":  {func(d *lockerapi.NewDocument) { d.Code, d.Printed = "x", printed }, "code"},
		"a code written as it is not": {func(d *lockerapi.NewDocument) { d.Code, d.Printed = strings.ToLower(code), printed }, "code"},
	} {
		d := decision("k")
		c.change(&d)
		f := errs.FieldsOf(CheckNew(d))
		if c.field == "" && len(f) != 0 || c.field != "" && (len(f) != 1 || f[0].Name != c.field) {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestAShareIsBoundedInWordsDaysAndUses(t *testing.T) {
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct{ recipient, purpose, days, uses, field string }{
		{strings.Repeat("é", maxRecipient), strings.Repeat("p", maxPurpose), fmt.Sprint(MaxShareDays), fmt.Sprint(MaxShareUses), ""},
		{"r", "p", "1", "1", ""},
		{strings.Repeat("é", maxRecipient+1), "p", "1", "1", "recipient"},
		{"r", strings.Repeat("p", maxPurpose+1), "1", "1", "purpose"},
		{"r", "p", fmt.Sprint(MaxShareDays + 1), "1", "days"},
		{"r", "p", "0", "1", "days"},
		{"r", "p", "one", "1", "days"},
		{"r", "p", "1", fmt.Sprint(MaxShareUses + 1), "uses"},
	} {
		s, err := NewShare(Document{}, c.recipient, c.purpose, c.days, c.uses, now)
		f := errs.FieldsOf(err)
		if c.field == "" && (err != nil || !s.Expires.After(now)) || c.field != "" && (len(f) != 1 || f[0].Name != c.field) {
			t.Errorf("%.10s %.10s %s %s: %v", c.recipient, c.purpose, c.days, c.uses, err)
		}
	}
	for n, ok := range map[int]bool{0: false, 31: false, 32: true, 33: false} {
		if got := HashToken(FormatToken(make([]byte, n))); (got != nil) != ok {
			t.Errorf("a token of %d bytes", n)
		}
	}
	if HashToken("?") != nil {
		t.Error("what is no token")
	}
}

// traces returns the evidence of an act: who, for which organisation.
func (r *room) traces(t *testing.T, act string) (all []string) {
	t.Helper()
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `SELECT (detail ->> 'by') || ' ' || coalesce(detail ->> 'actor', '-') || ' ' || coalesce(detail ->> 'purpose', '-') || ' ' || org
			FROM audit WHERE act = $1 ORDER BY n`, act)
		var err error
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhoStoredOpenedAndSharedIsInTheEvidence(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	r.put(t, decision("k1"), pdf)
	own := decision("k2")
	own.Kind, own.Issuer = lockerapi.Declared, ""
	r.put(t, own, pdf)
	for _, a := range []lockerapi.Access{{Org: "com_1", Purpose: "dossier.examine"}, {Purpose: "dossier.decide"}} {
		c, err := r.api.Content(t.Context(), d.ID, a)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	r.as(t, fatima, "GET", "/fr/documents/"+d.ID+"/file", nil)
	link := r.share(t, d.ID, "1", "1")
	r.as(t, "", "GET", link, nil)
	page := r.as(t, fatima, "GET", "/fr/documents/"+d.ID, nil).Body.String()
	revoke := regexp.MustCompile(`action="(/fr/documents/[^"]+/revoke)"`).FindStringSubmatch(page)
	if revoke == nil {
		t.Fatal("no revocation is offered")
	}
	for range 2 {
		r.as(t, fatima, "POST", revoke[1], url.Values{})
	}
	for act, want := range map[string][]string{
		"document.stored": {"org com_1  com_1", "block casework  "},
		"document.opened": {"org com_1 dossier.examine com_1", "block casework dossier.decide ", "holder - - "},
		"document.shared": {"holder - - "},
		"share.viewed":    {"recipient - - "},
		"share.revoked":   {"holder - - "},
	} {
		if got := r.traces(t, act); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", act, got, want)
		}
	}
}

func TestADownloadIsCountedInWhatItReturns(t *testing.T) {
	r := open(t)
	d := r.put(t, decision("k1"), pdf)
	token := strings.TrimPrefix(r.share(t, d.ID, "1", "2"), "/fr/s/")
	for want := 1; want <= 2; want++ {
		if s, _, refusal, err := r.store.use(t.Context(), token, true); err != nil || refusal != nil || s.Uses != want {
			t.Errorf("download %d: %d uses, %v %v", want, s.Uses, refusal, err)
		}
	}
}

// A page calls sealed what is sealed, and nothing else.
func TestOnlyWhatIsSealedIsCalledSo(t *testing.T) {
	r := open(t)
	words := func(key string) string { return r.pages.Bundle().T(i18n.French, key) }
	for _, seal := range []string{"sea_1", ""} {
		n := decision("sealed " + seal)
		n.Seal, n.Reference, n.Code = seal, ids.NewReference(), ids.NewCode()
		n.Printed = &lockerapi.Printed{PersonFr: "Fatima Zahra"}
		d := r.put(t, n, pdf)
		link := r.share(t, d.ID, "1", "1")
		for path, word := range map[string]string{
			"/fr/documents/" + d.ID: words("document.proof"), link: words("document.proof"),
			"/fr/verify/" + n.Reference: words("verify.sealed"), "/fr/verify/" + n.Reference + "?c=" + n.Code: words("verify.sealed"),
		} {
			who := ""
			if strings.HasPrefix(path, "/fr/documents") {
				who = fatima
			}
			w := r.as(t, who, "GET", path, nil)
			expect(t, w, 200)
			if got := strings.Contains(w.Body.String(), word); got != (seal != "") {
				t.Errorf("%s, seal %q: %q is said: %v", path, seal, word, got)
			}
		}
	}
}

func TestAPrintedCodeShowsOnlyWhatThePaperSays(t *testing.T) {
	r := open(t)
	words := func(key string) string { return r.pages.Bundle().T(i18n.French, key) }
	for i, p := range []lockerapi.Printed{{}, {PersonAr: "فاطمة"}, {PersonFr: "Fatima"}, {Amount: 5000}} {
		n := decision(fmt.Sprint("k", i))
		n.Reference, n.Code, n.Printed = ids.NewReference(), ids.NewCode(), &p
		r.put(t, n, pdf)
		page := r.as(t, "", "GET", "/fr/verify/"+n.Reference+"?c="+n.Code, nil).Body.String()
		if got := strings.Contains(page, words("verify.person")); got != (p.PersonAr != "" || p.PersonFr != "") {
			t.Errorf("%+v: a person is named: %v", p, got)
		}
		if got := strings.Contains(page, words("verify.amount")); got != (p.Amount > 0) {
			t.Errorf("%+v: an amount is named: %v", p, got)
		}
	}
}

func TestTheListHasPagesAndSaysWhatEachDocumentIs(t *testing.T) {
	r := open(t)
	for i := range perPage + 1 {
		n := decision(fmt.Sprint("k", i))
		n.Title = i18n.Text{"fr": fmt.Sprintf("Acte n° %d.", i), "ar": "وثيقة"}
		r.clock.Advance(time.Minute)
		r.put(t, n, []byte("%PDF-1.7"))
	}
	shown := func(page string) (n int) {
		return strings.Count(r.as(t, fatima, "GET", "/fr/documents"+page, nil).Body.String(), "Acte n° ")
	}
	if first, second := shown(""), shown("?page=2"); first != perPage || second != 1 {
		t.Errorf("%d on the first page, %d on the second", first, second)
	}
	if page := r.as(t, fatima, "GET", "/fr/documents", nil).Body.String(); !strings.Contains(page, "/fr/documents?page=2") || strings.Contains(page, "page=3") {
		t.Error("the second page is the last, and is offered")
	}
	for kind, want := range map[string]string{lockerapi.Issued: "ok", lockerapi.Declared: "neutral"} {
		d := Document{Kind: kind}
		if tag := kindTag(d); tag.Kind != want {
			t.Errorf("%s: %v", kind, tag)
		}
		if offered := len(r.card(httptest.NewRequest("GET", "/fr/documents", nil), d).Actions) > 1; offered != (kind == lockerapi.Issued) {
			t.Errorf("%s may be shared: %v", kind, offered)
		}
	}
	with, without := len(r.Block.rows(httptest.NewRequest("GET", "/fr/documents", nil), Document{Reference: reference})), len(r.Block.rows(httptest.NewRequest("GET", "/fr/documents", nil), Document{}))
	if with != without+1 {
		t.Errorf("%d rows with a reference, %d without", with, without)
	}
}

func TestASealOfNobodyKnownIsNotNamed(t *testing.T) {
	at := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	got := Sealers(signatureapi.Report{Signatures: []signatureapi.SignatureReport{
		{Verdict: "intact", Signer: "Commune de Rabat", StampAt: at}, {Verdict: "foreign"}, {Verdict: "tampered", Signer: "Commune de Salé"},
	}})
	if !slices.Equal(got, []Sealer{{"Commune de Rabat", at, true}, {"Commune de Salé", time.Time{}, false}}) {
		t.Errorf("%+v", got)
	}
}

func TestAFileAtTheLimitIsTaken(t *testing.T) {
	r := open(t)
	r.put(t, decision("k1"), make([]byte, MaxDocument))
	for size, code := range map[int]string{MaxDocument: "", MaxDocument + 1: "file_too_large"} {
		err := checkUpload(web.File{Data: make([]byte, size), ContentType: "application/pdf"}, true)
		if f := errs.FieldsOf(err); code == "" && err != nil || code != "" && (len(f) != 1 || f[0].Code != code) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	w := r.send(t, "", upload(t, pdf, "reference", reference))
	expect(t, w, 200, "Intact") // the file counts, not the reference typed beside it
	expect(t, r.as(t, "", "POST", "/fr/verify", url.Values{"reference": {reference}}), 200, "Décision administrative")
	expect(t, r.as(t, "", "POST", "/fr/verify", url.Values{"reference": {""}}), 422)
}

func TestAnObjectThatIsGoneIsNoErrorAndAStoreThatIsGoneIs(t *testing.T) {
	r := open(t)
	d, err := r.objects.put(t.Context(), ids.New[documentKind](), bytes.NewReader(pdf))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.objects.sync(d.Object); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := r.objects.drop(t.Context(), d.Object); err != nil {
			t.Error(err)
		}
	}
	if err := r.objects.sync(d.Object); err == nil {
		t.Error("an object that is not there was made durable")
	}
	if err := r.objects.bucket.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.objects.drop(t.Context(), d.Object); err == nil {
		t.Error("nothing was dropped, and nobody learns of it")
	}
}
