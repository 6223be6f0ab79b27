package payment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/payment/est3dgate"
)

const within = 24 * time.Hour

func reply(s est3dgate.Standing) est3dgate.Reply {
	r := est3dgate.Reply{Standing: s}
	if s == est3dgate.Held || s == est3dgate.Taken {
		r.Notice = est3dgate.Notice{OrderID: "N-1", Amount: 500_00, Authorised: true, Transaction: "T1"}
	}
	return r
}

// One row per thing the bank may say, and when.
func TestWhatTheBanksWordCallsFor(t *testing.T) {
	held := Order{State: Authorised, Amount: 500_00, HeldAt: noon, Attempt: "N-1", Transaction: "T1"}
	open := Order{State: Open, Amount: 500_00}
	for _, c := range []struct {
		name     string
		o        Order
		outcome  Outcome
		standing est3dgate.Standing
		after    time.Duration
		want     Step
	}{
		{"a redirect of which the bank knows nothing", open, Pending, est3dgate.None, time.Minute, Wait},
		{"until a day has passed", open, Pending, est3dgate.None, abandon - 1, Wait},
		{"and then it is given up", open, Pending, est3dgate.None, abandon, GiveUp},
		{"a returned one too", open, Returned, est3dgate.None, abandon, GiveUp},
		{"a refused one too", open, Refused, est3dgate.None, abandon, GiveUp},
		{"a released one too", open, Pending, est3dgate.Released, abandon, GiveUp},
		{"a lost callback is settled", open, Pending, est3dgate.Held, time.Minute, Settle},
		{"however late", open, Returned, est3dgate.Taken, 2 * abandon, Settle},
		{"after a refusal as well", open, Refused, est3dgate.Held, time.Minute, Settle},
		{"beside a stray payment as well", held, Stray, est3dgate.Held, time.Minute, Settle},
		{"a held amount is given a moment", held, Held, est3dgate.Held, patience - 1, Wait},
		{"then it is to be taken", held, Held, est3dgate.Held, patience, AskTake},
		{"until the time is over", held, Held, est3dgate.Held, within - 1, AskTake},
		{"then it is to be released", held, Held, est3dgate.Held, within, AskVoid},
		{"what was taken is collected", held, Held, est3dgate.Taken, 0, Collect},
		{"also when it was late", held, Held, est3dgate.Taken, within, Collect},
		{"what was released is undone", held, Held, est3dgate.Released, 0, Undo},
		{"a bank that knows nothing any more is not believed at once", held, Held, est3dgate.None, within - 1, Wait},
		{"but in the end", held, Held, est3dgate.None, within, Undo},
		{"a provider that cannot be asked", held, Held, est3dgate.Unknown, 0, Look},
		{"is left alone about what is open", open, Pending, est3dgate.Unknown, time.Minute, Wait},
		{"what is collected is not asked about", held, Collected, est3dgate.Taken, 0, NotWanted},
		{"what was let go is not asked about", open, LetGo, est3dgate.Taken, 0, NotWanted},
		{"nor what was abandoned", open, Abandoned, est3dgate.Taken, 0, NotWanted},
	} {
		a := Attempt{Number: "N-1", At: noon, Outcome: c.outcome}
		if got := Pursue(c.o, a, reply(c.standing), within, noon.Add(c.after)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for name, change := range map[string]func(*Order){
		"the order rests on another attempt": func(o *Order) { o.Attempt = "N-2" },
		"the order is captured":              func(o *Order) { o.State = Captured },
	} {
		o := held
		change(&o)
		if got := Pursue(o, Attempt{Number: "N-1", Outcome: Held}, reply(est3dgate.Taken), within, noon); got != NotWanted {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, change := range map[string]func(*est3dgate.Reply){
		"another amount":      func(r *est3dgate.Reply) { r.Amount-- },
		"another transaction": func(r *est3dgate.Reply) { r.Transaction = "T2" },
	} {
		for _, s := range []est3dgate.Standing{est3dgate.Held, est3dgate.Taken} {
			r := reply(s)
			change(&r)
			if got := Pursue(held, Attempt{Number: "N-1", Outcome: Held}, r, within, noon.Add(time.Hour)); got != Look {
				t.Errorf("%s, %s: %s", name, s, got)
			}
		}
	}
}

func TestWhatIsOpenIsAskedAboutLessAndLessOftenAndNeverDropped(t *testing.T) {
	for _, c := range []struct{ age, pause time.Duration }{
		{0, patience},
		{4 * patience, patience},
		{4*patience + 4, patience + 1},
		{2 * time.Hour, 30 * time.Minute},
		{4 * time.Hour, time.Hour},
		{365 * 24 * time.Hour, time.Hour},
		{-time.Hour, patience},
	} {
		if got := AskAgain(noon, noon.Add(c.age)).Sub(noon.Add(c.age)); got != c.pause {
			t.Errorf("after %s: asked again in %s, want %s", c.age, got, c.pause)
		}
	}
}

func TestTheQuestionNamesThePaymentOnWhichTheOrderRests(t *testing.T) {
	o := Order{HeldAt: noon.Add(time.Hour), Transaction: "T1"}
	held, open := Attempt{At: noon, Outcome: Held}, Attempt{At: noon, Outcome: Returned}
	if transactionOf(o, held) != "T1" || transactionOf(o, open) != "" || !began(o, held).Equal(o.HeldAt) || !began(o, open).Equal(noon) {
		t.Error("another payment is asked about")
	}
}

// Whatever the bank says, in whatever order, an order is paid at most once, and
// only by its own payment and amount, and revenue is what was captured.
func TestNoWordOfTheBankPaysTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{State: Authorised, Amount: 500_00, HeldAt: noon, Attempt: "N-1", Transaction: "T1"}
		a := Attempt{Number: "N-1", At: noon, Outcome: Held}
		now, paid, undone := noon, 0, 0
		for range rapid.IntRange(1, 20).Draw(t, "words") {
			now = now.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "hours")) * time.Hour)
			r := reply(rapid.SampledFrom([]est3dgate.Standing{est3dgate.None, est3dgate.Held, est3dgate.Taken, est3dgate.Released, est3dgate.Unknown}).Draw(t, "standing"))
			if rapid.Bool().Draw(t, "another") {
				r.Transaction = "T2"
			}
			switch Pursue(o, a, r, within, now) {
			case Collect:
				if paid++; r.Standing != est3dgate.Taken || r.Transaction != "T1" {
					t.Fatalf("paid by %+v", r)
				}
				o, a.Outcome = o.Take(now), Collected
			case Undo:
				if undone++; r.Standing == est3dgate.Held || r.Standing == est3dgate.Taken {
					t.Fatalf("undone by %+v", r)
				}
				o, a.Outcome = o.LetGo(), LetGo
			}
		}
		if paid+undone > 1 || (o.State == Captured) != (paid == 1) || (o.State == Voided) != (undone == 1) {
			t.Fatalf("paid %d, undone %d, %s", paid, undone, o.State)
		}
	})
}

func TestARepeatIsToldToCaptureOnlyWhatTheOrderRestsOn(t *testing.T) {
	n := est3dgate.Notice{OrderID: "N-1", Transaction: "T1"}
	o := Order{State: Authorised, Attempt: "N-1", Transaction: "T1"}
	for name, c := range map[string]struct {
		change func(*Order)
		want   est3dgate.Answer
	}{
		"authorised":          {func(*Order) {}, est3dgate.PostAuth},
		"captured":            {func(o *Order) { o.State = Captured }, est3dgate.PostAuth},
		"let go":              {func(o *Order) { *o = o.LetGo() }, est3dgate.Approved},
		"voided, not cleared": {func(o *Order) { o.State = Voided }, est3dgate.Approved},
		"another attempt":     {func(o *Order) { o.Attempt = "N-2" }, est3dgate.Approved},
		"another transaction": {func(o *Order) { o.Transaction = "T2" }, est3dgate.Approved},
	} {
		o := o
		c.change(&o)
		if got := Replay(o, n, est3dgate.PostAuth); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if got := Replay(o, n, est3dgate.Approved); got != est3dgate.Approved {
			t.Errorf("%s: an answer that captured nothing became %s", name, got)
		}
	}
}
