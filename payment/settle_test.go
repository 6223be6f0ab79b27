package payment

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

func TestOneTransactionPaysOneOrder(t *testing.T) {
	w := newWorld(t, nil)
	first := w.order()
	w.paid(first)
	other, err := w.client.CreateOrder(t.Context(), demand(func(n *paymentapi.NewOrder) { n.Key, n.Dossier = "dos_2/fee", "dos_2" }))
	if err != nil {
		t.Fatal(err)
	}
	number := w.redirected(other)
	for name, c := range map[string]struct{ txn, kind string }{
		"used": {"T1", "transaction_used"}, "used, with an entity": {"&#84;1 ", "transaction_used"},
		"empty": {"", "transaction_missing"}, "blank": {" \t", "transaction_missing"}, "entity blank": {"&#32;&nbsp;", "transaction_missing"},
		"endless": {strings.Repeat("T", 65), "transaction_missing"}, "not ASCII": {"T١", "transaction_missing"},
	} {
		if got := w.call(number, map[string]string{"TransId": c.txn}); got != "FAILURE" {
			t.Errorf("%s: answered %s", name, got)
		}
		if !strings.Contains(strings.Join(w.cases(), "\n"), c.kind+" check open") {
			t.Errorf("%s: cases %q", name, w.cases())
		}
	}
	if got := w.status(other.ID); got != paymentapi.Open {
		t.Errorf("status %s", got)
	}
	w.revenue(500_00)
	if log := w.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "order="+other.ID) || strings.Contains(log, "level=ERROR") {
		t.Errorf("log %s", log)
	}
	if got := w.call(number, map[string]string{"TransId": "T2"}); got != "ACTION=POSTAUTH" {
		t.Errorf("a transaction of its own: %s", got)
	}
}

// Two orders claim one transaction at the same moment: neither sees the other's
// row, and the database lets one through.
func TestTwoOrdersDoNotShareATransactionEvenAtTheSameMoment(t *testing.T) {
	w := newWorld(t, nil)
	numbers := make([]string, 6)
	for i := range numbers {
		o, err := w.client.CreateOrder(t.Context(), demand(func(n *paymentapi.NewOrder) { n.Key = fmt.Sprint("k", i) }))
		if err != nil {
			t.Fatal(err)
		}
		numbers[i] = w.redirected(o)
	}
	answers := make([]string, len(numbers))
	var wait sync.WaitGroup
	for i, number := range numbers {
		wait.Go(func() { answers[i] = w.call(number, nil) })
	}
	wait.Wait()
	if got := strings.Join(answers, " "); strings.Count(got, "ACTION=POSTAUTH") != 1 || strings.Count(got, "FAILURE") != len(numbers)-1 {
		t.Errorf("answers %s", got)
	}
	if n := w.query(`SELECT count(*) FROM orders WHERE state = 'authorised'`); n != 1 {
		t.Errorf("%d orders rest on one transaction", n)
	}
}

func TestASecondPaymentIsReleasedAndTold(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	first, second := w.redirected(o), w.redirected(o)
	w.call(first, nil)
	w.center.stands(first, est3dgate.Taken)
	w.confirm(first)
	if got := w.call(second, map[string]string{"TransId": "T2"}); got != "APPROVED" {
		t.Errorf("answer %s", got)
	}
	if rec := w.get("/fr"+o.PayPath, amina); !strings.Contains(rec.Body.String(), "Il est demandé à la banque") {
		t.Error("the payer is not told")
	}
	w.center.set(func() {
		w.center.standing[second], w.center.txn[second], w.center.declines = est3dgate.Held, "T2", true
	})
	w.sweep(time.Minute)
	if got := w.cases(); len(got) != 1 || got[0] != "paid_twice void open" {
		t.Errorf("cases %q", got)
	}
	w.center.set(func() { w.center.declines = false })
	w.sweep(time.Hour)
	if got := w.cases(); len(got) != 1 || got[0] != "paid_twice void released closed" || w.center.was(second) != est3dgate.Released {
		t.Errorf("cases %q, at the bank %s", got, w.center.was(second))
	}
	if w.center.was(first) != est3dgate.Taken {
		t.Error("the payment that the order needs was released")
	}
	w.revenue(500_00)
	w.work(func() bool { return len(w.others.got("POST /v1/messages")) == 3 })
	if rec := w.get("/fr"+o.PayPath, amina); !strings.Contains(rec.Body.String(), "a été libéré par la banque") {
		t.Error("the payer is not told of the end")
	}
}

func TestALateSuccessThatTheBankTookAnywayIsOwedUntilTheTreasurerGivesItBack(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.clock.Advance(31 * 24 * time.Hour)
	w.call(number, nil)
	w.center.stands(number, est3dgate.Taken)
	w.sweep(time.Minute)
	if got := w.cases(); len(got) != 1 || got[0] != "late_success refund taken open" {
		t.Fatalf("cases %q", got)
	}
	w.revenue(0)
	if w.balance(RefundsPayable) != -500_00 || w.balance(AcquirerReceivable) != 500_00 {
		t.Errorf("owed %d", w.balance(RefundsPayable))
	}
	id := CaseIDOf(LateSuccess, number, "T1").String()
	if err := w.block.findByHand(t.Context(), treasurer, id, Refunded, "TGR-2026-77"); err != nil {
		t.Fatal(err)
	}
	if w.balance(RefundsPayable) != 0 || w.balance(AcquirerReceivable) != 0 {
		t.Errorf("owed %d after the refund", w.balance(RefundsPayable))
	}
	if got := w.cases(); got[0] != "late_success refund refunded closed" {
		t.Errorf("cases %q", got)
	}
	if rec := w.get("/fr"+o.PayPath, amina); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "vous a été remboursé") {
		t.Error("the payer is not told")
	}
}

func TestWhatIsNoTextIsRefusedAndWakesNobody(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	post := func(path, body string) int {
		r, _ := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.block.Handler().ServeHTTP(rec, r)
		return rec.Code
	}
	for name, body := range map[string]string{
		"NUL in a value": "oid=" + number + "%00", "NUL in a name": "a%00=1", "not UTF-8": "oid=%ff%fe", "not UTF-8 in a name": "%ff=1",
		"not a form": "oid=%zz", "name twice": "oid=1&oid=2", "too many fields": strings.Repeat("x=1&", 3) + manyFields(),
	} {
		if got := post("/payment/callback", body); got != http.StatusBadRequest {
			t.Errorf("callback, %s: %d", name, got)
		}
	}
	if got := post("/payment/callback", "x="+strings.Repeat("y", maxCallback)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("endless callback: %d", got)
	}
	for name, body := range map[string]string{"NUL": "oid=" + number + "%00", "not UTF-8": "oid=%ff", "not a form": "oid=%zz"} {
		if got := post("/payment/return?lang=fr&order="+o.ID, body); got != http.StatusUnprocessableEntity {
			t.Errorf("return, %s: %d", name, got)
		}
	}
	w.call("NOBODY-1", nil)
	w.call(number, map[string]string{"HASH": "x"})
	if log := w.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") || !strings.Contains(log, "client=bank") {
		t.Errorf("log %s", log)
	}
}

func manyFields() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "&f%d=1", i)
	}
	return b.String()
}
