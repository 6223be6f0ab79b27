package law

import (
	"slices"
	"strings"

	"wasl/kit/civil"
)

// Ask is what an administration may ask after the receipt.
type Ask string

// The three requests of the law; each suspends the clock until it is answered.
const (
	Replacement Ask = "replacement" // art. 10: a piece that does not meet the published conditions
	Originals   Ask = "originals"   // art. 7-4: see the original or a certified copy, in doubt
	Information Ask = "information" // art. 14: complementary information
)

// Article returns the article that allows the request.
func (a Ask) Article() string {
	switch a {
	case Replacement:
		return "10"
	case Originals:
		return "7-4"
	}
	return "14"
}

// Request is one request of the administration. Piece is the code of a published piece (not for Information).
type Request struct {
	Ask      Ask        `json:"ask"`
	Piece    string     `json:"piece,omitempty"`
	Grounds  string     `json:"grounds"`
	Sent     civil.Date `json:"sent"`
	Answered civil.Date `json:"answered"`
}

// Spans returns the suspensions that the requests cause.
func Spans(requests []Request) []Span {
	var out []Span
	for _, r := range requests {
		out = append(out, Span{From: r.Sent, To: r.Answered})
	}
	return out
}

// MayAsk decides whether a request may be sent: with grounds, for a published piece, in the first half of the
// delay, and once (a replacement once per piece, information once, originals once).
func (b Book) MayAsk(c Clock, published []string, earlier []Request, ask Request) error {
	art := ask.Ask.Article()
	if c.Complete.IsZero() || c.Regime.Immediate {
		return refuse(art, "no_clock")
	}
	if strings.TrimSpace(ask.Grounds) == "" {
		return refuse(art, "grounds_missing")
	}
	if ask.Ask != Information && !slices.Contains(published, ask.Piece) {
		return refuse("3", "piece_not_published")
	}
	perPiece := b.Defaults.On("replacement.once_per", ask.Sent).Is("piece")
	for _, r := range earlier {
		same := r.Ask == ask.Ask
		if same && ask.Ask == Replacement && perPiece {
			same = r.Piece == ask.Piece
		}
		if same {
			return refuse(art, "asked_once")
		}
	}
	if !b.inFirstHalf(c, ask.Sent) {
		end, _ := b.FirstHalf(c)
		return refuse(art, "first_half_over", "date", end.String())
	}
	return nil
}

// AnswerBy returns the day until which the user may answer: 30 full days for a replacement, on pain of return
// (art. 10); zero for information and originals, which the law leaves without limit.
func (b Book) AnswerBy(r Request) (civil.Date, Trace) {
	if r.Ask != Replacement {
		return civil.Date{}, Trace{step(r.Ask.Article(), "answer_no_limit", r.Sent).by(b.Defaults.On("complement.limit_days", r.Sent))}
	}
	by, trace := b.Full("10", r.Sent, completionDays)
	return by, append(trace, step("10", "replace_by", by))
}

// MayExtend decides on the one extension of art. 17: a listed act, days given, and notified before the first expiry.
func (b Book) MayExtend(c Clock, days int, notified civil.Date) error {
	first := c
	first.Extension = 0
	d := b.Deadline(first)
	switch {
	case !c.Regime.Extendable:
		return refuse("17", "extension_not_listed")
	case c.Extension > 0:
		return refuse("17", "extended_once")
	case days <= 0:
		return refuse("17", "extension_days")
	case !d.Last.IsZero() && notified.After(d.Last):
		return refuse("17", "extension_late", "date", d.Last.String())
	}
	return nil
}
