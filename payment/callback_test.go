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
		change func(*est3dgate.Notice)
		want   Decision
	}{
		{"success on an open order is captured", Open, false, nil, Decision{Authorised, est3dgate.PostAuth, NoAlert}},
		{"success after a refusal is captured", Failed, false, nil, Decision{Authorised, est3dgate.PostAuth, NoAlert}},
		{"refusal is noted", Open, false, refused, Decision{Failed, est3dgate.Approved, NoAlert}},
		{"second refusal too", Failed, false, refused, Decision{Failed, est3dgate.Approved, NoAlert}},
		{"refusal after success changes nothing", Authorised, false, refused, Decision{Authorised, est3dgate.Approved, NoAlert}},
		{"amount too small is not believed", Open, false, amount(499_99), Decision{Open, est3dgate.Failure, AmountWrong}},
		{"amount too large is not believed", Open, false, amount(500_01), Decision{Open, est3dgate.Failure, AmountWrong}},
		{"second success is not captured", Authorised, false, nil, Decision{Authorised, est3dgate.Approved, PaidTwice}},
		{"nor after the capture", Captured, false, nil, Decision{Captured, est3dgate.Approved, PaidTwice}},
		{"success after the expiry is not captured", Open, true, nil, Decision{Expired, est3dgate.Approved, LateSuccess}},
		{"nor on an expired order", Expired, false, nil, Decision{Expired, est3dgate.Approved, LateSuccess}},
		{"refusal after the expiry", Failed, true, refused, Decision{Expired, est3dgate.Approved, NoAlert}},
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
		if got := Decide(o, n, now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

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
				Authorised: rapid.Bool().Draw(t, "authorised"),
				Amount:     rapid.SampledFrom([]money.Centimes{500_00, 500_00, 500_00, 1}).Draw(t, "amount"),
			}
			d := Decide(o, n, now)
			if d.Pays() {
				if captured++; n.Amount != o.Amount || !n.Authorised || !now.Before(o.ExpiresAt) {
					t.Fatalf("captured by %+v at %s", n, now)
				}
			}
			o.State = d.State
		}
		if captured > 1 || o.State.Paid() != (captured == 1) {
			t.Fatalf("captured %d times, state %s", captured, o.State)
		}
	})
}
