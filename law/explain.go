package law

import (
	"errors"
	"strings"

	"wasl/kit/civil"
)

// Input is one set of dates to explain; zero dates are absent. Days 0 is an act delivered on the spot.
type Input struct {
	Days        int
	Working     bool
	Deposit     civil.Date
	Complete    civil.Date
	Suspensions []Span
	Extension   int
	Listed      bool
	Level       Level
	Claimed     civil.Date
	Refused     civil.Date
}

// Output is what `wasl law explain --json` prints; a date that does not exist is null.
type Output struct {
	LastDay     *civil.Date `json:"last_day"`     // last day on which the administration may still answer
	SilenceOn   *civil.Date `json:"silence_on"`   // day on which silence takes effect
	Silence     Effect      `json:"silence"`      // what silence means: approval or appeal
	DeliverBy   *civil.Date `json:"deliver_by"`   // art. 19, after the claim
	AppealUntil *civil.Date `json:"appeal_until"` // art. 21
	CompleteBy  *civil.Date `json:"complete_by"`  // art. 10, when pieces were missing at deposit
	FirstHalf   *civil.Date `json:"first_half"`   // last day to ask for something
	Law         string      `json:"law"`
	Calendar    string      `json:"calendar"`
	Trace       Trace       `json:"trace"`
}

// ParseSpan reads a suspension as FROM..TO, or FROM.. while it is open.
func ParseSpan(s string) (Span, error) {
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		return Span{}, refuse("14", "span_unreadable")
	}
	var span Span
	if err := errors.Join(span.From.UnmarshalText([]byte(from)), span.To.UnmarshalText([]byte(to))); err != nil || span.From.IsZero() {
		return Span{}, refuse("14", "span_unreadable")
	}
	return span, nil
}

// Explain computes every date of a dossier from its facts, with the trace. It fails only on dates that contradict
// each other; what the law refuses (a claim on an act that is not listed) is a step of the trace.
func (b Book) Explain(in Input) (Output, error) {
	if err := in.check(); err != nil {
		return Output{}, err
	}
	out := Output{Law: b.Version(), Calendar: b.Calendar.Version()}
	r := Regime{Days: in.Days, Immediate: in.Days == 0, Listed: in.Listed, Extendable: true, Level: in.Level}
	if in.Working {
		r.Unit = WorkingDays
	}
	complete := in.Deposit
	if in.Complete.After(in.Deposit) {
		receipt := b.Receipt(r, in.Deposit, []string{"?"})
		out.CompleteBy, out.Trace = some(receipt.CompleteBy), receipt.Trace
		complete = in.Complete
	}
	clock := Clock{Regime: r, Complete: complete, Spans: in.Suspensions, Extension: in.Extension}
	d := b.Deadline(clock)
	out.Silence = SilenceWould(r)
	out.LastDay, out.Trace = some(d.Last), append(out.Trace, d.Trace...)
	if !r.Immediate {
		half, trace := b.FirstHalf(clock)
		out.FirstHalf, out.Trace = some(half), append(out.Trace, trace...)
	}
	b.explainEnd(in, r, d, &out)
	return out, nil
}

// explainEnd tells how the delay ended: refused in time, or by silence and what follows from it.
func (b Book) explainEnd(in Input, r Regime, d Deadline, out *Output) {
	inTime := !in.Refused.IsZero() && (d.Last.IsZero() || !in.Refused.After(d.Last))
	if inTime {
		out.Trace = append(out.Trace, step("18", "refused", in.Refused))
		out.appeal(b.Appeal(in.Level, in.Refused))
		return
	}
	if d.Last.IsZero() {
		return
	}
	out.SilenceOn = some(d.SilenceOn)
	effect, trace := b.Silence(r, d, d.SilenceOn)
	out.Trace = append(out.Trace, trace[len(d.Trace):]...)
	if !in.Refused.IsZero() {
		if no := b.MayRefuse(r, effect, "given", in.Refused); no != nil {
			out.refused(no, in.Refused)
		} else {
			out.Trace = append(out.Trace, step("18", "refused", in.Refused))
			out.appeal(b.Appeal(in.Level, in.Refused))
		}
	} else if effect == OpenAppeal {
		out.appeal(b.Appeal(in.Level, d.Last))
	}
	if in.Claimed.IsZero() {
		return
	}
	if no := b.MayClaim(effect, d.SilenceOn, in.Claimed); no != nil {
		out.refused(no, in.Claimed)
		return
	}
	by, trace := b.DeliverBy(in.Claimed)
	out.DeliverBy, out.Trace = some(by), append(out.Trace, trace...)
}

func (o *Output) appeal(a Appeal) {
	o.AppealUntil, o.Trace = some(a.Until), append(o.Trace, a.Trace...)
}

func (o *Output) refused(err error, day civil.Date) {
	if no := (*Refusal)(nil); errors.As(err, &no) {
		s := step(no.Article, no.Code, day)
		s.Params = no.Params // the day that the sentence names is the law's, not that of the attempt
		o.Trace = append(o.Trace, s)
	}
}

func (in Input) check() error {
	switch {
	case in.Deposit.IsZero():
		return refuse("10", "deposit_missing")
	case in.Days < 0 || in.Extension < 0:
		return refuse("16", "days_negative")
	case !in.Complete.IsZero() && in.Complete.Before(in.Deposit):
		return refuse("10", "complete_before_deposit")
	}
	for _, s := range in.Suspensions {
		if s.From.IsZero() || (!s.To.IsZero() && s.To.Before(s.From)) {
			return refuse("14", "span_reversed")
		}
	}
	return nil
}

func some(d civil.Date) *civil.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}
