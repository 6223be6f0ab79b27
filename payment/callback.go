package payment

import (
	"time"

	"wasl/payment/est3dgate"
)

// Alert is why a person must look at a callback.
type Alert string

// The alerts.
const (
	NoAlert     Alert = ""
	AmountWrong Alert = "amount_differs" // signed by the bank, but not what was asked
	PaidTwice   Alert = "paid_twice"     // a second success on a paid order
	LateSuccess Alert = "late_success"   // a success after the order expired
)

// Decision is what a believed callback leads to. State is the order's new one.
type Decision struct {
	State  State
	Answer est3dgate.Answer
	Alert  Alert
}

// Pays reports whether the decision turns an unpaid order into a paid one.
func (d Decision) Pays() bool { return d.Answer == est3dgate.PostAuth }

// Decide says what a callback whose hash is proved does to the order. The
// answer is the capture order, so it may leave only after the commit; a repeat
// is not decided again, it gets the stored answer.
func Decide(o Order, n est3dgate.Notice, now time.Time) Decision {
	o = o.At(now)
	switch {
	case n.Amount != o.Amount:
		return Decision{o.State, est3dgate.Failure, AmountWrong}
	case !n.Authorised && o.State == Open:
		return Decision{Failed, est3dgate.Approved, NoAlert}
	case !n.Authorised:
		return Decision{o.State, est3dgate.Approved, NoAlert}
	case o.State.Paid():
		return Decision{o.State, est3dgate.Approved, PaidTwice}
	case o.State == Expired:
		return Decision{o.State, est3dgate.Approved, LateSuccess}
	}
	return Decision{Authorised, est3dgate.PostAuth, NoAlert}
}
