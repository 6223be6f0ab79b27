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

// Known tells whether the request is one of the three: the law knows no other, so no other can stop the clock.
func (a Ask) Known() bool { return slices.Contains(Asks, a) }

// Asks are the three requests, in the order of screens.
var Asks = []Ask{Replacement, Originals, Information}

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

// Spans returns the suspensions that the requests cause. A request that the law does not know causes none, wherever it was written.
func Spans(requests []Request) []Span {
	var out []Span
	for _, r := range requests {
		if r.Ask.Known() {
			out = append(out, Span{From: r.Sent, To: r.Answered})
		}
	}
	return out
}

// MayAsk decides whether a request may be sent: with grounds, for a published piece, in the first half of the
// delay, and once (a replacement once per piece, information once, originals once).
func (b Book) MayAsk(c Clock, published []string, earlier []Request, ask Request) error {
	art := ask.Ask.Article()
	if !ask.Ask.Known() {
		return refuse("7-4, 10, 14", "ask_unknown")
	}
	if c.Complete.IsZero() || c.Regime.Immediate {
		return refuse(art, "no_clock")
	}
	if strings.TrimSpace(ask.Grounds) == "" {
		return refuse(art, "grounds_missing", "article", art)
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
	case b.overLimit(c.Regime, days, c.Complete):
		return refuse("17", "extension_over_limit", "days", itoa(c.Regime.Cap()))
	case !d.Last.IsZero() && notified.After(d.Last):
		return refuse("17", "extension_late", "date", d.Last.String())
	}
	return nil
}

// overLimit tells whether an extension is longer than one may be. Art. 17 allows what the expertise or inquiry needs and names no
// figure; by default it is not longer than the longest delay that art. 16 allows for the act itself.
func (b Book) overLimit(r Regime, days int, on civil.Date) bool {
	return b.Defaults.On("extension.limit", on).Is("cap") && days > r.Cap()
}
