package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"wasl/kit/api"
	"wasl/kit/block"
	"wasl/kit/pg"
	"wasl/kit/tokens"
)

// assembled makes every block in one process, and returns it with what it logs.
func assembled(t *testing.T) (*platform, *logged) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "wasl-strangers-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Remove(filepath.Join(dir, "postgres")); _ = os.RemoveAll(dir) })
	log := &logged{}
	p, err := assemble(t.Context(), setup{
		Data: dir, PortalURL: "http://localhost:8080", IdentityURL: "http://localhost:8081", Env: os.Environ(),
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p, log
}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take returns what was logged since the last call.
func (l *logged) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.b.String()
	l.b.Reset()
	return s
}

const (
	bad  = "a\x00b"
	form = "application/x-www-form-urlencoded"
)

// send asks a door and fails the test when the answer is a fault of ours, or somebody would be woken.
func send(t *testing.T, log *logged, door http.Handler, r *http.Request) int {
	t.Helper()
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	lines := log.take()
	if w.Code >= 500 && w.Code != http.StatusServiceUnavailable || strings.Contains(lines, "level=ERROR") {
		t.Errorf("%s %.120s: %d %.200s\n%.600s", r.Method, r.URL.EscapedPath(), w.Code, w.Body, lines)
	}
	return w.Code
}

func TestNothingThatAStrangerSendsIsAnErrorOfOurs(t *testing.T) {
	p, log := assembled(t)
	t.Run("what no text may hold", func(t *testing.T) { notText(t, p, log) })
	t.Run("pages", func(t *testing.T) { pages(t, p, log) })
	t.Run("too often", func(t *testing.T) { tooOften(t, p, log) })
	t.Run("contracts", func(t *testing.T) {
		for name := range p.doors {
			contract := httptest.NewRecorder()
			p.doors[name].ServeHTTP(contract, httptest.NewRequest(http.MethodGet, api.SpecPath, nil))
			if contract.Code == http.StatusOK {
				operations(t, p, log, name, contract.Body.Bytes())
			}
		}
	})
}

func notText(t *testing.T, p *platform, log *logged) {
	for name, door := range p.doors {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			for _, path := range []string{"/fr/verify?q=%00", "/v1/x%00", "/fr/%ff", "/ar/s/a%00b", "/token?x=%FF", "/%00", "/fr?%00=1"} {
				if code := send(t, log, door, httptest.NewRequest(method, path, nil)); code < 400 || code > 499 {
					t.Errorf("%s: %s %s: %d", name, method, path, code)
				}
			}
		}
		for _, body := range []struct{ kind, text string }{
			{"application/json", `{"a":"\u0000"}`},
			{"application/json", "{\"a\":\"\xff\"}"},
			{"application/json", `{"a":"\\\u0000"}`},
			{"application/problem+json", `{"\u0000":1}`},
			{"", `{"a":"\u0000"}`},
			{"text/plain", bad},
			{"nonsense;;", "\xfe"},
			{form, "a=%00"},
			{form, "%00=a"},
			{form, "a=b&c=%ff"},
			{form + "; charset=utf-8", "a=%00"},
		} {
			for _, path := range []string{"/fr/help", "/v1/leaves", "/par", "/token", "/payment/callback", "/login/card/answers"} {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body.text))
				r.Header.Set("Content-Type", body.kind)
				if code := send(t, log, door, r); code < 400 || code > 499 {
					t.Errorf("%s: %s %s %q: %d", name, path, body.kind, body.text, code)
				}
			}
		}
		for header, value := range map[string]string{
			"Cookie": "wasl_session=\xff", "Authorization": "Bearer \xfe", tokens.VisitHeader: "\xff", "Idempotency-Key": "\xff",
			"Accept-Language": "\xc3", "User-Agent": "\xff", "X-Forwarded-For": "\x00",
		} {
			r := httptest.NewRequest(http.MethodGet, "/fr", nil)
			r.Header.Set(header, value)
			if code := send(t, log, door, r); code != http.StatusUnprocessableEntity {
				t.Errorf("%s: header %s: %d", name, header, code)
			}
		}
	}
}

// pages asks both public doors for what strangers try, with bodies that are text and still make no sense.
func pages(t *testing.T, p *platform, log *logged) {
	long := strings.Repeat("ا", 4000)
	jwt := "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhXHUwMDAwIiwic3ViIjoiYVx1MDAwMCJ9.AAAA" // iss and sub hold U+0000
	for _, path := range []string{
		"/", "/fr", "/xx", "/fr/login?return=//evil", "/login/callback?state=x&code=y", "/login/callback?error=a", "/fr/verify", "/fr/verify/" + jwt,
		"/fr/s/nothing", "/ar/search?q=" + strings.Repeat("%D8%A7", 3000), "/fr/search?page=99999999999999999999", "/fr/search?page=-1",
		"/fr/procedures/none", "/fr/administrations/x/y/z", "/fr/territories/'--", "/fr/dossiers/1", "/fr/office", "/fr/payments/x", "/fr/documents/x",
		"/fr/access", "/fr/help/x", "/fr/indicators?month=x", "/fr/indicators/download?format=x", "/robots.txt", "/.well-known/wasl-trust", "/payment/return",
		"/authorize", "/authorize?client_id=x", "/authorize?client_id=wasl-portal&request_uri=x", "/jwks", "/userinfo", "/logout?id_token_hint=" + jwt,
		"/fr/account", "/fr/login?interaction=x", "/.well-known/openid-configuration", "/crl", "/log/checkpoint", "/log/tile/0/x", "/fr/card?nonce=x",
	} {
		for _, name := range []string{"portal", "identity"} {
			send(t, log, p.doors[name], httptest.NewRequest(http.MethodGet, path, nil))
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("a="+long))
			r.Header.Set("Content-Type", form)
			send(t, log, p.doors[name], r)
		}
	}
	for _, body := range []string{
		"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=" + jwt, "grant_type=authorization_code&code=x",
		"client_id=a&client_id=b", "%", "a=%zz", "oid=x&HASH=y", "clientid=600000001&oid=" + long,
	} {
		for _, path := range []string{"/par", "/token", "/userinfo", "/logout", "/payment/callback", "/payment/return", "/fr/help", "/fr/verify", "/login/card/answers"} {
			for _, name := range []string{"portal", "identity"} {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
				r.Header.Set("Content-Type", form)
				send(t, log, p.doors[name], r)
			}
		}
	}
	for _, body := range []string{"", "{", "[]", "null", `{"nonce":"x"}`, `{"failure":"cancelled","nonce":"` + long + `"}`, `"` + strings.Repeat("[", 9000)} {
		r := httptest.NewRequest(http.MethodPost, "/login/card/answers", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		send(t, log, p.doors["identity"], r)
	}
	for _, body := range []string{
		"", "--x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\x00.pdf\"\r\n\r\n%PDF\r\n--x--\r\n",
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\x00\xff\r\n--x--\r\n",
	} {
		r := httptest.NewRequest(http.MethodPost, "/fr/verify", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		send(t, log, p.doors["portal"], r)
	}
}

// tooOften asks every route of strangers as a program would: it is refused in time and language, and nobody else is.
func tooOften(t *testing.T, p *platform, log *logged) {
	p.Env = append(p.Env, "WASL_TRUSTED_PROXIES=10.0.0.0/8")
	d, err := p.openDoors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, method, path string
		most               int // that one address gets at once
	}{
		{"portal", "POST", "/fr/verify", 20},
		{"portal", "GET", "/fr/verify/K7M2-9QXD-67", 40},
		{"portal", "GET", "/fr/verify?reference=x", 40},
		{"portal", "GET", "/fr/s/token", 40},
		{"portal", "GET", "/fr/s/token/file", 40},
		{"portal", "GET", "/fr/search?q=a", 60},
		{"portal", "GET", "/fr/login", 100},
		{"portal", "GET", "/login/callback?state=x", 100},
		{"portal", "GET", "/fr/procedures/export.json", 10},
		{"portal", "POST", "/payment/callback", 200},
		{"portal", "GET", "/fr", 1000},
		{"identity", "GET", "/authorize?client_id=x", 100},
		{"identity", "POST", "/login/card/answers", 60},
		{"identity", "GET", "/fr/account", 100},
		{"identity", "POST", "/fr/lost-card", 60},
		{"identity", "POST", "/token", 400},
		{"identity", "GET", "/jwks", 1000},
	} {
		door := d.before(p, c.name)
		ask := func(from, forwarded string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(c.method, c.path, nil)
			r.RemoteAddr = from
			if forwarded != "" {
				r.Header.Set("X-Forwarded-For", forwarded)
			}
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			return w
		}
		var last *httptest.ResponseRecorder
		n := 0
		for ; n < 3*c.most; n++ {
			if last = ask("198.51.100.7:5", fmt.Sprintf("192.0.2.%d", n%250)); last.Code == http.StatusTooManyRequests {
				break
			}
		}
		if last.Code != http.StatusTooManyRequests || n < c.most || last.Header().Get("Retry-After") == "" {
			t.Errorf("%s %s %s: %d after %d, Retry-After %q", c.name, c.method, c.path, last.Code, n, last.Header().Get("Retry-After"))
		}
		if page := strings.HasPrefix(c.path, "/fr"); page != strings.Contains(last.Body.String(), "<html") || page && !strings.Contains(last.Body.String(), "recommencez") {
			t.Errorf("%s %s: %.300s", c.name, c.path, last.Body)
		}
		for from, forwarded := range map[string]string{"198.51.100.8:5": "", "10.1.2.3:5": "203.0.113.9, 10.1.1.1", "[2001:db8::1]:5": ""} {
			if w := ask(from, forwarded); w.Code == http.StatusTooManyRequests {
				t.Errorf("%s %s: %s %s is refused for what another did", c.name, c.path, from, forwarded)
			}
		}
		log.take()
	}
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// operations calls each operation of a contract as every block that may, with values that mean nothing.
func operations(t *testing.T, p *platform, log *logged, name string, document []byte) {
	doc, err := readContract(name, document)
	if err != nil {
		t.Fatal(err)
	}
	rings := map[string]*tokens.Keyring{}
	for _, from := range block.Order {
		if rings[from], err = tokens.Open(filepath.Join(p.Data, "keys"), from); err != nil {
			t.Fatal(err)
		}
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			for _, value := range []string{"x", "'", strings.Repeat("9", 40), strings.Repeat("y", 3000), "01890a5d-ac96-774b-bcce-b302099a8057", "..", "dos_x"} {
				for _, from := range []string{"portal", "casework", "governance", "exchange"} {
					target := parameter.ReplaceAllLiteralString(path, value) + "?org=" + value + "&subject=" + value + "&limit=" + value + "&after=" + value + "&q=" + value
					for _, body := range bodies(value) {
						r := httptest.NewRequest(strings.ToUpper(method), target, strings.NewReader(body))
						r.Header.Set("Content-Type", "application/json")
						r.Header.Set("Idempotency-Key", value)
						token, err := rings[from].SignService(name)
						if err != nil {
							t.Fatal(err)
						}
						r.Header.Set("Authorization", "Bearer "+token)
						send(t, log, p.doors[name], r)
						if method == "get" || method == "delete" {
							break
						}
					}
				}
			}
		}
	}
}

func bodies(value string) []string {
	text, _ := json.Marshal(value)
	return []string{"", "{}", "[]", fmt.Sprintf(`{"org":%[1]s,"subject":%[1]s,"id":%[1]s,"kind":%[1]s,"at":%[1]s}`, text)}
}
