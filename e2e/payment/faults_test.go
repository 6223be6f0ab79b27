package payment

import (
	"html"
	"testing"
	"time"

	"wasl/payment/paymentapi"
	"wasl/peers/bank"
)

func unescape(s string) string { return html.UnescapeString(s) }

// With whatever the bank does wrong, what it took and what the ledger says are
// the same in the end, and a callback that is not true leaves the order open.
func TestTheBankMisbehaves(t *testing.T) {
	w := start(t)
	for _, c := range []struct {
		fault    bank.Fault
		at, then paymentapi.Status // status when the browser is back, and in the end
	}{
		{bank.CallbackDuplicated, paymentapi.Paid, paymentapi.Paid},
		{bank.FailureThenSuccess, paymentapi.Paid, paymentapi.Paid},
		{bank.EntityEncoded, paymentapi.Paid, paymentapi.Paid},
		{bank.WrongAmount, paymentapi.Open, paymentapi.Open},
		{bank.WrongCurrency, paymentapi.Open, paymentapi.Open},
		{bank.WrongHash, paymentapi.Open, paymentapi.Open},
		{bank.KeylessHash, paymentapi.Open, paymentapi.Open},
		{bank.UnknownOrder, paymentapi.Open, paymentapi.Open},
		{bank.CallbackLate, paymentapi.Open, paymentapi.Paid},
		{bank.CallbackLost, paymentapi.Open, paymentapi.Paid},
		{bank.AnswerLost, paymentapi.Paid, paymentapi.Paid},
		{bank.CaptureIgnored, paymentapi.Paid, paymentapi.Paid},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			w.t = t
			captures, revenue := w.captures(), w.revenue()
			w.fault(c.fault)
			o := w.order("k/" + string(c.fault))
			w.pay(o, "4000000000000010", "")
			if got := w.status(o); got != c.at {
				t.Errorf("status %s, want %s", got, c.at)
			}
			w.fault(bank.None)
			w.clock.Advance(time.Minute) // the sweep asks about what is older than that
			if c.then == paymentapi.Open {
				w.until("nothing captured", func() bool { return w.captures() == captures && w.status(o) == paymentapi.Open })
				return
			}
			w.until("paid and captured once", func() bool {
				return w.status(o) == paymentapi.Paid && w.captures() == captures+1 && w.revenue() == revenue+500_00
			})
		})
	}
}
