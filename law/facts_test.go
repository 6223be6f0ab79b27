package law_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/law"
)

// TestWhatTheLawDoesNotKnowIsRefusedWithItsArticle holds one row for each kind of fact that `wasl law explain` once answered in
// silence.
func TestWhatTheLawDoesNotKnowIsRefusedWithItsArticle(t *testing.T) {
	b := law.Current()
	base := law.Input{Days: 30, Deposit: d("2026-03-04")}
	with := func(change func(*law.Input)) law.Input {
		in := base
		change(&in)
		return in
	}
	for _, c := range []struct {
		sentence      string
		in            law.Input
		article, code string
	}{
		{"art. 16: more than sixty days", with(func(in *law.Input) { in.Days = 61 }), "16", "days_over_cap"},
		{"art. 16: absurdly more", with(func(in *law.Input) { in.Days = 999999999 }), "16", "days_over_cap"},
		{"art. 16: sixty is allowed", with(func(in *law.Input) { in.Days = 60 }), "", ""},
		{"art. 16: sixty working days outlast sixty days", with(func(in *law.Input) { in.Days, in.Working = 60, true }), "16", "days_over_cap"},
		{"art. 16: working days that end on the sixtieth day", law.Input{Days: 42, Working: true, Deposit: d("2026-10-05"), Level: base.Level}, "", ""},
		{"art. 16: working days that end on the day after", law.Input{Days: 43, Working: true, Deposit: d("2026-10-05"), Level: base.Level}, "16", "days_over_cap"},
		{"art. 16: working days within sixty days", with(func(in *law.Input) { in.Days, in.Working = 35, true }), "", ""},
		{"art. 16: more than thirty for investment", with(func(in *law.Input) { in.Days, in.Investment = 31, true }), "16", "days_over_cap"},
		{"art. 16: thirty for investment", with(func(in *law.Input) { in.Investment = true }), "", ""},
		{"a negative delay", with(func(in *law.Input) { in.Days = -1 }), "16", "days_negative"},
		{"a negative extension", with(func(in *law.Input) { in.Extension = -1 }), "16", "days_negative"},
		{"no deposit", law.Input{Days: 30}, "10", "deposit_missing"},
		{"a level that the law does not know", with(func(in *law.Input) { in.Level = "village" }), "20, 21", "level_unknown"},
		{"art. 17: an extension longer than any delay", with(func(in *law.Input) { in.Extension = 400 }), "17", "extension_over_limit"},
		{"art. 17: one day too long", with(func(in *law.Input) { in.Extension = 61 }), "17", "extension_over_limit"},
		{"art. 17: the longest", with(func(in *law.Input) { in.Extension = 60 }), "", ""},
		{"art. 17: the longest of an investment act", with(func(in *law.Input) { in.Extension, in.Investment = 31, true }), "17", "extension_over_limit"},
		{"art. 18: a refusal before the deposit", with(func(in *law.Input) { in.Refused = d("2020-01-01") }), "18", "refusal_before_deposit"},
		{"art. 18: a refusal before all pieces are there", with(func(in *law.Input) { in.Complete, in.Refused = d("2026-03-10"), d("2026-03-09") }), "18", "refusal_before_deposit"},
		{"art. 18: a refusal on the day of deposit", with(func(in *law.Input) { in.Refused = in.Deposit }), "", ""},
		{"art. 10: complete before the deposit", with(func(in *law.Input) { in.Complete = d("2026-03-03") }), "10", "complete_before_deposit"},
		{"a suspension before the deposit", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-02-01", "2026-02-10")} }), "14", "span_before_deposit"},
		{"a suspension from before the deposit", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-03-03", "2026-03-10")} }), "14", "span_before_deposit"},
		{"a suspension while pieces are missing", with(func(in *law.Input) {
			in.Complete, in.Suspensions = d("2026-03-10"), []law.Span{span("2026-03-05", "2026-03-12")}
		}), "14", "span_before_deposit"},
		{"a request after the first half", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-03-25", "2026-03-30")} }), "14", "first_half_over"},
		{"a request on the last day of the first half", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-03-19", "2026-03-30")} }), "", ""},
		{"an extension does not lengthen the first half", with(func(in *law.Input) {
			in.Extension, in.Suspensions = 30, []law.Span{span("2026-03-25", "2026-03-30")}
		}), "14", "first_half_over"},
		{"an earlier suspension does", with(func(in *law.Input) {
			in.Suspensions = []law.Span{span("2026-03-25", "2026-03-30"), span("2026-03-10", "2026-03-20")}
		}), "", ""},
		{"a suspension that ends before it begins", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-03-12", "2026-03-10")} }), "14", "span_reversed"},
		{"a request after the refusal", with(func(in *law.Input) {
			in.Refused, in.Suspensions = d("2026-03-10"), []law.Span{span("2026-03-11", "2026-03-12")}
		}), "18", "span_after_refusal"},
		{"an answer after the refusal", with(func(in *law.Input) {
			in.Refused, in.Suspensions = d("2026-03-10"), []law.Span{span("2026-03-09", "2026-03-11")}
		}), "18", "span_after_refusal"},
		{"a refusal while the answer is awaited", with(func(in *law.Input) {
			in.Refused, in.Suspensions = d("2026-03-10"), []law.Span{span("2026-03-09", "")}
		}), "", ""},
		{"on the spot: nothing to claim", with(func(in *law.Input) { in.Days, in.Claimed = 0, d("2026-03-05") }), "19", "immediate_no_clock"},
		{"on the spot: nothing to suspend", with(func(in *law.Input) {
			in.Days, in.Suspensions = 0, []law.Span{span("2026-03-05", "2026-03-06")}
		}), "14", "immediate_no_clock"},
		{"on the spot: nothing to extend", with(func(in *law.Input) { in.Days, in.Extension = 0, 5 }), "17", "immediate_no_clock"},
		{"on the spot: nothing to complete", with(func(in *law.Input) { in.Days, in.Complete = 0, d("2026-03-10") }), "10", "immediate_no_clock"},
		{"on the spot: it may be refused", with(func(in *law.Input) { in.Days, in.Refused = 0, d("2026-03-04") }), "", ""},
		{"a claim before the deposit", with(func(in *law.Input) { in.Listed, in.Claimed = true, d("2026-03-03") }), "19", "claim_before_deposit"},
		{"a claim while the clock is suspended", with(func(in *law.Input) {
			in.Listed, in.Claimed, in.Suspensions = true, d("2026-05-20"), []law.Span{span("2026-03-09", "")}
		}), "19", "claim_suspended"},
		{"a claim after a refusal in time", with(func(in *law.Input) {
			in.Listed, in.Refused, in.Claimed = true, d("2026-03-10"), d("2026-05-20")
		}), "19", "claim_after_refusal"},
		{"before the law", with(func(in *law.Input) { in.Deposit = d("2020-09-27") }), "", "date_outside"},
		{"the first day of the law", with(func(in *law.Input) { in.Deposit = d("2020-09-28") }), "", ""},
		{"a day that no dossier sees", with(func(in *law.Input) { in.Claimed = d("2100-01-01") }), "", "date_outside"},
		{"an answer that no dossier sees", with(func(in *law.Input) { in.Suspensions = []law.Span{span("2026-03-05", "2939-01-01")} }), "", "date_outside"},
		{"the last day that is believed", with(func(in *law.Input) { in.Listed, in.Claimed = true, d("2099-12-31") }), "", ""},
	} {
		out, err := b.Explain(c.in)
		wantRefusal(t, err, c.code)
		if no := (*law.Refusal)(nil); errors.As(err, &no) && no.Article != c.article {
			t.Errorf("%s: art. %s, want %s", c.sentence, no.Article, c.article)
		}
		if c.code == "" && len(out.Trace) == 0 {
			t.Errorf("%s: no trace", c.sentence)
		}
	}
}

func TestLatePiecesAreSaidToRestOnADefault(t *testing.T) {
	b := law.Current()
	on, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Complete: d("2026-10-02")})
	if err != nil || hasStep(on.Trace, "completion_late") {
		t.Errorf("on the last day: %v %v", err, on.Trace)
	}
	late, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Complete: d("2026-10-03")})
	if err != nil || !hasStep(late.Trace, "completion_late") {
		t.Errorf("the day after: %v %v", err, late.Trace)
	}
}

func hasStep(t law.Trace, code string) bool {
	return slices.ContainsFunc(t, func(s law.Step) bool { return s.Code == code })
}

// said are the steps of a code as "day>otherwise".
func said(t law.Trace, code string) string {
	var out []string
	for _, s := range t {
		if s.Code == code {
			out = append(out, s.Params["day"]+">"+s.Params["otherwise"])
		}
	}
	return strings.Join(out, " ")
}

func TestEveryUnconfirmedHolidayThatMovedADateIsNamed(t *testing.T) {
	b := law.Current()
	for _, c := range []struct {
		sentence        string
		regime          law.Regime
		complete        string
		last            string
		moved, mayMove  string
		uncoveredInPart bool
	}{
		{"rolled over two", law.Regime{Days: 30}, "2027-04-14", "2027-05-19", "2027-05-17>2027-05-17 2027-05-18>2027-05-18", "", false},
		{"rolled over one", law.Regime{Days: 30}, "2027-04-17", "2027-05-19", "2027-05-18>2027-05-18", "", false},
		{"none near", law.Regime{Days: 30}, "2026-10-06", "2026-11-09", "", "", false},
		{"a confirmed one is no doubt", law.Regime{Days: 3, Unit: law.WorkingDays}, "2026-11-04", "2026-11-11", "", "", false},
		{"counted over by working days", law.Regime{Days: 10, Unit: law.WorkingDays}, "2027-02-26", "2027-03-17", "2027-03-10>2027-03-16 2027-03-11>2027-03-16", "", false},
		{"calendar days pass over them", law.Regime{Days: 30}, "2027-02-26", "2027-03-29", "", "", false},
		{"one may fall on the last day", law.Regime{Days: 30}, "2027-02-06", "2027-03-09", "", "2027-03-09>2027-03-10", false},
		{"beyond the calendar", law.Regime{Days: 30}, "2028-12-20", "2029-01-22", "", "", true},
		{"from before the calendar, by working days", law.Regime{Days: 50, Unit: law.WorkingDays}, "2024-11-01", "2025-01-15", "", "", true},
		{"from before the calendar, by calendar days", law.Regime{Days: 60}, "2024-11-20", "2025-01-20", "", "", false},
		{"into what lies beyond, by working days", law.Regime{Days: 30, Unit: law.WorkingDays}, "2028-12-01", "2029-01-15", "", "", true},
	} {
		got := b.Deadline(law.Clock{Regime: c.regime, Complete: d(c.complete)})
		moved, mayMove := said(got.Trace, "expiry_provisional"), said(got.Trace, "expiry_may_move")
		if got.Last != d(c.last) || moved != c.moved || !strings.Contains(mayMove, c.mayMove) || (c.mayMove == "") != (mayMove == "") {
			t.Errorf("%s: %s, moved by %q, may move %q", c.sentence, got.Last, moved, mayMove)
		}
		if hasStep(got.Trace, "calendar_unknown") != c.uncoveredInPart {
			t.Errorf("%s: %v", c.sentence, got.Trace)
		}
	}
	half, trace := b.FirstHalf(law.Clock{Regime: law.Regime{Days: 20, Unit: law.WorkingDays}, Complete: d("2027-02-26")})
	if half != d("2027-03-16") || said(trace, "expiry_provisional") != "2027-03-10>2027-03-15 2027-03-11>2027-03-15" {
		t.Errorf("first half by working days: %s %v", half, trace)
	}
	if _, trace := b.FirstHalf(law.Clock{Regime: law.Regime{Days: 20, Unit: law.WorkingDays}, Complete: d("2024-12-20")}); !hasStep(trace, "calendar_unknown") {
		t.Errorf("first half from before the calendar: %v", trace)
	}
	if _, trace := b.FirstHalf(law.Clock{Regime: law.Regime{Days: 30, Unit: law.WorkingDays}, Complete: d("2028-12-20")}); !hasStep(trace, "calendar_unknown") {
		t.Errorf("first half into what lies beyond: %v", trace)
	}
	by, trace := b.Full("10", d("2027-04-16"), 30)
	if by != d("2027-05-19") || said(trace, "expiry_provisional") == "" {
		t.Errorf("thirty full days over a feast: %s %v", by, trace)
	}
	if _, trace := b.Full("10", d("2028-11-30"), 30); hasStep(trace, "calendar_unknown") == b.Calendar.Covers(d("2029-01-02")) {
		t.Errorf("thirty full days beyond the calendar: %v", trace)
	}
}

// TestTheLastDayOfAnyDossierIsWorkedAndNotBeforeItsAnswer takes any spans, those that the law would refuse too.
func TestTheLastDayOfAnyDossierIsWorkedAndNotBeforeItsAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := law.Current(), clocks(t)
		got := b.Deadline(c)
		for _, s := range got.Trace {
			if s.Code == "suspension" && got.Last.Before(*s.Date) {
				t.Fatalf("last day %s before the answer of %s", got.Last, s.Date)
			}
		}
		if !b.Calendar.Worked(got.Last) {
			t.Fatalf("%s is no working day", got.Last)
		}
	})
	got := law.Current().Deadline(law.Clock{Regime: law.Regime{Days: 30}, Complete: d("2027-05-12"), Spans: []law.Span{span("2027-06-14", "2027-06-15")}})
	if got.Last != d("2027-06-15") {
		t.Errorf("last day %s, the answer came on 15 June", got.Last)
	}
}

// TestNoActsOfAnOfficerPostponeSilenceBeyondTheLaw plays any sequence of requests of any kind, about any piece, on any day. The
// bound is the law's: one request for originals (art. 7-4), one for information (art. 14) and one replacement for each published
// piece (art. 10) may stand, each stops the clock from its sending to its answer and no longer, and none may be sent after the
// first half. So a person who answers each request within a day has their silence within D + N + 1 + (2 + pieces) days (art. 31),
// moved to the next worked day; and an officer who only invents words postpones nothing.
func TestNoActsOfAnOfficerPostponeSilenceBeyondTheLaw(t *testing.T) {
	b, published := law.Current(), []string{"plan", "title"}
	rapid.Check(t, func(t *rapid.T) {
		r := law.Regime{Days: rapid.IntRange(1, 60).Draw(t, "days"), Listed: true}
		c := law.Clock{Regime: r, Complete: start.AddDays(rapid.IntRange(0, 300).Draw(t, "complete"))}
		bound := b.Calendar.Next(c.Complete.AddDays(r.Days + 1 + 2 + len(published)))
		kind := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"replacement", "originals", "information", "Originals", "information ", ""}))
		var sent []law.Request
		for day := c.Complete; !day.After(c.Complete.AddDays(120)); day = day.AddDays(1) {
			for i := range sent { // the person answers the next day
				if sent[i].Answered.IsZero() && sent[i].Sent.Before(day) {
					sent[i].Answered = day
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "acts") {
				ask := law.Request{
					Ask: law.Ask(kind.Draw(t, "ask")), Piece: rapid.OneOf(rapid.String(), rapid.SampledFrom(published)).Draw(t, "piece"),
					Grounds: rapid.String().Draw(t, "grounds"), Sent: day,
				}
				c.Spans = law.Spans(sent)
				if b.MayAsk(c, published, sent, ask) == nil {
					sent = append(sent, ask)
				}
			}
			c.Spans = law.Spans(sent)
			if got := b.Deadline(c); !got.Suspended && got.Last.After(bound) {
				t.Fatalf("last day %s, at most %s: %v", got.Last, bound, sent)
			}
		}
		if got := b.Deadline(c); got.Suspended || got.Last.After(bound) {
			t.Fatalf("after 120 days: %+v, at most %s", got, bound)
		}
	})
}

func TestARequestOfUnknownKindStopsNothingWhereverItWasWritten(t *testing.T) {
	b := law.Current()
	c := law.Clock{Regime: law.Regime{Days: 30}, Complete: d("2026-09-01")}
	for _, ask := range []law.Ask{"x1", "bribe", "", "Information", "information\x00"} {
		r := law.Request{Ask: ask, Piece: "plan", Grounds: "x", Sent: d("2026-09-02")}
		wantRefusal(t, b.MayAsk(c, []string{"plan"}, nil, r), "ask_unknown")
		if ask.Known() || len(law.Spans([]law.Request{r})) != 0 {
			t.Errorf("%q suspends the clock", ask)
		}
	}
}

func TestUnitsOfPublishedSheets(t *testing.T) {
	for _, c := range []struct {
		unit law.Published
		n    int
		days int
		in   law.Unit
	}{
		{law.InMonths, 2, 60, law.CalendarDays},
		{law.InHours, 2, 1, law.CalendarDays},
		{law.InHours, 24, 1, law.CalendarDays},
		{law.InHours, 25, 2, law.CalendarDays},
		{law.InHours, 48, 2, law.CalendarDays},
		{law.InWorkingDays, 5, 5, law.WorkingDays},
		{law.InCalendarDays, 15, 15, law.CalendarDays},
		{law.InDays, 15, 15, law.CalendarDays},
	} {
		if days, in := c.unit.Days(c.n); days != c.days || in != c.in {
			t.Errorf("%d %s: %d %s", c.n, c.unit, days, in)
		}
	}
}

func TestClosedVocabulariesOfTheLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.String().Draw(t, "word")
		known := map[string][]string{
			"ask": {"replacement", "originals", "information"}, "unit": {"", "calendar", "working"},
			"published": {"", "calendar", "working", "hours", "months", "unknown"}, "level": {"", "central", "body", "deconcentrate", "local"},
			"effect": {"", "approval", "appeal", "no_silence"}, "authority": {"", "minister", "head_of_body", "governor", "president"},
		}
		for name, got := range map[string]func(string) bool{
			"ask": func(w string) bool { return law.Ask(w).Known() }, "unit": func(w string) bool { return law.Unit(w).Known() },
			"published": func(w string) bool { return law.Published(w).Known() }, "level": func(w string) bool { return law.Level(w).Known() },
			"effect": func(w string) bool { return law.Effect(w).Known() }, "authority": func(w string) bool { return law.Authority(w).Known() },
		} {
			if got(w) != slices.Contains(known[name], w) {
				t.Fatalf("%s %q: known %v", name, w, got(w))
			}
			for _, w := range known[name] {
				if !got(w) {
					t.Fatalf("%s %q is not known", name, w)
				}
			}
		}
	})
}

func TestExplainingIsQuick(t *testing.T) {
	in := law.Input{Days: 35, Working: true, Deposit: d("2026-01-05"), Suspensions: []law.Span{span("2026-01-06", "2099-12-01")}}
	began := time.Now()
	if _, err := law.Current().Explain(in); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
