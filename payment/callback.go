package payment

import (
	"time"

	"wasl/payment/est3dgate"
)

// Decision is what a believed callback leads to. State is the order's new one;
// Case is what a person must see to, if anything.
type Decision struct {
	State  State
	Answer est3dgate.Answer
	Case   CaseKind
}

// Authorises reports whether the decision makes an unpaid order await the
// capture of this payment.
func (d Decision) Authorises() bool { return d.Answer == est3dgate.PostAuth }

// Decide says what a callback whose hash is proved does to the order. The
// answer is the capture order, so it may leave only after the commit; a repeat
// is not decided again, see Replay. Used tells that the notice's transaction
// was named by another payment before: one transaction pays one order.
func Decide(o Order, n est3dgate.Notice, used bool, now time.Time) Decision {
	o = o.At(now)
	switch {
	case n.Amount != o.Amount:
		return Decision{o.State, est3dgate.Failure, AmountDiffers}
	case !n.Authorised && o.State == Open:
		return Decision{Failed, est3dgate.Approved, NoCase}
	case !n.Authorised:
		return Decision{o.State, est3dgate.Approved, NoCase}
	case n.Transaction == "":
		return Decision{o.State, est3dgate.Failure, TransactionMissing}
	case used:
		return Decision{o.State, est3dgate.Failure, TransactionUsed}
	case o.State == Authorised, o.State == Captured:
		return Decision{o.State, est3dgate.Approved, PaidTwice}
	case o.State == Expired:
		return Decision{o.State, est3dgate.Approved, LateSuccess}
	}
	return Decision{Authorised, est3dgate.PostAuth, NoCase}
}

// Replay is the answer to a callback that was answered before. The order to
// capture is repeated only while the payer's order still rests on that very
// payment: one that was released meanwhile is not taken after all.
func Replay(o Order, n est3dgate.Notice, stored est3dgate.Answer) est3dgate.Answer {
	if stored == est3dgate.PostAuth && !o.RestsOn(n.OrderID, n.Transaction) {
		return est3dgate.Approved
	}
	return stored
}

// RestsOn reports whether that payment is the one which pays the order, or
// will once it is captured.
func (o Order) RestsOn(attempt, transaction string) bool {
	return (o.State == Authorised || o.State == Captured) && o.Attempt == attempt && o.Transaction == transaction
}

// Hold turns an order into one that awaits the capture of a payment.
func (o Order) Hold(n est3dgate.Notice, now time.Time) Order {
	o.State, o.HeldAt, o.Attempt, o.Transaction = Authorised, now, n.OrderID, n.Transaction
	return o
}

// Take turns an authorised order into a paid one.
func (o Order) Take(now time.Time) Order {
	o.State, o.PaidAt = Captured, now
	return o
}

// LetGo turns an authorised order into one that may be paid again.
func (o Order) LetGo() Order {
	o.State, o.HeldAt, o.Attempt, o.Transaction = Voided, time.Time{}, "", ""
	return o
}
