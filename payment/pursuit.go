package payment

import (
	"time"

	"wasl/payment/est3dgate"
)

const (
	patience = 20 * time.Second // before asking about an answer or callback
	abandon  = 24 * time.Hour   // after which a redirect that the bank knows nothing of is given up
	rarely   = time.Hour        // the longest pause between two questions
)

// Step is what is done next about an attempt.
type Step string

// The steps.
const (
	Wait      Step = "wait"       // ask again later
	Settle    Step = "settle"     // the bank holds or took a payment: decide it as its callback
	AskTake   Step = "ask_take"   // the bank holds the amount: have it taken
	AskVoid   Step = "ask_void"   // it was not taken in time: have it released
	Collect   Step = "collect"    // the bank took it: the order is paid
	Undo      Step = "undo"       // the bank does not hold it any more: the order is unpaid again
	Look      Step = "look"       // the provider cannot be asked, or speaks of another payment: a treasurer looks
	GiveUp    Step = "give_up"    // the payer never paid
	NotWanted Step = "not_wanted" // nothing is to be asked about it
)

// Pursue says what the bank's reply about an attempt calls for. Within is how
// long an authorisation may wait for its capture. A reply that denies all
// knowledge of a payment which the bank had authorised is taken for true only
// at the end of that time.
func Pursue(o Order, a Attempt, r est3dgate.Reply, within time.Duration, now time.Time) Step {
	switch a.Outcome {
	case Pending, Returned, Refused, Stray:
		return pursueSilent(a, r, now)
	case Held:
		if o.State == Authorised && o.Attempt == a.Number {
			return pursueHeld(o, r, within, now)
		}
	}
	return NotWanted
}

func pursueSilent(a Attempt, r est3dgate.Reply, now time.Time) Step {
	switch {
	case r.Standing == est3dgate.Held, r.Standing == est3dgate.Taken:
		return Settle
	case !now.Before(a.At.Add(abandon)):
		return GiveUp
	}
	return Wait
}

func pursueHeld(o Order, r est3dgate.Reply, within time.Duration, now time.Time) Step {
	late := !now.Before(o.HeldAt.Add(within))
	switch {
	case r.Standing == est3dgate.Unknown:
		return Look
	case r.Standing == est3dgate.Released, r.Standing == est3dgate.None && late:
		return Undo
	case r.Standing == est3dgate.None:
		return Wait
	case r.Transaction != o.Transaction || r.Amount != o.Amount:
		return Look
	case r.Standing == est3dgate.Taken:
		return Collect
	case late:
		return AskVoid
	case !now.Before(o.HeldAt.Add(patience)):
		return AskTake
	}
	return Wait
}

// AskAgain is when to ask the bank next about something that began then: soon
// at first, in the end once an hour, and never no more while it is open.
func AskAgain(began, now time.Time) time.Time {
	return now.Add(min(max(now.Sub(began)/4, patience), rarely))
}

// began is since when something is open about an attempt.
func began(o Order, a Attempt) time.Time {
	if a.Outcome == Held {
		return o.HeldAt
	}
	return a.At
}

// transactionOf is the payment that a question is about: the one on which the
// order rests, or whichever the bank knows under the attempt's number.
func transactionOf(o Order, a Attempt) string {
	if a.Outcome == Held {
		return o.Transaction
	}
	return ""
}

// lateCase is the case of the payment on which an order rests.
func lateCase(o Order, k CaseKind, now time.Time) Case {
	return OpenCase(k, o, est3dgate.Notice{OrderID: o.Attempt, Transaction: o.Transaction, Amount: o.Amount}, now)
}

// RemedyStep is what the bank's reply calls for about a payment that no order
// needs.
func RemedyStep(c Case, r est3dgate.Reply) Step {
	switch {
	case !c.Open() || c.Remedy != Void || c.Kind.OfOrder():
		return NotWanted
	case r.Standing == est3dgate.Released:
		return Undo
	case r.Standing == est3dgate.Taken:
		return Collect
	case r.Standing == est3dgate.Held:
		return AskVoid
	}
	return Wait
}
