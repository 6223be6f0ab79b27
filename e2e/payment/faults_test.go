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
		{bank.AnswerLost, paymentapi.Confirming, paymentapi.Paid},
		{bank.CaptureIgnored, paymentapi.Confirming, paymentapi.Paid},
		{bank.CaptureDeclined, paymentapi.Confirming, paymentapi.Paid},
		{bank.CaptureLate, paymentapi.Confirming, paymentapi.Paid},
		{bank.CenterDown, paymentapi.Confirming, paymentapi.Paid},
		{bank.SameTransaction, paymentapi.Open, paymentapi.Open}, // the one of the payment before
		{bank.NoTransaction, paymentapi.Open, paymentapi.Open},
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
			if c.at != paymentapi.Paid && w.revenue() != revenue {
				t.Errorf("revenue %d before the bank took anything", w.revenue()-revenue)
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

// A bank that holds the amount and will not take it is told to let go; the fee
// is unpaid again, no revenue stands, and the payer can pay.
func TestTheBankWillNotTakeTheAmount(t *testing.T) {
	for _, fault := range []bank.Fault{bank.CaptureDeclined, bank.ReplyLost} {
		t.Run(string(fault), func(t *testing.T) {
			w := start(t)
			w.fault(bank.CaptureDeclined)
			o := w.order("k1")
			w.pay(o, "4000000000000010", "")
			w.fault(fault)
			if fault == bank.ReplyLost { // the release is done, and its reply never arrives
				w.fault(bank.CenterDown)
				w.clock.Advance(25 * time.Hour)
				w.fault(bank.ReplyLost)
			} else {
				w.clock.Advance(25 * time.Hour)
			}
			w.until("the hold is released and the fee is unpaid", func() bool {
				w.clock.Advance(time.Minute) // a question that met the bank while it was down is asked again
				return w.payments()[0].State == bank.Voided && w.status(o) == paymentapi.Failed
			})
			if w.captures() != 0 || w.revenue() != 0 || w.sealed.Load() != 0 {
				t.Errorf("bank took %d, revenue %d, quittances %d", w.captures(), w.revenue(), w.sealed.Load())
			}
			if n := w.number("SELECT count(*) FROM cases WHERE kind = 'capture_overdue' AND finding = 'released'"); n != 1 {
				t.Errorf("the treasurer sees %d cases", n)
			}
			w.fault(bank.None)
			w.pay(o, "4000000000000010", "")
			w.until("paid", func() bool { return w.status(o) == paymentapi.Paid && w.captures() == 1 && w.revenue() == 500_00 })
		})
	}
}

// The payer goes back from the bank's page, opens it again and pays in both:
// one payment is the fee's, the other is released.
func TestAPayerWhoPaysInTwoTabsPaysOnce(t *testing.T) {
	w := start(t)
	o := w.order("k1")
	first, second := w.atTheBank(o), w.atTheBank(o)
	w.card(o, first, "4000000000000010", "")
	w.card(o, second, "5453010000066100", "")
	w.until("one captured, one released", func() bool {
		list := w.payments()
		return len(list) == 2 && list[0].OrderID != list[1].OrderID &&
			list[1].State == bank.Captured && list[0].State == bank.Voided && w.captures() == 1
	})
	w.until("the case is closed", func() bool {
		return w.number("SELECT count(*) FROM cases WHERE kind = 'paid_twice' AND finding = 'released' AND closed_at IS NOT NULL") == 1
	})
	if w.status(o) != paymentapi.Paid || w.revenue() != 500_00 {
		t.Errorf("status %s, revenue %d", w.status(o), w.revenue())
	}
}
