package connector

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/clock"
	"wasl/kit/i18n"
	"wasl/kit/pcsc"
)

// memoryReader holds a card without a wire, or none.
type memoryReader struct{ card *cardproto.Card }

func (m *memoryReader) Slots(context.Context) ([]pcsc.Slot, error) {
	return []pcsc.Slot{{Name: "memory", Present: m.card != nil}}, nil
}

func (m *memoryReader) Connect(context.Context, string) (pcsc.Card, error) { return m, nil }

func (m *memoryReader) Transmit(b []byte) ([]byte, error) { return m.card.Transmit(b), nil }

func (m *memoryReader) Close() error { m.card.Reset(); return nil }

type provider struct {
	*httptest.Server
	answers []cardproto.Answer
}

func newProvider(t *testing.T) *provider {
	p := &provider{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+answerPath, func(w http.ResponseWriter, r *http.Request) {
		var a cardproto.Answer
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			t.Error(err)
		}
		p.answers = append(p.answers, a)
		json.NewEncoder(w).Encode(cardproto.Receipt{Ticket: "t&1"})
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("ticket"); got != "t&1" {
			t.Errorf("the browser came back with the ticket %q", got)
		}
		io.WriteString(w, "back at the provider")
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func newCard(t *testing.T, notAfter time.Time) (*cardproto.Card, *ecdsa.PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: notAfter, Subject: pkix.Name{SerialNumber: "W" + rand.Text()[:10]}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cardproto.Personalise("Test", "C1", "123456", key, der, der)
	if err != nil {
		t.Fatal(err)
	}
	state, err := cardproto.ParseState(b)
	if err != nil {
		t.Fatal(err)
	}
	card, err := cardproto.NewCard(state, func(cardproto.State) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return card, &key.PublicKey
}

var now = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)

type desk struct {
	t        *testing.T
	url      string
	provider *provider
	reader   pcsc.Reader
	client   *http.Client
}

func newDesk(t *testing.T, reader pcsc.Reader) *desk {
	p := newProvider(t)
	c, err := New(Config{Origins: []string{p.URL}, Reader: reader, Clock: clock.NewFake(now)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(c.Handler())
	t.Cleanup(srv.Close)
	jar, _ := cookiejar.New(nil)
	return &desk{t: t, url: srv.URL, provider: p, reader: reader, client: &http.Client{Jar: jar}}
}

var nonce = strings.Repeat("n", 43)

func (d *desk) post(path, origin, site string, form url.Values) (*http.Response, string) {
	d.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, d.url+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", origin)
	req.Header.Set("Sec-Fetch-Site", site)
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp, string(b)
}

func (d *desk) sign() (*http.Response, string) {
	return d.post("/sign", d.provider.URL, "cross-site", url.Values{"nonce": {nonce}, "return": {d.provider.URL + "/done"}, "partner": {"Banque <b>d’essai</b>"}, "lang": {"fr"}})
}

var (
	action = regexp.MustCompile(`action="(/pin/[^"]+)"`)
	mark   = regexp.MustCompile(`name="card" value="([^"]+)"`)
	token  = regexp.MustCompile(`name="token" value="([^"]+)"`)
)

func (d *desk) pin(page, pin string) (*http.Response, string) {
	d.t.Helper()
	a, tok, of := action.FindStringSubmatch(page), token.FindStringSubmatch(page), mark.FindStringSubmatch(page)
	if a == nil || tok == nil || of == nil {
		d.t.Fatalf("no PIN form on:\n%s", page)
	}
	return d.post(a[1], d.url, "same-origin", url.Values{"token": {tok[1]}, "card": {of[1]}, "pin": {pin}})
}

func TestPersonSignsAndIsBackAtTheProvider(t *testing.T) {
	card, key := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, &memoryReader{card})
	resp, page := d.sign()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' "+d.provider.URL) {
		t.Fatal(csp)
	}
	if !strings.Contains(page, "Il reste 3 essais") || !strings.Contains(page, `lang="fr"`) {
		t.Fatalf("tries are not shown:\n%s", page)
	}
	_, page = d.pin(page, "000000")
	if !strings.Contains(page, "Il reste 2 essais") || !strings.Contains(page, "est faux") {
		t.Fatalf("wrong PIN:\n%s", page)
	}
	_, page = d.pin(page, "123456")
	if page != "back at the provider" {
		t.Fatal(page)
	}
	a := d.provider.answers[0]
	r, s := new(big.Int).SetBytes(a.Signature[:32]), new(big.Int).SetBytes(a.Signature[32:])
	if a.Nonce != nonce || len(a.Certificates) != 2 || !ecdsa.Verify(key, cardproto.Digest(d.provider.URL, nonce), r, s) {
		t.Fatal("the answer does not verify")
	}
}

func TestThreeWrongPINsShowABlockedCard(t *testing.T) {
	card, _ := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, &memoryReader{card})
	_, page := d.sign()
	for range 3 {
		_, page = d.pin(page, "000000")
	}
	if !strings.Contains(page, "bloquée") || strings.Contains(page, `name="pin"`) {
		t.Fatalf("got:\n%s", page)
	}
	d.post(regexp.MustCompile(`action="(/cancel/[^"]+)"`).FindStringSubmatch(page)[1], d.url, "same-origin",
		url.Values{"token": {token.FindStringSubmatch(page)[1]}})
	if got := d.provider.answers[0].Failure; got != cardproto.FailureBlocked {
		t.Fatalf("the provider was told %q", got)
	}
}

func TestTrueStatesAreShown(t *testing.T) {
	expired, _ := newCard(t, now.AddDate(0, 0, -1))
	for _, tc := range []struct {
		reader *memoryReader
		want   string
	}{
		{&memoryReader{}, "Aucune carte dans le lecteur"},
		{&memoryReader{expired}, "périmée"},
	} {
		d := newDesk(t, tc.reader)
		if _, page := d.sign(); !strings.Contains(page, tc.want) {
			t.Errorf("%s: got\n%s", tc.want, page)
		}
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	card, _ := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, &memoryReader{card})
	good := url.Values{"nonce": {nonce}, "return": {d.provider.URL + "/done"}}
	for name, tc := range map[string]struct {
		origin string
		form   url.Values
	}{
		"other origin":                {"http://evil.example", good},
		"no origin":                   {"", good},
		"null origin":                 {"null", good},
		"return elsewhere":            {d.provider.URL, url.Values{"nonce": {nonce}, "return": {"http://evil.example/done"}}},
		"return with a name":          {d.provider.URL, url.Values{"nonce": {nonce}, "return": {strings.Replace(d.provider.URL, "http://", "http://x@", 1)}}},
		"a partner's name that hides": {d.provider.URL, url.Values{"nonce": {nonce}, "return": {d.provider.URL + "/done"}, "partner": {"Bank\u202e"}}},
		"a partner's name too long":   {d.provider.URL, url.Values{"nonce": {nonce}, "return": {d.provider.URL + "/done"}, "partner": {strings.Repeat("x", 121)}}},
		"short nonce":                 {d.provider.URL, url.Values{"nonce": {"n"}, "return": {d.provider.URL + "/done"}}},
	} {
		if resp, _ := d.post("/sign", tc.origin, "cross-site", tc.form); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}

func TestPINFormNeedsItsTokenAndItsOrigin(t *testing.T) {
	card, _ := newCard(t, now.AddDate(10, 0, 0))
	d := newDesk(t, &memoryReader{card})
	_, page := d.sign()
	path := action.FindStringSubmatch(page)[1]
	if resp, _ := d.post(path, d.url, "same-origin", url.Values{"pin": {"123456"}, "token": {"x"}}); resp.StatusCode != http.StatusGone {
		t.Errorf("wrong token: %d", resp.StatusCode)
	}
	form := url.Values{"pin": {"123456"}, "token": {token.FindStringSubmatch(page)[1]}}
	if resp, _ := d.post(path, "http://evil.example", "cross-site", form); resp.StatusCode != http.StatusForbidden {
		t.Errorf("cross-site: %d", resp.StatusCode)
	}
	if len(d.provider.answers) != 0 {
		t.Error("an answer was sent")
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	c, err := New(Config{Origins: []string{"http://localhost:8081"}, Reader: &memoryReader{}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"evil.example:8085": 421, "127.0.0.1:8085": 200, "localhost:8085": 200, "192.168.1.4:8085": 421} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if c.Handler().ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}

func TestConfigIsLoopbackWithOrigins(t *testing.T) {
	for _, cfg := range []Config{
		{Addr: "0.0.0.0:8085", Origins: []string{"http://localhost:8081"}},
		{},
		{Origins: []string{"http://localhost:8081/"}},
		{Origins: []string{"localhost"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v accepted", cfg)
		}
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	p, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs {
		for _, st := range []state{stateReady, stateNoReader, stateNoCard, stateOther, stateTwo, stateBlocked, stateExpired} {
			for _, problem := range []string{"", "pin_form", "pin_wrong", "provider", "card_changed"} {
				w := httptest.NewRecorder()
				p.render(w, 200, "pin", view{
					Lang: lang, shown: shown{State: st, Tries: 2, Tail: "A1B2"}, Problem: problem,
					Errand: &Errand{ID: "x", Origin: "http://localhost:8081", Partner: "Banque"},
				})
				if strings.Contains(w.Body.String(), "⟦") || w.Code != 200 {
					t.Errorf("%s %s %s: %d %s", lang, st, problem, w.Code, w.Body)
				}
			}
		}
	}
}
