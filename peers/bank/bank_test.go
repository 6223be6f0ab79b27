package bank

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/kit/i18n"
	"wasl/kit/i18n/i18ntest"
)

const key = "a-key|with a pipe"

// merchant records callbacks and gives one answer.
type merchant struct {
	mu     sync.Mutex
	got    []map[string]string
	answer string
}

func (m *merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fields, _ := readFields(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, fields)
	_, _ = io.WriteString(w, m.answer)
}

func (m *merchant) callbacks() []map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

type world struct {
	t        *testing.T
	bank     *Bank
	url      string
	merchant *merchant
	shop     string
}

func start(t *testing.T) *world {
	b, err := New(Config{ClientID: "600000001", StoreKey: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	m := &merchant{answer: "ACTION=POSTAUTH"}
	front, shop := httptest.NewServer(b.Handler()), httptest.NewServer(m)
	t.Cleanup(func() { front.Close(); b.Close(); shop.Close() })
	return &world{t, b, front.URL, m, shop.URL}
}

func (w *world) redirect(lang string) url.Values {
	fields := map[string]string{
		"clientid": "600000001", "oid": "K7M29QXD41-1", "amount": "500.00", "currency": "504",
		"storetype": "3D_PAY_HOSTING", "trantype": "PreAuth", "okUrl": w.shop + "/ok", "failUrl": w.shop + "/fail",
		"callbackUrl": w.shop + "/cb", "lang": lang, "rnd": "r1", "hashAlgorithm": "ver3", "encoding": "UTF-8",
	}
	form := url.Values{"HASH": {sign(fields, key)}}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

func (w *world) post(path string, form url.Values) (int, string) {
	w.t.Helper()
	res, err := http.PostForm(w.url+path, form)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

var payPath = regexp.MustCompile(`action="(/fim/(?:pay|3ds)/[A-Z0-9]+)"`)

// pay goes through the card page and returns the last page.
func (w *world) pay(number string) string {
	w.t.Helper()
	_, page := w.post("/fim/est3Dgate", w.redirect("fr"))
	to := payPath.FindStringSubmatch(page)
	if to == nil {
		w.t.Fatalf("no card page:\n%s", page)
	}
	_, page = w.post(to[1], url.Values{"number": {number}, "expiry": {"12/28"}, "code": {"000"}})
	return page
}

func (w *world) only() Payment {
	w.t.Helper()
	list := w.bank.book.all()
	if len(list) != 1 {
		w.t.Fatalf("%d payments", len(list))
	}
	return list[0]
}

func TestRedirectIsBelievedOnlyWithItsHash(t *testing.T) {
	w := start(t)
	for name, change := range map[string]func(url.Values){
		"amount changed": func(f url.Values) { f.Set("amount", "1.00") },
		"no hash":        func(f url.Values) { f.Del("HASH") },
		"field missing":  func(f url.Values) { f.Del("okUrl") },
		"twice":          func(f url.Values) { f.Add("oid", "other") },
	} {
		form := w.redirect("fr")
		change(form)
		if status, _ := w.post("/fim/est3Dgate", form); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, status)
		}
	}
}

func TestAnswerIsTheCaptureOrder(t *testing.T) {
	for answer, want := range map[string]State{
		"ACTION=POSTAUTH": Captured, "APPROVED": PreAuth, "FAILURE": Voided, "action=postauth": PreAuth, "": PreAuth,
	} {
		w := start(t)
		w.merchant.answer = answer
		w.pay("4000 0000 0000 0010")
		if p := w.only(); p.State != want || p.Answer != answer {
			t.Errorf("answer %q: %+v, want %s", answer, p, want)
		}
	}
}

func TestSecureCardAsksForItsCode(t *testing.T) {
	for code, want := range map[string]State{"123": Captured, "321": Declined} {
		w := start(t)
		to := payPath.FindStringSubmatch(w.pay(cardSecure))
		if to == nil || !strings.Contains(to[1], "3ds") {
			t.Fatal("no 3-D Secure page")
		}
		w.post(to[1], url.Values{"otp": {code}})
		if p := w.only(); p.State != want {
			t.Errorf("code %s: %s", code, p.State)
		}
		if status, _ := w.post(to[1], url.Values{"otp": {"123"}}); status != http.StatusNotFound {
			t.Errorf("a second click was served: %d", status)
		}
		if n := len(w.merchant.callbacks()); n != 1 {
			t.Errorf("%d callbacks", n)
		}
	}
}

func TestDeclinedCardGoesToFailURL(t *testing.T) {
	w := start(t)
	w.merchant.answer = "APPROVED"
	page := w.pay("4111111111111111")
	if !strings.Contains(page, w.shop+"/fail") || w.only().State != Declined {
		t.Errorf("state %s, page:\n%s", w.only().State, page)
	}
	if got := w.merchant.callbacks()[0]["ProcReturnCode"]; got != "05" {
		t.Errorf("ProcReturnCode %s", got)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault     Fault
		callbacks int
		check     func(Payment, []map[string]string) bool
	}{
		{CallbackLost, 0, func(p Payment, _ []map[string]string) bool { return p.State == PreAuth }},
		{CallbackDuplicated, 2, func(p Payment, _ []map[string]string) bool { return p.Captures == 1 }},
		{FailureThenSuccess, 2, func(p Payment, got []map[string]string) bool {
			return got[0]["ProcReturnCode"] == "05" && got[1]["ProcReturnCode"] == "00" && p.State == Captured
		}},
		{WrongAmount, 1, func(_ Payment, got []map[string]string) bool { return got[0]["amount"] == "500.99" }},
		{WrongCurrency, 1, func(_ Payment, got []map[string]string) bool { return got[0]["currency"] == "978" }},
		{WrongHash, 1, func(_ Payment, got []map[string]string) bool { return got[0]["HASH"] != sign(got[0], key) }},
		{KeylessHash, 1, func(_ Payment, got []map[string]string) bool { return got[0]["HASH"] == sign(got[0], "") }},
		{UnknownOrder, 1, func(_ Payment, got []map[string]string) bool { return got[0]["oid"] == "NOBODY-1" }},
		{EntityEncoded, 1, func(_ Payment, got []map[string]string) bool { return strings.Contains(got[0]["ErrMsg"], "&amp;") }},
		{AnswerLost, 1, func(p Payment, _ []map[string]string) bool { return p.State == PreAuth && p.Answer == "" }},
		{CaptureIgnored, 1, func(p Payment, _ []map[string]string) bool {
			return p.State == PreAuth && p.Answer == "ACTION=POSTAUTH"
		}},
	} {
		w := start(t)
		if !w.bank.SetFault(c.fault) {
			t.Fatalf("%s is not known", c.fault)
		}
		w.pay(cardVisa)
		got := w.merchant.callbacks()
		if len(got) != c.callbacks || !c.check(w.only(), got) {
			t.Errorf("%s: %+v after %v", c.fault, w.only(), got)
		}
	}
}

func TestLateCallbackComesAfterTheBrowserWentBack(t *testing.T) {
	w := start(t)
	w.bank.SetFault(CallbackLate)
	w.pay(cardVisa)
	if n := len(w.merchant.callbacks()); n != 0 {
		t.Fatalf("%d callbacks at once", n)
	}
	for range 500 {
		if len(w.merchant.callbacks()) == 1 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("no late callback")
}

func TestCenterTellsAndCaptures(t *testing.T) {
	w := start(t)
	w.bank.SetFault(AnswerLost)
	w.pay(cardVisa)
	ask := func(operation string) url.Values {
		fields := map[string]string{"clientid": "600000001", "oid": "K7M29QXD41-1", "operation": operation, "rnd": "n"}
		form := url.Values{"HASH": {sign(fields, key)}}
		for name, value := range fields {
			form.Set(name, value)
		}
		_, body := w.post("/fim/center", form)
		reply, _ := url.ParseQuery(body)
		return reply
	}
	if got := ask("status").Get("state"); got != "preauth" {
		t.Errorf("state %s", got)
	}
	for range 2 {
		if got := ask("capture").Get("state"); got != "captured" {
			t.Errorf("state %s", got)
		}
	}
	if p := w.only(); p.Captures != 1 {
		t.Errorf("captured %d times", p.Captures)
	}
	if status, _ := w.post("/fim/center", url.Values{"clientid": {"600000001"}, "oid": {"x"}}); status != http.StatusForbidden {
		t.Errorf("unsigned question: %d", status)
	}
}

func TestCardNumberIsNeverKept(t *testing.T) {
	w := start(t)
	w.pay(cardVisa)
	held, _ := json.Marshal(w.only())
	if strings.Contains(string(held), cardVisa) || strings.Contains(w.only().brand, cardVisa) {
		t.Error("card number kept")
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	texts := i18ntest.Complete(t, files)
	w := start(t)
	for _, lang := range i18n.Langs {
		_, page := w.post("/fim/est3Dgate", w.redirect(string(lang)))
		for _, want := range []string{`lang="` + string(lang) + `"`, `dir="` + lang.Dir() + `"`, "محاكٍ", "simulateur", texts.T(lang, "card.title")} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: page lacks %s", lang, want)
			}
		}
		if strings.Contains(page, "⟦") || strings.Contains(page, "style=") || strings.Contains(page, "<script") {
			t.Errorf("%s: missing text, inline style or script:\n%s", lang, page)
		}
	}
	res, err := http.Get(w.url + "/")
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("home: %v %v", res, err)
	}
}
