package payment

import (
	"strings"
	"testing"
	"time"

	"wasl/kit/money"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

// What was authorised and never captured is no money: no revenue, no
// quittance, nothing that calls it paid.
func TestNoQuittanceAndNoRevenueForMoneyThatTheBankNeverTook(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.set(func() { w.center.standing[number], w.center.declines = est3dgate.Held, true })
	w.confirm(number)
	w.sweep(time.Hour)
	w.sweep(time.Hour)
	w.revenue(0)
	if w.balance(CardHolds) != 500_00 || w.balance(AwaitingCapture) != -500_00 {
		t.Errorf("clearing %d %d", w.balance(CardHolds), w.balance(AwaitingCapture))
	}
	if got := w.status(o.ID); got != paymentapi.Confirming {
		t.Errorf("status %s", got)
	}
	if err := w.block.sealQuittance(t.Context(), Quittance{Order: w.id(o)}); err != nil || len(w.others.got("POST /v1/seals")) != 0 {
		t.Errorf("a quittance was sealed (%v)", err)
	}
	if rec := w.get("/fr"+o.PayPath+"/return", amina); !strings.Contains(rec.Body.String(), "confirmé") || !strings.Contains(rec.Body.String(), o.PayPath+"/return") {
		t.Error("the page does not say that the payment is being confirmed, or shows no way on")
	}
}

func TestAnAuthorisationThatIsNotCapturedInTimeIsReleasedReversedAndTold(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.set(func() { w.center.standing[number], w.center.declines = est3dgate.Held, true })
	w.sweep(24*time.Hour + time.Second)
	if got := w.cases(); len(got) != 1 || got[0] != "capture_overdue void open" {
		t.Errorf("while the bank does not release it: cases %q", got)
	}
	if got := w.status(o.ID); got != paymentapi.Confirming {
		t.Errorf("unpaid before the bank released it: %s", got)
	}
	w.center.set(func() { w.center.declines = false })
	w.sweep(8 * 24 * time.Hour) // the sweep does not end after seven days
	if got := w.center.was(number); got != est3dgate.Released {
		t.Errorf("at the bank: %s", got)
	}
	if got := w.cases(); len(got) != 1 || got[0] != "capture_overdue void released closed" {
		t.Errorf("cases %q", got)
	}
	if got := w.status(o.ID); got != paymentapi.Failed {
		t.Errorf("status %s", got)
	}
	w.revenue(0)
	if w.balance(CardHolds) != 0 || w.balance(AwaitingCapture) != 0 || w.query(`SELECT count(*) FROM entries WHERE kind = 'reversal'`) != 1 {
		t.Error("the authorisation is not reversed")
	}
	w.work(func() bool { return len(w.others.got("POST /v1/messages")) == 1 })
	if mail := w.others.got("POST /v1/messages")[0]; !strings.Contains(mail, `"payment-released"`) {
		t.Errorf("mail %s", mail)
	}
	for _, path := range []string{o.PayPath, o.PayPath + "/return"} {
		if rec := w.get("/fr"+path, amina); !strings.Contains(rec.Body.String(), "vous pouvez payer de nouveau") {
			t.Errorf("%s does not tell it", path)
		}
	}
	if got := w.call(number, nil); got != "APPROVED" {
		t.Errorf("the bank repeats its callback and is told to capture what it released: %s", got)
	}
	second := w.redirected(o)
	if got := w.call(second, map[string]string{"TransId": "T2"}); got != "ACTION=POSTAUTH" {
		t.Fatalf("the second payment: %s", got)
	}
	w.center.stands(second, est3dgate.Taken)
	w.confirm(second)
	w.revenue(500_00)
	if w.balance(CardHolds) != 0 || w.balance(AcquirerReceivable) != 500_00 {
		t.Errorf("clearing %d, receivable %d", w.balance(CardHolds), w.balance(AcquirerReceivable))
	}
}

func TestAnAuthorisationOfWhichTheBankKnowsNothingMoreIsUndoneOnlyWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	w.call(w.redirected(o), nil)
	w.sweep(23 * time.Hour)
	if got := w.status(o.ID); got != paymentapi.Confirming {
		t.Errorf("status %s", got)
	}
	w.sweep(2 * time.Hour)
	if got := w.status(o.ID); got != paymentapi.Failed {
		t.Errorf("status %s", got)
	}
	if got := w.cases(); len(got) != 1 || got[0] != "capture_overdue void released closed" {
		t.Errorf("the treasurer sees %q", got)
	}
}

func TestALostAnswerIsMadeUpForByTheMerchantService(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.stands(number, est3dgate.Held)
	w.sweep(patience)
	if got := w.status(o.ID); got != paymentapi.Paid || w.center.was(number) != est3dgate.Taken {
		t.Errorf("status %s, at the bank %s", got, w.center.was(number))
	}
	w.revenue(500_00)
}

func TestALostCallbackIsMadeUpFor(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	w.center.stands(w.redirected(o), est3dgate.Held)
	w.sweep(patience)
	if got := w.status(o.ID); got != paymentapi.Paid {
		t.Errorf("status %s", got)
	}
	w.revenue(500_00)
	if got := w.query(`SELECT count(*) FROM attempts WHERE ask_at IS NOT NULL`); got != 0 {
		t.Errorf("%d attempts are asked about for ever", got)
	}
}

// A payer whose first card was refused pays with another on the bank's page,
// and that callback gets lost.
func TestASuccessAfterARefusalIsFoundWhenItsCallbackGotLost(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, map[string]string{"ProcReturnCode": "05", "TransId": "T0"})
	w.center.stands(number, est3dgate.Taken)
	w.sweep(time.Minute)
	if got := w.status(o.ID); got != paymentapi.Paid {
		t.Errorf("status %s", got)
	}
	w.revenue(500_00)
}

// A refusal that comes late, or a second success under the same number, must
// not make the first one be forgotten.
func TestWhatComesAfterASuccessDoesNotStopItsPursuit(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.call(number, map[string]string{"ProcReturnCode": "05", "TransId": "T9"})
	w.call(number, map[string]string{"TransId": "T2"})
	w.center.stands(number, est3dgate.Held)
	w.sweep(time.Minute)
	if got := w.status(o.ID); got != paymentapi.Paid {
		t.Errorf("status %s", got)
	}
}

func TestARedirectThatWasNeverUsedIsGivenUpAfterADay(t *testing.T) {
	w := newWorld(t, nil)
	number := w.redirected(w.order())
	w.sweep(23 * time.Hour)
	if n := w.query(`SELECT count(*) FROM attempts WHERE ask_at IS NOT NULL AND outcome = ''`); n != 1 {
		t.Errorf("%d attempts are asked about", n)
	}
	w.sweep(2 * time.Hour)
	if n := w.query(`SELECT count(*) FROM attempts WHERE ask_at IS NULL AND outcome = 'abandoned'`); n != 1 {
		t.Errorf("%d attempts are abandoned", n)
	}
	if got := w.call(number, nil); got != "ACTION=POSTAUTH" {
		t.Errorf("a callback after that: %s", got)
	}
}

// Without a merchant service nobody can be asked: the treasurer reads the
// bank's list, and until then nothing is paid.
func TestAProviderThatCannotBeAskedIsConfirmedByTheTreasurer(t *testing.T) {
	for finding, want := range map[Finding]paymentapi.Status{Taken: paymentapi.Paid, Released: paymentapi.Failed} {
		w := newWorld(t, func(c *Config) { c.CenterURL = "" })
		o := w.order()
		number := w.redirected(o)
		w.call(number, nil)
		w.confirm(number)
		w.sweep(time.Hour)
		w.revenue(0)
		if got := w.cases(); len(got) != 1 || got[0] != "capture_unconfirmed check open" {
			t.Fatalf("cases %q", got)
		}
		if err := w.block.findByHand(t.Context(), treasurer, CaseIDOf(CaptureUnconfirmed, number, "T1").String(), finding, "26330ABcd1234"); err != nil {
			t.Fatal(err)
		}
		if got := w.status(o.ID); got != want {
			t.Errorf("%s: status %s", finding, got)
		}
		w.revenue(map[Finding]money.Centimes{Taken: 500_00}[finding])
		if w.balance(CardHolds) != 0 || w.balance(AwaitingCapture) != 0 {
			t.Errorf("%s: the clearing is not empty", finding)
		}
		if got := w.cases(); len(got) != map[Finding]int{Taken: 1, Released: 2}[finding] {
			t.Errorf("%s: cases %q", finding, got)
		}
	}
}

// The bank's word about another payment, or another amount, confirms nothing.
func TestABankThatSpeaksOfAnotherAmountConfirmsNothing(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.set(func() {
		w.center.standing[number], w.center.notice = est3dgate.Taken, map[string]string{"amount": "5.00"}
	})
	w.sweep(time.Minute)
	w.revenue(0)
	if got := w.cases(); len(got) != 1 || got[0] != "capture_unconfirmed check open" || w.status(o.ID) != paymentapi.Confirming {
		t.Errorf("cases %q, status %s", got, w.status(o.ID))
	}
}

// The survivor of the review: a capture confirmed for another attempt of the
// order is not this one's.
func TestTheCaptureOfAnotherAttemptConfirmsNothing(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	first, second := w.redirected(o), w.redirected(o)
	w.call(second, nil)
	err := w.block.carryOut(t.Context(), Order{ID: w.id(o)}, Attempt{Number: first, Outcome: Held}, Collect)
	if err != nil || w.status(o.ID) != paymentapi.Confirming {
		t.Errorf("the order is paid by an attempt that did not pay it (%v)", err)
	}
	if err := w.block.carryOut(t.Context(), Order{ID: w.id(o)}, Attempt{Number: first, Outcome: Held}, Undo); err != nil || w.status(o.ID) != paymentapi.Confirming {
		t.Errorf("the order is undone by an attempt on which it does not rest (%v)", err)
	}
	w.revenue(0)
}

func TestABankThatDoesNotAnswerIsAskedAgainAndNobodyIsWoken(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.set(func() { w.center.down = true })
	w.confirm(number)
	w.sweep(time.Hour)
	if log := w.log.String(); strings.Contains(log, "level=ERROR") || !strings.Contains(log, "merchant service") {
		t.Errorf("log %s", log)
	}
	w.center.set(func() { w.center.down, w.center.standing[number] = false, est3dgate.Held })
	w.sweep(2 * time.Minute)
	if got := w.status(o.ID); got != paymentapi.Paid {
		t.Errorf("status %s", got)
	}
}

// The queue may be emptied: what is paid and has no quittance is in the rows.
func TestALostJobLosesNoQuittance(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	w.paid(o)
	w.query(`WITH u AS (DELETE FROM river_job RETURNING 1) SELECT count(*) FROM u`)
	if err := w.block.sealMissing(t.Context()); err != nil || len(w.others.got("POST /v1/documents")) != 0 {
		t.Errorf("sealed before its job had its time (%v)", err)
	}
	w.clock.Advance(sealAfter)
	if err := w.block.sealMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.client.Order(t.Context(), o.ID); got.Quittance != "doc_1" {
		t.Errorf("order %+v", got)
	}
}
