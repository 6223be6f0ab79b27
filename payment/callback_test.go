package payment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/kit/money"
	"wasl/payment/est3dgate"
)

// One row per line of the table of answers (shared facts, §2).
func TestWhatACallbackDoes(t *testing.T) {
	for _, c := range []struct {
		name   string
		state  State
		late   bool
		used   bool
		change func(*est3dgate.Notice)
		want   Decision
	}{
		{"success on an open order is captured", Open, false, false, nil, Decision{Authorised, est3dgate.PostAuth, NoCase}},
		{"success after a refusal is captured", Failed, false, false, nil, Decision{Authorised, est3dgate.PostAuth, NoCase}},
		{"refusal is noted", Open, false, false, refused, Decision{Failed, est3dgate.Approved, NoCase}},
		{"second refusal too", Failed, false, false, refused, Decision{Failed, est3dgate.Approved, NoCase}},
		{"refusal after success changes nothing", Authorised, false, false, refused, Decision{Authorised, est3dgate.Approved, NoCase}},
		{"amount too small is not believed", Open, false, false, amount(499_99), Decision{Open, est3dgate.Failure, AmountDiffers}},
		{"amount too large is not believed", Open, false, false, amount(500_01), Decision{Open, est3dgate.Failure, AmountDiffers}},
		{"second success is not captured", Authorised, false, false, nil, Decision{Authorised, est3dgate.Approved, PaidTwice}},
		{"nor after the capture", Captured, false, false, nil, Decision{Captured, est3dgate.Approved, PaidTwice}},
		{"success after the expiry is not captured", Open, true, false, nil, Decision{Expired, est3dgate.Approved, LateSuccess}},
		{"nor on an expired order", Expired, false, false, nil, Decision{Expired, est3dgate.Approved, LateSuccess}},
		{"success after a released one is captured", Voided, false, false, nil, Decision{Authorised, est3dgate.PostAuth, NoCase}},
		{"success without a transaction is not believed", Open, false, false, unnamed, Decision{Open, est3dgate.Failure, TransactionMissing}},
		{"nor on a paid order", Captured, false, false, unnamed, Decision{Captured, est3dgate.Failure, TransactionMissing}},
		{"success under another payment's transaction", Open, false, true, nil, Decision{Open, est3dgate.Failure, TransactionUsed}},
		{"nor after a refusal", Failed, false, true, nil, Decision{Failed, est3dgate.Failure, TransactionUsed}},
		{"a refusal needs no transaction", Open, false, true, func(n *est3dgate.Notice) { refused(n); unnamed(n) }, Decision{Failed, est3dgate.Approved, NoCase}},
		{"refusal after the expiry", Failed, true, false, refused, Decision{Expired, est3dgate.Approved, NoCase}},
	} {
		o := opened(t)
		o.State = c.state
		n := est3dgate.Notice{OrderID: "N-1", Amount: o.Amount, Authorised: true, Transaction: "T"}
		if c.change != nil {
			c.change(&n)
		}
		now := noon
		if c.late {
			now = o.ExpiresAt
		}
		if got := Decide(o, n, c.used, now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func unnamed(n *est3dgate.Notice) { n.Transaction = "" }

func refused(n *est3dgate.Notice) { n.Authorised = false }

func amount(a money.Centimes) func(*est3dgate.Notice) {
	return func(n *est3dgate.Notice) { n.Amount = a }
}

// No sequence of callbacks takes an order's amount twice, nor any other amount.
func TestAnOrderIsCapturedAtMostOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{State: Open, Amount: 500_00, ExpiresAt: noon.Add(time.Hour)}
		now, captured := noon, 0
		for range rapid.IntRange(1, 12).Draw(t, "callbacks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute)
			n := est3dgate.Notice{
				Authorised: rapid.Bool().Draw(t, "authorised"), Transaction: rapid.SampledFrom([]string{"T1", "T2", ""}).Draw(t, "transaction"),
				Amount: rapid.SampledFrom([]money.Centimes{500_00, 500_00, 500_00, 1}).Draw(t, "amount"),
			}
			used := rapid.Bool().Draw(t, "used")
			d := Decide(o, n, used, now)
			if d.Authorises() {
				if captured++; n.Amount != o.Amount || !n.Authorised || !now.Before(o.ExpiresAt) || n.Transaction == "" || used {
					t.Fatalf("captured by %+v at %s", n, now)
				}
			}
			o.State = d.State
		}
		if captured > 1 || (o.State == Authorised) != (captured == 1) {
			t.Fatalf("captured %d times, state %s", captured, o.State)
		}
	})
}
