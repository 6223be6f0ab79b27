package dossier

import (
	"errors"
	"slices"
	"strings"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/law"
)

// Ask decides on a request of the administration (art. 7-4, 10, 14): published piece, grounds, first half, once. It suspends the
// clock from today.
func Ask(b law.Book, d Dossier, id string, ask law.Request, today civil.Date) (Outcome, error) {
	if d.State != Deposited {
		return Outcome{}, notNow(d)
	}
	if slices.ContainsFunc(d.Requests, func(r Request) bool { return r.ID == id }) {
		return Outcome{}, notNow(d) // two requests of one name: the person could answer the first only
	}
	ask.Sent, ask.Answered = today, civil.Date{}
	if err := b.MayAsk(d.Clock(), d.publishedCodes(), d.lawRequests(), ask); err != nil {
		if no := (*law.Refusal)(nil); errors.As(err, &no) && no.Code == "grounds_missing" {
			return Outcome{}, noGrounds("grounds", no.Article)
		}
		return Outcome{}, lawError(err)
	}
	r := Request{ID: id, Request: ask}
	r.AnswerBy, _ = b.AnswerBy(ask)
	d.Requests = append(slices.Clone(d.Requests), r)
	d = recompute(b, d)
	return Outcome{
		Dossier: d, Act: "dossier.asked", Detail: map[string]string{"ask": string(ask.Ask), "piece": ask.Piece},
		Events: []Event{{On: today, Code: askedEvent(ask.Ask), Actor: ByAdministration}}, Mails: []string{"complement"},
	}, nil
}

// Answer decides on the person's answer: the clock runs on from today.
func Answer(b law.Book, d Dossier, id, text string, brought []Piece, today civil.Date) (Outcome, error) {
	i := slices.IndexFunc(d.Requests, func(r Request) bool { return r.ID == id })
	if i < 0 {
		return Outcome{}, errs.New(errs.NotFound, "request_unknown")
	}
	if d.State != Deposited || !d.Requests[i].Answered.IsZero() {
		return Outcome{}, notNow(d)
	}
	if d.Requests[i].Ask == law.Information && strings.TrimSpace(text) == "" {
		return Outcome{}, Invalid("answer."+id, "required")
	}
	asked := d.Requests[i].Piece
	brought = slices.DeleteFunc(slices.Clone(brought), func(p Piece) bool { return p.Code != asked })
	if d.Requests[i].Ask == law.Replacement && len(brought) == 0 {
		return Outcome{}, Invalid("piece."+asked, "file_required")
	}
	d.Pieces = Merge(d.Pieces, brought)
	d.Requests = slices.Clone(d.Requests)
	d.Requests[i].Answered, d.Requests[i].Answer = today, text
	d = recompute(b, d)
	return Outcome{
		Dossier: d, Act: "dossier.answered", Detail: map[string]string{"ask": string(d.Requests[i].Ask), "last_day": d.LastDay.String()},
		Events: []Event{{On: today, Code: Answered, Actor: ByCitizen}},
	}, nil
}

// Withdraw ends a dossier at the person's wish.
func Withdraw(d Dossier, today civil.Date) (Outcome, error) {
	if d.State.Closed() {
		return Outcome{}, notNow(d)
	}
	d.State, d.ClosedOn = Withdrawn, today
	return Outcome{Dossier: d, Act: "dossier.withdrawn", Events: []Event{{On: today, Code: EventCode(Withdrawn), Actor: ByCitizen}}}, nil
}
