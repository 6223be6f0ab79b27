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
	Investment  bool // the cap of art. 16 is 30 days
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

// Explain computes every date of a dossier from its facts, with the trace. It refuses facts that the law does not know or that
// contradict each other (facts.go); what the law answers with no (a claim on an act that is not listed) is a step of the trace.
func (b Book) Explain(in Input) (Output, error) {
	c, err := b.check(in)
	if err != nil {
		return Output{}, err
	}
	out := Output{Law: b.Version(), Calendar: b.Calendar.Version(), Silence: SilenceWould(c.Regime)}
	if in.Complete.After(in.Deposit) {
		receipt := b.Receipt(c.Regime, in.Deposit, []string{"?"})
		out.CompleteBy, out.Trace = some(receipt.CompleteBy), receipt.Trace
		if in.Complete.After(receipt.CompleteBy) {
			late := step("10", "completion_late", receipt.CompleteBy).by(b.Defaults.On("completion.late", receipt.CompleteBy))
			out.Trace = append(out.Trace, late)
		}
	}
	d := b.Deadline(c)
	out.LastDay, out.Trace = some(d.Last), append(out.Trace, d.Trace...)
	if !c.Regime.Immediate {
		half, trace := b.FirstHalf(c)
		out.FirstHalf, out.Trace = some(half), append(out.Trace, trace...)
	}
	return out, b.explainEnd(in, c.Regime, d, &out)
}

// explainEnd tells how the delay ended: refused in time, or by silence and what follows from it.
func (b Book) explainEnd(in Input, r Regime, d Deadline, out *Output) error {
	if !in.Refused.IsZero() && (d.Last.IsZero() || !in.Refused.After(d.Last)) {
		if !in.Claimed.IsZero() {
			return refuse("19", "claim_after_refusal", "date", in.Refused.String())
		}
		out.Trace = append(out.Trace, step("18", "refused", in.Refused))
		out.appeal(b.Appeal(in.Level, in.Refused))
		return nil
	}
	if d.Last.IsZero() {
		if !in.Claimed.IsZero() {
			return refuse("19", "claim_suspended")
		}
		return nil
	}
	out.SilenceOn = some(d.SilenceOn)
	effect, trace := b.Silence(r, d, d.SilenceOn)
	out.Trace = append(out.Trace, trace[len(d.Trace):]...)
	switch {
	case in.Refused.IsZero():
		if effect == OpenAppeal {
			out.appeal(b.Appeal(in.Level, d.Last))
		}
	default:
		if no := b.MayRefuse(r, effect, "given", in.Refused); no != nil {
			out.refused(no, in.Refused)
			break
		}
		out.Trace = append(out.Trace, step("18", "refused", in.Refused))
		out.appeal(b.Appeal(in.Level, in.Refused))
	}
	if in.Claimed.IsZero() {
		return nil
	}
	if no := b.MayClaim(effect, d.SilenceOn, in.Claimed); no != nil {
		out.refused(no, in.Claimed)
		return nil
	}
	by, trace := b.DeliverBy(in.Claimed)
	out.DeliverBy, out.Trace = some(by), append(out.Trace, trace...)
	return nil
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

func some(d civil.Date) *civil.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}
