package payment

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/kit/errs"
	"wasl/kit/tokens"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

func TestOrderContract(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	if o.Status != paymentapi.Open || o.Amount != 500_00 || o.Dossier != "dos_1" || o.PayPath != "/payments/"+o.ID {
		t.Errorf("order %+v", o)
	}
	if again := w.order(); again.ID != o.ID || again.Reference != o.Reference {
		t.Errorf("the same key gave %+v", again)
	}
	for name, c := range map[string]struct{ revision, field string }{
		"another amount than the published": {"rev_free", "amount"}, "a listed revision": {"rev_listed", "revision"},
		"no such revision": {"rev_none", "revision"}, "an unknown fee": {"rev_unknown", "amount"},
	} {
		_, err := w.client.CreateOrder(t.Context(), demand(func(n *paymentapi.NewOrder) { n.Key, n.Revision = name, c.revision }))
		if got := errs.FieldsOf(err); errs.KindOf(err) != errs.Invalid || len(got) != 1 || got[0].Name != c.field {
			t.Errorf("%s is charged: %v", name, err)
		}
	}
	w.others.setDown(true)
	if _, err := w.client.CreateOrder(t.Context(), demand(func(n *paymentapi.NewOrder) { n.Key = "new" })); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("an order while the catalogue is away: %v", err)
	}
	if again := w.order(); again.ID != o.ID {
		t.Error("an order that exists needs the catalogue")
	}
	w.others.setDown(false)
	for name, change := range map[string]func(*paymentapi.NewOrder){
		"another amount": func(n *paymentapi.NewOrder) { n.Amount = 1 },
		"another payer":  func(n *paymentapi.NewOrder) { n.Payer = "sub-karim" },
		"another org":    func(n *paymentapi.NewOrder) { n.Org = "com_other" },
	} {
		if _, err := w.client.CreateOrder(t.Context(), demand(change)); errs.CodeOf(err) != "order_key_reused" {
			t.Errorf("%s under the same key: %v", name, err)
		}
	}
	if _, err := w.clientOf("locker").CreateOrder(t.Context(), demand(nil)); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a block that orders nothing: %v", err)
	}
	if _, err := w.clientOf("portal").Order(t.Context(), o.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another block's order: %v", err)
	}
}

func TestOnlyThePayerSeesThePage(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	for name, c := range map[string]struct {
		visit tokens.Visit
		want  int
	}{
		"payer": {amina, http.StatusOK}, "other": {tokens.Visit{Subject: "sub-karim"}, http.StatusNotFound},
		"nobody": {tokens.Visit{}, http.StatusSeeOther}, // to sign in, and back
	} {
		for _, path := range []string{o.PayPath, o.PayPath + "/return"} {
			if rec := w.get("/ar"+path, c.visit); rec.Code != c.want {
				t.Errorf("%s at %s: %d", name, path, rec.Code)
			}
		}
	}
	rec := w.get("/ar"+o.PayPath, amina)
	if csp := rec.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://bank.test") {
		t.Errorf("policy %s", csp)
	}
	if body := rec.Body.String(); strings.Contains(body, storeKey) || !strings.Contains(body, `action="`+gate+`"`) {
		t.Error("form to the bank is wrong")
	}
}

// Back from the bank, a second tab, a reload: whatever shows the form again
// carries a number that the bank has not seen.
func TestTheBankNeverSeesAnOrderNumberTwice(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	seen := map[string]bool{}
	for range 5 {
		number := w.redirected(o)
		if seen[number] {
			t.Errorf("%s is given again", number)
		}
		seen[number] = true
	}
	for range attemptsMost {
		w.get("/fr"+o.PayPath, amina)
	}
	if rec := w.get("/fr"+o.PayPath, amina); rec.Code != http.StatusTooManyRequests {
		t.Errorf("a program may open attempts without end: %d", rec.Code)
	}
	w.clock.Advance(attemptsWindow + time.Second)
	if number := w.redirected(o); seen[number] {
		t.Errorf("%s is given again", number)
	}
}

func TestSuccessIsCommittedBeforeTheCaptureOrder(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	if got := w.call(number, nil); got != "ACTION=POSTAUTH" {
		t.Fatalf("answer %s", got)
	}
	if got := w.status(o.ID); got != paymentapi.Confirming {
		t.Errorf("status %s", got)
	}
	w.revenue(0)
	if n := w.query(`SELECT count(*) FROM audit WHERE act = 'payment.authorised'`); n != 1 {
		t.Errorf("%d audit entries", n)
	}
	if rec := w.get("/fr"+o.PayPath, amina); strings.Contains(rec.Body.String(), "HASH") || !strings.Contains(rec.Body.String(), "ne payez pas une seconde fois") {
		t.Error("an order that is being confirmed can be paid again")
	}
	w.center.stands(number, est3dgate.Taken)
	if rec := w.get("/zgh"+o.PayPath+"/return", amina); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), o.Reference) {
		t.Errorf("return page %d", rec.Code)
	}
	if got := w.status(o.ID); got != paymentapi.Paid {
		t.Errorf("status after the page asked the bank: %s", got)
	}
	w.revenue(500_00)
	if rec := w.get("/fr"+o.PayPath, amina); strings.Contains(rec.Body.String(), "HASH") {
		t.Error("a paid order can be paid again")
	}
}

func TestRepeatsGetTheStoredAnswerAndChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	number := w.redirected(w.order())
	var wait sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		wait.Go(func() { answers[i] = w.call(number, nil) })
	}
	wait.Wait()
	w.clock.Advance(60 * 24 * time.Hour) // a repeat after the expiry is still the same fact
	for _, got := range append(answers, w.call(number, nil)) {
		if got != "ACTION=POSTAUTH" {
			t.Errorf("answer %s", got)
		}
	}
	w.revenue(0)
	w.center.stands(number, est3dgate.Taken)
	w.confirm(number)
	w.confirm(number)
	w.revenue(500_00)
	if got := w.call(number, map[string]string{"TransId": "T2"}); got != "APPROVED" {
		t.Errorf("a second payment was answered %s", got)
	}
	w.revenue(500_00)
	if got := w.cases(); len(got) != 1 || got[0] != "paid_twice void open" {
		t.Errorf("cases %q", got)
	}
}

func TestUnbelievedCallbacksChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	unsigned := map[string]string{"clientid": clientID, "oid": number, "amount": "500.00", "currency": "504", "ProcReturnCode": "00", "Response": "Approved", "TransId": "T1"}
	for name, change := range map[string]map[string]string{
		"wrong hash":      {"HASH": "AAAA"},
		"no hash":         {"HASH": ""},
		"keyless hash":    {"HASH": est3dgate.Hash(unsigned, "", est3dgate.CallbackValue)},
		"wrong amount":    {"amount": "5.00"},
		"wrong currency":  {"currency": "978"},
		"unknown order":   {"oid": "NOBODY-1"},
		"other merchant":  {"clientid": "7"},
		"no such attempt": {"oid": number + "0"},
	} {
		if got := w.call(number, change); got != "FAILURE" {
			t.Errorf("%s: answered %s", name, got)
		}
	}
	if got := w.status(o.ID); got != paymentapi.Open {
		t.Errorf("status %s", got)
	}
	w.revenue(0)
	if got := w.call(number, nil); got != "ACTION=POSTAUTH" {
		t.Errorf("the true callback was answered %s", got)
	}
}

func TestRefusalThenSuccess(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	if got := w.call(number, map[string]string{"ProcReturnCode": "05", "Response": "Approved", "TransId": "T0"}); got != "APPROVED" {
		t.Errorf("refusal answered %s", got)
	}
	if got := w.status(o.ID); got != paymentapi.Failed {
		t.Errorf("status %s", got)
	}
	if got := w.call(number, nil); got != "ACTION=POSTAUTH" {
		t.Errorf("success answered %s", got)
	}
	w.center.stands(number, est3dgate.Taken)
	w.confirm(number)
	w.revenue(500_00)
}

func TestLateSuccessIsNotCaptured(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.clock.Advance(31 * 24 * time.Hour)
	if err := w.block.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.call(number, nil); got != "APPROVED" || w.status(o.ID) != paymentapi.Expired {
		t.Errorf("answer %s, status %s", got, w.status(o.ID))
	}
	w.revenue(0)
}

func TestTheBrowserProvesNothing(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	form := url.Values{"oid": {number}, "ProcReturnCode": {"00"}, "Response": {"Approved"}}
	r := httptest.NewRequest(http.MethodPost, "/payment/return?lang=fr&order="+o.ID, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://bank.test")
	rec := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rec, r)
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/fr"+o.PayPath+"/return" {
		t.Errorf("%d to %s", rec.Code, rec.Header().Get("Location"))
	}
	if got := w.status(o.ID); got != paymentapi.Open {
		t.Errorf("status %s", got)
	}
	if next := w.redirected(o); next == number {
		t.Error("the next redirect reuses the order number")
	}
}

func TestWhatFollowsAPayment(t *testing.T) {
	w := newWorld(t, nil)
	o := w.order()
	number := w.redirected(o)
	w.call(number, nil)
	w.center.stands(number, est3dgate.Taken)
	w.others.setDown(true)
	w.confirm(number)
	w.work(func() bool { return w.query(`SELECT count(*) FROM river_job WHERE state = 'retryable'`) == 3 })
	w.others.setDown(false)
	w.query(`WITH u AS (UPDATE river_job SET scheduled_at = now(), state = 'available' WHERE state = 'retryable' RETURNING 1) SELECT count(*) FROM u`)
	w.work(func() bool { return w.query(`SELECT count(*) FROM river_job WHERE state <> 'completed'`) == 0 })

	if put := w.others.got("POST /v1/documents"); len(put) != 1 || !strings.HasPrefix(put[0], "%PDF-") {
		t.Errorf("quittance put %d times", len(put))
	}
	events := w.others.got("POST /v1/payment-events")
	var last paymentapi.Event
	if len(events) != 2 || json.Unmarshal([]byte(events[1]), &last) != nil || last.Order.Status != paymentapi.Paid {
		t.Errorf("announced %v", events)
	}
	mails := w.others.got("POST /v1/messages")
	if len(mails) != 1 || !strings.Contains(mails[0], "amina@example.ma") || strings.Contains(mails[0], "500") {
		t.Errorf("mails %v", mails)
	}
	w.clock.Advance(mailKept - time.Minute)
	if err := w.block.tidy(t.Context()); err != nil || w.query(`SELECT count(*) FROM orders WHERE sealed IS NOT NULL`) != 1 {
		t.Errorf("who may still have to be told cannot be written to any more (%v)", err)
	}
	w.clock.Advance(time.Minute)
	if err := w.block.tidy(t.Context()); err != nil || w.query(`SELECT count(*) FROM orders WHERE sealed IS NOT NULL`) != 0 {
		t.Errorf("the address is still there (%v)", err)
	}
	if got, _ := w.client.Order(t.Context(), o.ID); got.Quittance != "doc_1" {
		t.Errorf("order %+v", got)
	}
	if err := w.block.sealQuittance(t.Context(), Quittance{Order: w.id(o)}); err != nil || len(w.others.got("POST /v1/documents")) != 1 {
		t.Errorf("a second run sealed again (%v)", err)
	}
}

func TestWithoutAnAcquirerNothingIsTaken(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StoreKey = "" })
	o := w.order()
	if rec := w.get("/en"+o.PayPath, amina); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "HASH") {
		t.Errorf("page %d", rec.Code)
	}
	if got := w.call("X-1", map[string]string{"HASH": ""}); got != "FAILURE" {
		t.Errorf("answer %s", got)
	}
}

func TestIndicatorsComeFromTheLedger(t *testing.T) {
	w := newWorld(t, nil)
	w.call(w.redirected(w.order()), map[string]string{"TransId": "T0"})
	if out, err := w.block.getIndicators(t.Context(), nil); err != nil || len(out.Body.Indicators) != 0 {
		t.Errorf("what was only authorised counts: %+v %v", out, err)
	}
	w.query(`WITH u AS (UPDATE attempts SET outcome = 'returned', ask_at = NULL RETURNING 1) SELECT count(*) FROM u`)
	w.query(`WITH u AS (UPDATE orders SET state = 'failed', held_at = NULL, attempt = NULL, txn = NULL RETURNING 1) SELECT count(*) FROM u`)
	w.paid(w.order())
	out, err := w.block.getIndicators(t.Context(), nil)
	if err != nil || len(out.Body.Indicators) != 2 {
		t.Fatalf("%+v %v", out, err)
	}
	if i := out.Body.Indicators; i[0].Value != 1 || i[1].Value != 500 || i[0].Month.String() != "2026-09-01" || i[0].Org != "min_interieur" {
		t.Errorf("%+v", i)
	}
}
