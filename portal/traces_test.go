package portal

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
)

// recorded counts the entries of an act in the evidence.
func (b *bench) recorded(act string) (n int) {
	b.t.Helper()
	if err := b.db.Pool().QueryRow(b.t.Context(), `SELECT count(*) FROM audit WHERE act = $1`, act).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// set returns the cookie that an answer sets, without following it.
func (b *bench) set(c *http.Client, method, path string) *http.Cookie {
	b.t.Helper()
	still := &http.Client{Jar: c.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := still.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	for _, c := range resp.Cookies() {
		if c.Name == sessionCookie {
			return c
		}
	}
	return nil
}

func TestASessionLeavesItsTraceAndNoCookie(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	if err := b.sweep(t.Context(), b.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if !b.signedIn(c) || b.recorded("session.opened") != 1 {
		t.Errorf("a session that goes on is swept, or its beginning is recorded %d times", b.recorded("session.opened"))
	}
	if gone := b.set(c, "POST", "/fr/logout"); gone == nil || gone.MaxAge >= 0 || gone.Value != "" {
		t.Errorf("signed out, and the browser keeps %v", gone)
	}
	if n := b.recorded("session.closed"); n != 1 {
		t.Errorf("the end of a session is recorded %d times", n)
	}
	b.get(c, "/fr/login")
	b.clock.Advance(IdleLimit + time.Second)
	if gone := b.set(c, "GET", "/fr"); gone == nil || gone.MaxAge >= 0 {
		t.Errorf("a session that is over, and the browser keeps %v", gone)
	}
}

func TestEachSessionThatIdentityEndsLeavesItsTrace(t *testing.T) {
	b := newBench(t)
	for _, sid := range []string{"s1", "s2", "s3"} {
		b.issuer.claims = func(c map[string]any) { c["sid"] = sid }
		b.get(b.browser(), "/fr/login")
	}
	everywhere := b.issuer.logoutToken("logout+jwt", func(c map[string]any) { delete(c, "sid") })
	if status := b.tell(everywhere); status != http.StatusOK || b.recorded("session.closed") != 3 {
		t.Errorf("three sessions ended with %d, %d are recorded", status, b.recorded("session.closed"))
	}
}

func TestAnAppointmentIsRecordedOnceAndShownAsChosen(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	today, name := civil.In(nine, civil.Casablanca), i18n.Text{"ar": "سلا", "fr": "Salé"}
	for _, unit := range []string{"urb", "urb", "eau"} {
		a := Appointment{Subject: "person-1", Org: "com_sale", OrgName: name, Unit: unit, UnitName: name, Roles: []string{"officer"}, From: today}
		if err := b.Appoint(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.recorded("appointment.made"); n != 2 {
		t.Errorf("two appointments are recorded %d times", n)
	}
	b.get(c, "/fr/login")
	all, err := b.appointments(t.Context(), "person-1", today)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	chosen := func() string {
		_, page := b.get(c, "/fr/appointments")
		before, _, _ := strings.Cut(page, " checked")
		i := strings.LastIndex(before, `value="`)
		value, _, _ := strings.Cut(before[i+len(`value="`):], `"`)
		return value
	}
	if got := chosen(); got != citizen {
		t.Errorf("nothing chosen, shown as %q", got)
	}
	for choice, place := range map[string]string{all[1].ID.String(): "/fr/office", citizen: "/fr"} {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, err := c.PostForm(b.server.URL+"/fr/appointments", url.Values{"appointment": {choice}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := strings.TrimSuffix(resp.Header.Get("Location"), "/"); resp.StatusCode != http.StatusSeeOther || !strings.HasSuffix(got, place) {
			t.Errorf("%s leads to %d %q", choice, resp.StatusCode, got)
		}
		c.CheckRedirect = nil
		if got := chosen(); got != choice {
			t.Errorf("chosen %q, shown as %q", choice, got)
		}
	}
}

func TestTheHomePageAsksTheCatalogueOnceAMinute(t *testing.T) {
	b := newBench(t)
	asked, catalog := 0, b.blocks["catalog"]
	b.blocks["catalog"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; catalog.ServeHTTP(w, r) })
	list, err := b.offers(t.Context())
	if err != nil || len(list) != 2 || asked != len(events) {
		t.Fatalf("%v %v, asked %d times", list, err, asked)
	}
	b.clock.Advance(popularLife - time.Second)
	if again, err := b.offers(t.Context()); err != nil || len(again) != 2 || asked != len(events) {
		t.Errorf("within the minute: %v %v, asked %d times", again, err, asked)
	}
	b.clock.Advance(time.Second)
	if _, err := b.offers(t.Context()); err != nil || asked != 2*len(events) {
		t.Errorf("after the minute: %v, asked %d times", err, asked)
	}
	b.blocks["catalog"] = nil
	b.clock.Advance(popularLife)
	if old, err := b.offers(t.Context()); err == nil || len(old) != 2 {
		t.Errorf("without the catalogue what was known stays: %v %v", old, err)
	}
}

func TestWhatABlockAnswersIsKeptApartFromPages(t *testing.T) {
	b := newBench(t)
	if b.cfg.LoginRate != 20 {
		t.Errorf("sign-ins a minute where nothing is configured: %v", b.cfg.LoginRate)
	}
	if c := identityClient(nil); c.Timeout != 15*time.Second || !errors.Is(c.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
		t.Error("the way to identity is not bounded")
	}
	answer := func(path string, status int, kind, body string) *http.Response {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Set-Cookie": {"a=b"}}, Body: io.NopCloser(strings.NewReader(body)),
			Request: &http.Request{URL: &url.URL{Path: path}},
		}
	}
	problem := `{"code":"order_unknown","status":404}`
	for _, c := range []struct {
		path   string
		status int
		kind   string
		code   string
	}{
		{"/fr/payments/x", 200, "application/json", ""},
		{"/fr/payments/x", 399, httpx.ProblemType, ""},
		{"/fr/payments/x", 400, httpx.ProblemType, "order_unknown"},
		{"/fr/payments/x", 404, "text/html", ""},
		{"/fr/payments/x", 404, "application/json", "page_unknown"},
		{"/payment/callback", 500, httpx.ProblemType, ""},
	} {
		resp := answer(c.path, c.status, c.kind, problem)
		if err := b.accept(resp); (err != nil || c.code != "") && errs.CodeOf(err) != c.code {
			t.Errorf("%s %d %s: %v", c.path, c.status, c.kind, err)
		}
		if resp.Header.Get("Set-Cookie") != "" {
			t.Error("a block sets a cookie")
		}
	}
	for kind, want := range map[errs.Kind]string{errs.Unavailable: "30", errs.NotFound: ""} {
		w := httptest.NewRecorder()
		if b.failed(w, httptest.NewRequest("GET", "/fr/dossiers/x", nil), errs.New(kind, "page_unknown")); w.Header().Get("Retry-After") != want {
			t.Errorf("%v: come again after %q", kind, w.Header().Get("Retry-After"))
		}
	}
	if err := refused(errs.New(errs.Unavailable, "upstream_unavailable")); errs.CodeOf(err) != "upstream_unavailable" {
		t.Error("identity that is away is taken for a lie:", err)
	}
	if err := refused(errors.New("a lie")); errs.CodeOf(err) != "signin_refused" {
		t.Error(err)
	}
}

func TestOnlyAKeyOnP256SpeaksForThePortal(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for kind, key := range map[string]any{"P-256": p256, "P-384": p384, "Ed25519": ed} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := partyKey.Valid(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); (err == nil) != (kind == "P-256") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
