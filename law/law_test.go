package law_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wasl/kit/civil"
	"wasl/law"
)

var d = civil.MustParse

func span(from, to string) law.Span {
	s := law.Span{From: d(from)}
	if to != "" {
		s.To = d(to)
	}
	return s
}

func TestLastDay(t *testing.T) {
	b := law.Current()
	for _, c := range []struct {
		sentence  string
		regime    law.Regime
		complete  string
		spans     []law.Span
		extension int
		last      string // empty: none
	}{
		{"art. 31: neither the day of the event nor the day of expiry counts", law.Regime{Days: 30}, "2026-09-01", nil, 0, "2026-10-02"},
		{"art. 31 default: a last day on a Saturday runs to Monday", law.Regime{Days: 30}, "2026-09-02", nil, 0, "2026-10-05"},
		{"a last day on a holiday (6 Nov 2026, Friday) runs over the week-end", law.Regime{Days: 30}, "2026-10-06", nil, 0, "2026-11-09"},
		{"art. 14: R−S is added (the worked example)", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-07", "2026-09-17")}, 0, "2026-10-12"},
		{"overlapping suspensions count once", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-07", "2026-09-17"), span("2026-09-10", "2026-09-17")}, 0, "2026-10-12"},
		{"touching suspensions count once", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-07", "2026-09-12"), span("2026-09-12", "2026-09-17")}, 0, "2026-10-12"},
		{"separate suspensions add up", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-11", "2026-09-16"), span("2026-09-03", "2026-09-08")}, 0, "2026-10-12"},
		{"an open suspension has no last day", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-07", "")}, 0, ""},
		{"a request on the very last day still counts", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-10-02", "2026-10-06")}, 0, "2026-10-06"},
		{"a request the day after changes nothing", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-10-03", "2026-10-06")}, 0, "2026-10-02"},
		{"a request on the worked day to which the last day moved counts", law.Regime{Days: 30}, "2026-09-02", []law.Span{span("2026-10-05", "2026-10-08")}, 0, "2026-10-08"},
		{"a request that was open on the last day stops the clock", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-10-02", "")}, 0, ""},
		{"two requests at once and one more", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-03", "2026-09-08"), span("2026-09-05", "2026-09-10"), span("2026-09-12", "2026-09-15")}, 0, "2026-10-12"},
		{"working days inside a suspension are working days", law.Regime{Days: 5, Unit: law.WorkingDays}, "2026-09-01", []law.Span{span("2026-09-03", "2026-09-08")}, 0, "2026-09-14"},
		{"a span that ends before it begins changes nothing", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-17", "2026-09-07")}, 0, "2026-10-02"},
		{"a span before the deposit changes nothing", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-08-20", "2026-09-01")}, 0, "2026-10-02"},
		{"a span from before the deposit is cut there", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-08-20", "2026-09-06")}, 0, "2026-10-07"},
		{"a span before the deposit changes nothing for those after it", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-08-20", "2026-09-01"), span("2026-09-07", "2026-09-17")}, 0, "2026-10-12"},
		{"an open suspension swallows what follows", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-09-07", ""), span("2026-09-10", "2026-09-12")}, 0, ""},
		{"a request after the end changes nothing", law.Regime{Days: 30}, "2026-09-01", []law.Span{span("2026-10-05", "2026-10-20")}, 0, "2026-10-02"},
		{"art. 17: D+N+X+1", law.Regime{Days: 30, Extendable: true}, "2026-09-01", nil, 10, "2026-10-12"},
		{"art. 16: no published delay, the cap of 60", law.Regime{}, "2026-09-01", nil, 0, "2026-11-02"},
		{"art. 16: no published delay, investment, the cap of 30", law.Regime{Investment: true}, "2026-09-01", nil, 0, "2026-10-02"},
		{"working days where a text says so", law.Regime{Days: 5, Unit: law.WorkingDays}, "2026-09-01", nil, 0, "2026-09-09"},
		{"working days skip a holiday", law.Regime{Days: 3, Unit: law.WorkingDays}, "2026-11-04", nil, 0, "2026-11-11"},
		{"delivered on the spot: no clock", law.Regime{Immediate: true}, "2026-09-01", nil, 0, ""},
	} {
		got := b.Deadline(law.Clock{Regime: c.regime, Complete: d(c.complete), Spans: c.spans, Extension: c.extension})
		if got.Last.String() != c.last {
			t.Errorf("%s: last day %s, want %q\n%v", c.sentence, got.Last, c.last, got.Trace)
		}
		if c.last != "" && got.SilenceOn != got.Last.AddDays(1) {
			t.Errorf("%s: silence on %s, want the day after %s", c.sentence, got.SilenceOn, got.Last)
		}
		if len(got.Trace) == 0 {
			t.Errorf("%s: no trace", c.sentence)
		}
	}
}

func TestSilence(t *testing.T) {
	b := law.Current()
	listed, other := law.Regime{Days: 30, Listed: true}, law.Regime{Days: 30}
	for _, c := range []struct {
		sentence string
		regime   law.Regime
		today    string
		want     law.Effect
	}{
		{"art. 31: on the last day there is no silence yet", listed, "2026-10-02", law.Running},
		{"art. 19: the day after, silence of a listed act is approval", listed, "2026-10-03", law.Approval},
		{"art. 21: for any other act it opens an appeal", other, "2026-10-03", law.OpenAppeal},
		{"delivered on the spot: no silence", law.Regime{Immediate: true, Listed: true}, "2027-01-01", law.NoSilence},
	} {
		got, trace := b.Silence(c.regime, b.Deadline(law.Clock{Regime: c.regime, Complete: d("2026-09-01")}), d(c.today))
		if got != c.want || len(trace) == 0 {
			t.Errorf("%s: %q, want %q", c.sentence, got, c.want)
		}
	}
	open := b.Deadline(law.Clock{Regime: listed, Complete: d("2026-09-01"), Spans: []law.Span{span("2026-09-07", "")}})
	if got, _ := b.Silence(listed, open, d("2030-01-01")); got != law.Running {
		t.Errorf("a suspended clock never reaches silence, got %q", got)
	}
}

// TestADayOfItsOwnForEachSuspension takes another answer than our default to the question whether a span has an extra day: it makes
// the last day later, once for spans that touch or overlap, once each for spans apart.
func TestADayOfItsOwnForEachSuspension(t *testing.T) {
	b := law.Current()
	b.Defaults.Rows = slices.Clone(b.Defaults.Rows)
	for i := range b.Defaults.Rows {
		if b.Defaults.Rows[i].ID == "suspension.extra_days" {
			b.Defaults.Rows[i].Value = float64(1)
		}
	}
	for _, c := range []struct {
		sentence string
		spans    []law.Span
		last     string
	}{
		{"none", nil, "2026-10-02"},
		{"one", []law.Span{span("2026-09-07", "2026-09-17")}, "2026-10-13"},
		{"two that touch are one", []law.Span{span("2026-09-07", "2026-09-12"), span("2026-09-12", "2026-09-17")}, "2026-10-13"},
		{"two that overlap are one", []law.Span{span("2026-09-07", "2026-09-14"), span("2026-09-12", "2026-09-17")}, "2026-10-13"},
		{"two a day apart are two", []law.Span{span("2026-09-07", "2026-09-11"), span("2026-09-12", "2026-09-17")}, "2026-10-13"},
		{"two apart", []law.Span{span("2026-09-03", "2026-09-08"), span("2026-09-10", "2026-09-15")}, "2026-10-14"},
	} {
		if got := b.Deadline(law.Clock{Regime: law.Regime{Days: 30}, Complete: d("2026-09-01"), Spans: c.spans}); got.Last != d(c.last) {
			t.Errorf("%s: %s, want %s", c.sentence, got.Last, c.last)
		}
	}
}

func TestCalendarKnowsWhatItCovers(t *testing.T) {
	c := law.Current().Calendar
	for on, want := range map[string]bool{"2024-12-31": false, "2025-01-01": true, "2028-12-31": true, "2029-01-01": false} {
		if c.Covers(d(on)) != want {
			t.Errorf("%s: %v", on, !want)
		}
	}
}

func TestFirstHalf(t *testing.T) {
	b := law.Current()
	for _, c := range []struct {
		sentence  string
		days      int
		extension int
		spans     []law.Span
		want      string
	}{
		{"D+⌊N/2⌋", 30, 0, nil, "2026-09-16"},
		{"odd N is rounded down", 15, 0, nil, "2026-09-08"},
		{"without the extension", 30, 20, nil, "2026-09-16"},
		{"suspended days are not consumed", 30, 0, []law.Span{span("2026-09-07", "2026-09-17")}, "2026-09-26"},
		{"a suspension after the half does not lengthen it", 30, 0, []law.Span{span("2026-09-20", "2026-09-25")}, "2026-09-16"},
		{"an open suspension stops it", 30, 0, []law.Span{span("2026-09-07", "")}, ""},
	} {
		got, trace := b.FirstHalf(law.Clock{Regime: law.Regime{Days: c.days}, Complete: d("2026-09-01"), Spans: c.spans, Extension: c.extension})
		if got.String() != c.want || trace[0].Default != "half.divisor" {
			t.Errorf("%s: %s, want %q", c.sentence, got, c.want)
		}
	}
}

func TestReceipt(t *testing.T) {
	b := law.Current()
	r := law.Regime{Days: 30}
	if got := b.Receipt(r, d("2026-09-01"), nil); got.Mention != law.Deposited || !got.CompleteBy.IsZero() {
		t.Errorf("art. 10: complete = deposited, got %+v", got)
	}
	got := b.Receipt(r, d("2026-09-01"), []string{"plan"})
	if got.Mention != law.BeingDeposited || got.CompleteBy != d("2026-10-02") || !slices.Equal(got.Missing, []string{"plan"}) {
		t.Errorf("art. 10: missing piece = being deposited, 30 full days: %+v", got)
	}
	if got := b.Receipt(law.Regime{Immediate: true}, d("2026-09-01"), nil); got.Mention != law.None {
		t.Errorf("decree 2.20.660: no receipt for acts delivered on the spot, got %q", got.Mention)
	}
	if err := b.MayComplete(d("2026-10-02"), d("2026-10-20"), false); err != nil {
		t.Errorf("late pieces are accepted until the return is issued: %v", err)
	}
	wantRefusal(t, b.MayComplete(d("2026-10-02"), d("2026-10-20"), true), "returned")
	wantRefusal(t, b.MayReturn(d("2026-10-02"), d("2026-10-02")), "return_too_early")
	if err := b.MayReturn(d("2026-10-02"), d("2026-10-03")); err != nil {
		t.Error(err)
	}
}

func TestRequests(t *testing.T) {
	b := law.Current()
	c := law.Clock{Regime: law.Regime{Days: 30, Extendable: true}, Complete: d("2026-09-01")}
	ask := func(k law.Ask, piece, sent string) law.Request {
		return law.Request{Ask: k, Piece: piece, Grounds: "blurred", Sent: d(sent)}
	}
	earlier := []law.Request{ask(law.Replacement, "plan", "2026-09-02"), ask(law.Information, "", "2026-09-02"), ask(law.Originals, "title", "2026-09-02")}
	for i := range earlier {
		earlier[i].Answered = earlier[i].Sent
	}
	for _, r := range []struct {
		sentence string
		earlier  []law.Request
		ask      law.Request
		code     string
	}{
		{"art. 10: replacement in the first half", nil, ask(law.Replacement, "plan", "2026-09-16"), ""},
		{"art. 10: not after it", nil, ask(law.Replacement, "plan", "2026-09-17"), "first_half_over"},
		{"not before the complete deposit", nil, ask(law.Information, "", "2026-08-31"), "first_half_over"},
		{"art. 14: information once per request", earlier, ask(law.Information, "", "2026-09-03"), "asked_once"},
		{"art. 7-4: originals once", earlier, ask(law.Originals, "plan", "2026-09-03"), "asked_once"},
		{"art. 10: replacement once per piece", earlier, ask(law.Replacement, "plan", "2026-09-03"), "asked_once"},
		{"art. 10: another piece may be asked", earlier, ask(law.Replacement, "title", "2026-09-03"), ""},
		{"art. 3: only published pieces", nil, ask(law.Replacement, "mood", "2026-09-03"), "piece_not_published"},
		{"art. 10: with grounds", nil, law.Request{Ask: law.Replacement, Piece: "plan", Sent: d("2026-09-03")}, "grounds_missing"},
	} {
		clock := c
		clock.Spans = law.Spans(r.earlier)
		wantRefusal(t, b.MayAsk(clock, []string{"plan", "title"}, r.earlier, r.ask), r.code)
	}
	if by, _ := b.AnswerBy(ask(law.Replacement, "plan", "2026-09-03")); by != d("2026-10-05") {
		t.Errorf("art. 10: 30 full days to replace, got %s", by) // 4 October 2026 is a Sunday
	}
	if by, trace := b.AnswerBy(ask(law.Information, "", "2026-09-03")); !by.IsZero() || trace[0].Default == "" {
		t.Errorf("art. 14 gives no limit, got %s", by)
	}
	wantRefusal(t, b.MayExtend(c, 10, d("2026-10-02")), "")
	wantRefusal(t, b.MayExtend(c, 10, d("2026-10-03")), "extension_late")
	wantRefusal(t, b.MayExtend(law.Clock{Regime: law.Regime{Days: 30}, Complete: c.Complete}, 10, d("2026-09-05")), "extension_not_listed")
	extended := c
	extended.Extension = 5
	wantRefusal(t, b.MayExtend(extended, 10, d("2026-09-05")), "extended_once")
}

func TestClaimAndEscalation(t *testing.T) {
	b := law.Current()
	wantRefusal(t, b.MayClaim(law.Approval, d("2026-10-03"), d("2026-10-02")), "claim_too_early")
	wantRefusal(t, b.MayClaim(law.OpenAppeal, d("2026-10-03"), d("2026-10-05")), "claim_not_listed")
	wantRefusal(t, b.MayClaim(law.Approval, d("2026-10-03"), d("2031-01-01")), "") // no limit for the user
	if by, _ := b.DeliverBy(d("2026-10-05")); by != d("2026-10-13") {
		t.Errorf("art. 19: 7 full days after the claim, got %s", by)
	}
	wantRefusal(t, b.MayEscalate(civil.Date{}, d("2026-10-14")), "not_claimed")
	wantRefusal(t, b.MayEscalate(d("2026-10-05"), d("2026-10-13")), "escalate_too_early")
	wantRefusal(t, b.MayEscalate(d("2026-10-05"), d("2026-10-14")), "")
	for _, c := range []struct {
		level     law.Level
		authority law.Authority
		attest    bool
		by        string
	}{
		{law.Central, law.Minister, false, "2026-10-30"},
		{law.Body, law.HeadOfBody, false, "2026-10-30"},
		{law.Deconcentrate, law.Governor, false, "2026-10-30"},
		{law.Local, law.Governor, true, "2026-10-26"}, // 25 October 2026 is a Sunday
	} {
		if e := b.Escalate(c.level, d("2026-10-14")); e.Authority != c.authority || e.Attestation != c.attest || e.By != d(c.by) {
			t.Errorf("art. 20, %s: %+v", c.level, e)
		}
	}
}

func TestRefusalAndAppeal(t *testing.T) {
	b := law.Current()
	listed, other := law.Regime{Listed: true}, law.Regime{}
	wantRefusal(t, b.MayRefuse(listed, law.Running, " ", d("2026-10-01")), "grounds_missing")
	wantRefusal(t, b.MayRefuse(listed, law.Running, "risk", d("2026-10-01")), "")
	wantRefusal(t, b.MayRefuse(listed, law.Approval, "risk", d("2026-10-05")), "refusal_after_approval")
	wantRefusal(t, b.MayRefuse(other, law.OpenAppeal, "risk", d("2026-10-05")), "")
	a := b.Appeal(law.Local, d("2026-10-02"))
	if a.Authority != law.President || a.Until != d("2026-11-02") || a.AnswerDays != 15 {
		t.Errorf("art. 21: %+v", a)
	}
	if by, _ := b.AppealAnswer(d("2026-11-02")); by != d("2026-11-19") { // 18 November is a holiday
		t.Errorf("art. 21: 15 full days to answer, got %s", by)
	}
	if got := b.Shorter(0, 30, 15); got != 15 {
		t.Errorf("the shorter of two delays binds, got %d", got)
	}
}

func TestExplain(t *testing.T) {
	b := law.Current()
	got, err := b.Explain(law.Input{
		Days: 30, Deposit: d("2026-08-20"), Complete: d("2026-09-01"), Listed: true,
		Suspensions: []law.Span{span("2026-09-07", "2026-09-17")}, Claimed: d("2026-10-14"),
	})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(got)
	for _, want := range []string{
		`"last_day":"2026-10-12"`, `"silence_on":"2026-10-13"`, `"deliver_by":"2026-10-22"`,
		`"appeal_until":null`, `"complete_by":"2026-09-21"`, `"article":"31","step":"last_day","date":"2026-10-12"`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
	late, _ := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Refused: d("2026-10-10")})
	if late.AppealUntil == nil || *late.AppealUntil != d("2026-11-10") {
		t.Errorf("a refusal after silence of an act not listed opens the appeal from the refusal: %v", late.AppealUntil)
	}
	void, _ := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Listed: true, Refused: d("2026-10-10")})
	if void.AppealUntil != nil || void.Trace[len(void.Trace)-1].Code != "refusal_after_approval" {
		t.Errorf("a refusal after approval by silence is void: %+v", void)
	}
	if _, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-02"), Complete: d("2026-09-01")}); err == nil {
		t.Error("complete before deposit was accepted")
	}
}

func TestParseSpan(t *testing.T) {
	if got, err := law.ParseSpan("2026-09-07..2026-09-17"); err != nil || got != span("2026-09-07", "2026-09-17") {
		t.Errorf("%v %v", got, err)
	}
	if got, err := law.ParseSpan("2026-09-07.."); err != nil || got != span("2026-09-07", "") {
		t.Errorf("open: %v %v", got, err)
	}
	for _, bad := range []string{"", "..", "2026-09-07", "2026-09-07..soon", "..2026-09-07"} {
		_, err := law.ParseSpan(bad)
		wantRefusal(t, err, "span_unreadable")
	}
}

func TestCalendarAndDefaultsAreDatedData(t *testing.T) {
	b := law.Current()
	if b.Calendar.Version() == "" || b.Calendar.Worked(d("2026-11-18")) || b.Calendar.Worked(d("2026-11-22")) || !b.Calendar.Worked(d("2026-11-23")) {
		t.Error("18 November is a holiday, 22 a Sunday, 23 is worked")
	}
	if h, ok := b.Calendar.Holiday(d("2027-03-10")); !ok || h.Confirmed {
		t.Error("a predicted Hijri date must be provisional")
	}
	for _, row := range b.Defaults.Rows {
		if row.Confirmed || row.LegalRef == "" || row.ValidFrom.IsZero() {
			t.Errorf("default %s: %+v", row.ID, row)
		}
	}
	if _, err := law.ParseDefaults([]byte(`{"defaults":[]}`)); err == nil {
		t.Error("an edition without answers was accepted")
	}
	if _, err := law.ParseCalendar([]byte(`{"days":[]}`)); err == nil {
		t.Error("a calendar without version was accepted")
	}
	provisional := b.Deadline(law.Clock{Regime: law.Regime{Days: 30}, Complete: d("2027-02-07")})
	if !slices.ContainsFunc(provisional.Trace, func(s law.Step) bool { return s.Code == "expiry_moved" }) ||
		!slices.ContainsFunc(provisional.Trace, func(s law.Step) bool { return s.Code == "expiry_provisional" }) {
		t.Errorf("a date that rests on an unconfirmed holiday says so: %v", provisional.Trace)
	}
}

// TestSentences reads the package's own sources for codes: each has its sentence in four languages.
func TestSentences(t *testing.T) {
	files, _ := fs.Glob(os.DirFS("."), "*.go")
	codes := map[string]bool{"law.delay_calendar": true, "law.delay_working": true, "law.article": true, "law.default": true}
	re := regexp.MustCompile(`\b(step|refuse)\((?:"[^"]*"|\w+|[\w.]+\(\)), "(\w+)"`)
	for _, f := range files {
		data, _ := os.ReadFile(f)
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range re.FindAllStringSubmatch(string(data), -1) {
			codes[map[string]string{"step": "law.", "refuse": "error.law."}[m[1]]+m[2]] = true
		}
	}
	if len(codes) < 45 {
		t.Fatalf("only %d codes found", len(codes))
	}
	for _, lang := range []string{"ar", "fr", "zgh", "en"} {
		data, err := fs.ReadFile(law.Locales, "locales/"+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			if texts[code] == "" && !strings.HasSuffix(code, "delay_") {
				t.Errorf("%s: no sentence for %s", lang, code)
			}
		}
	}
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	no := (*law.Refusal)(nil)
	if got := errors.As(err, &no); got != (code != "") || (got && no.Code != code) {
		t.Errorf("refusal %v, want %q", err, code)
	}
}
