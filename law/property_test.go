package law_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"wasl/kit/civil"
	"wasl/law"
)

var start = civil.MustParse("2026-01-05")

func clocks(t *rapid.T) law.Clock {
	r := law.Regime{
		Days: rapid.IntRange(1, 60).Draw(t, "days"), Listed: rapid.Bool().Draw(t, "listed"),
		Unit: rapid.SampledFrom([]law.Unit{law.CalendarDays, law.WorkingDays}).Draw(t, "unit"),
	}
	c := law.Clock{Regime: r, Complete: start.AddDays(rapid.IntRange(0, 300).Draw(t, "complete"))}
	for range rapid.IntRange(0, 4).Draw(t, "spans") {
		c.Spans = append(c.Spans, spans(t, c.Complete))
	}
	return c
}

func spans(t *rapid.T, complete civil.Date) law.Span {
	from := complete.AddDays(rapid.IntRange(0, 40).Draw(t, "from"))
	return law.Span{From: from, To: from.AddDays(rapid.IntRange(0, 40).Draw(t, "length"))}
}

func TestSuspensionNeverShortens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := law.Current(), clocks(t)
		before := b.Deadline(c)
		c.Spans = append(c.Spans, spans(t, c.Complete))
		if after := b.Deadline(c); after.Last.Before(before.Last) {
			t.Fatalf("%s became %s", before.Last, after.Last)
		}
	})
}

func TestRecomputationIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := law.Current(), clocks(t)
		one := b.Deadline(c)
		c.Spans = law.Union(c.Complete, c.Spans)
		two := b.Deadline(c)
		if one.Last != two.Last || !reflect.DeepEqual(two, b.Deadline(c)) || !b.Calendar.Worked(two.Last) {
			t.Fatalf("%v, then %v", one, two)
		}
	})
}

func TestNothingOutsideTheListIsApprovedBySilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := law.Current(), clocks(t)
		today := c.Complete.AddDays(rapid.IntRange(0, 400).Draw(t, "today"))
		effect, _ := b.Silence(c.Regime, b.Deadline(c), today)
		if effect == law.Approval && !c.Regime.Listed {
			t.Fatal("approved by silence without being listed")
		}
		if late := today.After(b.Deadline(c).Last); late != (effect == law.Approval || effect == law.OpenAppeal) {
			t.Fatalf("late %v but effect %q", late, effect)
		}
	})
}

func TestEachRequestAtMostOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := law.Current()
		c := law.Clock{Regime: law.Regime{Days: rapid.IntRange(1, 60).Draw(t, "days")}, Complete: start}
		pieces := []string{"plan", "title"}
		var sent []law.Request
		day := start
		for range 20 {
			day = day.AddDays(rapid.IntRange(0, 5).Draw(t, "step"))
			r := law.Request{
				Ask:   rapid.SampledFrom([]law.Ask{law.Replacement, law.Originals, law.Information}).Draw(t, "ask"),
				Piece: rapid.SampledFrom(pieces).Draw(t, "piece"), Grounds: "g", Sent: day,
			}
			c.Spans = law.Spans(sent)
			if b.MayAsk(c, pieces, sent, r) != nil {
				continue
			}
			r.Answered = day.AddDays(rapid.IntRange(0, 9).Draw(t, "answer"))
			sent, day = append(sent, r), r.Answered
		}
		count := map[string]int{}
		for _, r := range sent {
			key := string(r.Ask)
			if r.Ask == law.Replacement {
				key += r.Piece
			}
			if count[key]++; count[key] > 1 {
				t.Fatalf("%s asked twice: %v", key, sent)
			}
		}
	})
}
