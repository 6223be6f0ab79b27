package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/i18n/i18ntest"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

func load(t *testing.T, pages fstest.MapFS) *web.Pages {
	t.Helper()
	p, err := web.Load("test", pages, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func one(source string) fstest.MapFS {
	return fstest.MapFS{"pages/a.html": {Data: []byte(source)}}
}

func render(p *web.Pages, r *http.Request, page web.Page) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.Render(w, r, http.StatusOK, "a", page)
	return w
}

func TestCommonTextsAreComplete(t *testing.T) {
	i18ntest.Complete(t, web.Locales())
}

func TestLoadRefusesBrokenPages(t *testing.T) {
	for want, source := range map[string]string{
		`uses the key "no.such"`: `{{define "content"}}{{t "no.such"}}{{end}}`,
		`"nav.none"`:             `{{if true}}{{range list 1}}{{template "button" (button "nav.none")}}{{end}}{{end}}`,
		"defined twice":          `{{define "content"}}{{end}}{{define "layout"}}{{end}}`,
		"not defined":            `{{nofunc}}`,
	} {
		if _, err := web.Load("test", one(source), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if _, err := web.Load("test", one("x"), fstest.MapFS{"locales/ar.json": {Data: []byte("{}")}}); err == nil {
		t.Error("missing languages accepted")
	}
}

func TestPagesShareParts(t *testing.T) {
	p := load(t, fstest.MapFS{
		"pages/_shared.html": {Data: []byte(`{{define "greet"}}<p>{{.}}</p>{{end}}`)},
		"pages/a.html":       {Data: []byte(`{{define "content"}}{{template "greet" .}}{{end}}`)},
		"pages/b.html":       {Data: []byte(`{{template "greet" "b"}}`)},
	})
	if got := p.Names(); len(got) != 2 {
		t.Errorf("pages %v", got)
	}
	body := render(p, httptest.NewRequest("GET", "/ar/x", nil), web.Page{TitleKey: "nav.help", Data: "<b>"}).Body.String()
	if !strings.Contains(body, "<p>&lt;b&gt;</p>") || !strings.Contains(body, `<html lang="ar" dir="rtl">`) {
		t.Error(body)
	}
}

func TestHeadersOfAPage(t *testing.T) {
	p := load(t, one("x"))
	r := httptest.NewRequest("GET", "/fr/x", nil)
	h := render(p, r, web.Page{TitleKey: "nav.help", FormAction: []string{"https://bank.ma"}}).Header()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "form-action 'self' https://bank.ma;", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %q: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || h.Get("Strict-Transport-Security") != "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers %v", h)
	}
	if h.Get("Cache-Control") == "no-store" || h.Get("Content-Language") != "fr" {
		t.Errorf("anonymous page: %v", h)
	}
	r.Header.Set(web.SignOutHeader, "http://identity.ma")
	r = r.WithContext(tokens.WithVisit(r.Context(), webtest.Citizen))
	h = render(p, r, web.Page{TitleKey: "nav.help"}).Header()
	if h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "form-action 'self' http://identity.ma;") {
		t.Errorf("signed-in page: %v", h)
	}
}

func TestAStrangerIsLedToSignInAndBackAndWhatTheySendIsRefused(t *testing.T) {
	p := load(t, one("x"))
	ask := func(r *http.Request) (*httptest.ResponseRecorder, bool) {
		w := httptest.NewRecorder()
		_, ok := p.SignedIn(w, r)
		return w, ok
	}
	const page = "/fr/documents/d-1?page=2"
	if w, ok := ask(httptest.NewRequest("GET", page, nil)); ok || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/fr/login?return=%2Fdocuments%2Fd-1%3Fpage%3D2" {
		t.Errorf("a page: %v, %d to %s", ok, w.Code, w.Header().Get("Location"))
	}
	if w, ok := ask(httptest.NewRequest("POST", page, nil)); ok || w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "Connectez-vous") {
		t.Errorf("a form: %v, %d", ok, w.Code)
	}
	r := httptest.NewRequest("GET", page, nil)
	if w, ok := ask(r.WithContext(tokens.WithVisit(r.Context(), webtest.Citizen))); !ok || w.Body.Len() != 0 {
		t.Errorf("who is signed in: %v, %d", ok, w.Code)
	}
}

func TestErrorPagesSpeakTheLanguage(t *testing.T) {
	p := load(t, one("x"))
	for kind := errs.Internal; kind <= errs.Unavailable; kind++ {
		for _, lang := range i18n.Langs {
			w := httptest.NewRecorder()
			p.Fail(w, httptest.NewRequest("GET", "/"+string(lang)+"/x", nil), errs.New(kind, "no_such_sentence"))
			if w.Code != kind.Status() {
				t.Errorf("kind %d: status %d", kind, w.Code)
			}
			for _, fault := range webtest.Faults(lang, w.Body.String()) {
				t.Errorf("kind %d in %s: %s", kind, lang, fault)
			}
		}
	}
}

func TestABrokenPageIsAnErrorPage(t *testing.T) {
	p := load(t, one(`before{{.Missing}}`))
	w := render(p, httptest.NewRequest("GET", "/fr/x", nil), web.Page{TitleKey: "nav.help", Data: struct{}{}})
	if w.Code != 500 || strings.Contains(w.Body.String(), "before") || !strings.Contains(w.Body.String(), "Une panne de notre côté") {
		t.Error(w.Code, w.Body.String())
	}
}

func TestProtectWantsThePortalsWord(t *testing.T) {
	p, keys := load(t, one("x")), tokens.ForTest(t, "portal", "casework", "payment")
	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/x", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(web.Visit(r).Subject)) })
	h := p.Protect(keys["casework"], people)
	good, _ := keys["portal"].SignVisit("casework", webtest.Citizen)
	elsewhere, _ := keys["portal"].SignVisit("payment", webtest.Citizen)
	forged, _ := keys["payment"].SignVisit("casework", webtest.Citizen)
	for token, want := range map[string]int{good: 200, elsewhere: 401, forged: 401, "": 401} {
		r := httptest.NewRequest("GET", "/fr/x", nil)
		r.Header.Set(tokens.VisitHeader, token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%.12s: %d, want %d", token, w.Code, want)
		}
	}
	r := httptest.NewRequest("GET", "/fr/nowhere", nil)
	r.Header.Set(tokens.VisitHeader, good)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 404 || !strings.Contains(w.Body.String(), "<h1") {
		t.Errorf("a page that does not exist: %d", w.Code)
	}
}

func TestLanguagesOfAPath(t *testing.T) {
	r := httptest.NewRequest("GET", "/zgh/procedures/x?q=1", nil)
	if web.Lang(r) != i18n.Tamazight || web.URL(r, "/help") != "/zgh/help" || web.URL(r, "/fr/help") != "/fr/help" || web.URL(r, "https://x.ma") != "https://x.ma" {
		t.Errorf("%s %s", web.Lang(r), web.URL(r, "/help"))
	}
	r = httptest.NewRequest("GET", "/login/callback", nil)
	r.Header.Set("Accept-Language", "fr")
	if web.Lang(r) != i18n.French {
		t.Errorf("no language in the path: %s", web.Lang(r))
	}
}

func TestRiskOfADelay(t *testing.T) {
	for want, m := range map[string]web.Meter{
		"fine": {Left: 16, Total: 60}, "soon": {Left: 15, Total: 60}, "urgent": {Left: 3, Total: 60}, "overdue": {Left: -1, Total: 60},
		"stopped": {Left: 1, Total: 60, Suspended: true},
	} {
		if got := m.Risk(); got != want {
			t.Errorf("%v: %s, want %s", m, got, want)
		}
	}
}

func TestAPageNumberIsAlwaysOne(t *testing.T) {
	for query, want := range map[string]int{"": 1, "page=3": 3, "page=0": 1, "page=-1": 1, "page=x": 1, "page=9223372036854775807": 1} {
		if got := web.PageNumber(httptest.NewRequest("GET", "/fr/documents?"+query, nil)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}
