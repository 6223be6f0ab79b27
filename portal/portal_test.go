package portal

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

func TestSignInVisitSignOut(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	status, page := b.get(c, "/fr/login?return=/dossiers/dos_1%3Fx%3D1")
	if status != 200 {
		t.Fatal(status, page)
	}
	var seen map[string]any
	if err := json.Unmarshal([]byte(page), &seen); err != nil {
		t.Fatal(err, page)
	}
	for key, want := range map[string]any{
		"path": "/fr/dossiers/dos_1?x=1", "subject": "person-1", "name": "فاطمة الزهراء العلوي", "org": "", "lang": "fr", "cookie": "",
		"auth": "", "banner": "demonstration", "trace": true, "session": true,
	} {
		if seen[key] != want {
			t.Errorf("%s: got %v, want %v", key, seen[key], want)
		}
	}
	if got := b.issuer.pushed.Get("scope"); got != "openid" {
		t.Errorf("asked for %q", got)
	}
	_, home := b.get(c, "/ar")
	for _, want := range []string{"فاطمة الزهراء العلوي", "K7M2-9QXD-67", "/ar/logout", "15 دجنبر 2026"} {
		if !strings.Contains(home, want) {
			t.Errorf("home lacks %q", want)
		}
	}
	resp, err := c.PostForm(b.server.URL+"/fr/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Request.URL.Path != "/fr/signed-out" || b.issuer.ended.Get("id_token_hint") == "" {
		t.Errorf("ended at %s with %v", resp.Request.URL, b.issuer.ended)
	}
	if _, home := b.get(c, "/fr"); strings.Contains(home, "Fatima") {
		t.Error("still signed in")
	}
}

func TestAnswersThatDoNotHoldOpenNoSession(t *testing.T) {
	b := newBench(t)
	for name, lie := range map[string]func(*provider){
		"another issuer answers":    func(p *provider) { p.answer = func(v url.Values) { v.Set("iss", "https://evil.ma") } },
		"no issuer":                 func(p *provider) { p.answer = func(v url.Values) { v.Del("iss") } },
		"another state":             func(p *provider) { p.answer = func(v url.Values) { v.Set("state", "x") } },
		"an error":                  func(p *provider) { p.answer = func(v url.Values) { v.Set("error", "server_error"); v.Del("code") } },
		"ID token: another issuer":  func(p *provider) { p.claims = func(c map[string]any) { c["iss"] = "https://evil.ma" } },
		"ID token: another client":  func(p *provider) { p.claims = func(c map[string]any) { c["aud"] = "other" } },
		"ID token: two clients":     func(p *provider) { p.claims = func(c map[string]any) { c["aud"] = []string{"wasl-portal", "other"} } },
		"ID token: another nonce":   func(p *provider) { p.claims = func(c map[string]any) { c["nonce"] = "x" } },
		"ID token: no nonce":        func(p *provider) { p.claims = func(c map[string]any) { delete(c, "nonce") } },
		"ID token: expired":         func(p *provider) { p.claims = func(c map[string]any) { c["exp"] = nine.Unix() - 60 } },
		"ID token: no expiry":       func(p *provider) { p.claims = func(c map[string]any) { delete(c, "exp") } },
		"ID token: from the future": func(p *provider) { p.claims = func(c map[string]any) { c["iat"] = nine.Unix() + 60 } },
		"ID token: nobody":          func(p *provider) { p.claims = func(c map[string]any) { c["sub"] = "" } },
		"ID token: other at_hash":   func(p *provider) { p.claims = func(c map[string]any) { c["at_hash"] = "x" } },
		"ID token: HS256":           func(p *provider) { p.signing = jose.HS256 },
		"userinfo of another":       func(p *provider) { p.info = func(i map[string]any) { i["sub"] = "person-2" } },
	} {
		t.Run(name, func(t *testing.T) {
			b.issuer.answer, b.issuer.claims, b.issuer.info, b.issuer.signing = nil, nil, nil, jose.ES256
			lie(b.issuer)
			c := b.browser()
			if status, page := b.get(c, "/fr/login"); status < 400 || !strings.Contains(page, "<h1>") {
				t.Errorf("answered %d", status)
			}
			if _, home := b.get(c, "/fr"); strings.Contains(home, "Fatima") {
				t.Error("signed in")
			}
		})
	}
}

func TestACallbackCountsOnceAndInItsOwnBrowser(t *testing.T) {
	b := newBench(t)
	mine, other := b.browser(), b.browser()
	mine.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.get(mine, "/fr/login")
	callback := "/login/callback?" + url.Values{"code": {"c0de"}, "state": {b.issuer.pushed.Get("state")}, "iss": {b.issuer.url}}.Encode()
	if status, _ := b.get(other, callback); status != http.StatusGone {
		t.Errorf("another browser: %d", status)
	}
	if status, _ := b.get(mine, callback); status != http.StatusSeeOther {
		t.Errorf("the browser that began: %d", status)
	}
	if status, _ := b.get(mine, callback); status != http.StatusGone {
		t.Errorf("a second time: %d", status)
	}
}

func TestASessionOnTheServerEnds(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	b.clock.Advance(29 * time.Minute)
	if _, home := b.get(c, "/fr"); !strings.Contains(home, "Fatima") {
		t.Error("ended early")
	}
	b.clock.Advance(29 * time.Minute)
	if _, home := b.get(c, "/fr"); !strings.Contains(home, "Fatima") {
		t.Error("a request does not keep it")
	}
	b.clock.Advance(29 * time.Minute)
	if resp, err := c.Post(b.server.URL+"/fr/session", "", nil); err != nil || resp.StatusCode != http.StatusNoContent {
		t.Errorf("staying: %v, %v", resp, err)
	}
	b.clock.Advance(31 * time.Minute)
	if resp, err := c.Post(b.server.URL+"/fr/session", "", nil); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("staying too late: %v, %v", resp, err)
	}
	if _, home := b.get(c, "/fr"); strings.Contains(home, "Fatima") {
		t.Error("still open after 31 idle minutes")
	}
	if err := b.sweep(t.Context(), b.clock.Now()); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := b.db.Pool().QueryRow(t.Context(), "SELECT count(*) FROM session").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d sessions left, %v", rows, err)
	}
}

func TestAnOfficerActsForTheUnitHeChooses(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	today := civil.In(nine, civil.Casablanca)
	sale := Appointment{Subject: "person-1", Org: "com_sale", OrgName: i18n.Text{"ar": "جماعة سلا", "fr": "Commune de Salé"}, Unit: "urb", UnitName: i18n.Text{"ar": "التعمير", "fr": "Urbanisme"}, Roles: []string{"officer"}, From: today}
	for range 2 {
		if err := b.Appoint(t.Context(), sale); err != nil {
			t.Fatal(err)
		}
	}
	visit := func() (org string) {
		_, page := b.get(c, "/ar/dossiers/1")
		var seen struct{ Org string }
		json.Unmarshal([]byte(page), &seen)
		return seen.Org
	}
	b.get(c, "/ar/login")
	if got := visit(); got != "com_sale" {
		t.Fatalf("acts for %q", got)
	}
	rabat := sale
	rabat.Org, rabat.OrgName = "com_rabat", i18n.Text{"ar": "جماعة الرباط"}
	if err := b.Appoint(t.Context(), rabat); err != nil {
		t.Fatal(err)
	}
	if got := visit(); got != "" {
		t.Errorf("with two appointments and no choice, acts for %q", got)
	}
	_, page := b.get(c, "/fr/appointments")
	if strings.Count(page, `type="radio"`) != 3 {
		t.Errorf("choices: %s", page)
	}
	all, err := b.appointments(t.Context(), "person-1", today)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	c.PostForm(b.server.URL+"/ar/appointments", url.Values{"appointment": {all[0].ID.String()}})
	if got := visit(); got != all[0].Org {
		t.Errorf("acts for %q", got)
	}
	resp, err := c.PostForm(b.server.URL+"/ar/appointments", url.Values{"appointment": {"apt_of_another"}})
	if err != nil || resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another's appointment: %v, %v", resp.StatusCode, err)
	}
	c.PostForm(b.server.URL+"/ar/appointments", url.Values{"appointment": {citizen}})
	if got := visit(); got != "" {
		t.Errorf("as a citizen, acts for %q", got)
	}
}

func TestForwardingKeepsSecretsAndStreams(t *testing.T) {
	b := newBench(t)
	req, _ := http.NewRequest("POST", b.server.URL+"/zgh/dossiers/7?a=b%2Fc", strings.NewReader("x=1"))
	req.Header.Set("Cookie", "wasl_session=nothing; other=1")
	req.Header.Set("Authorization", "Bearer stolen")
	req.Header.Set("Wasl-Visit", "forged")
	for _, name := range []string{"Wasl-Banner", "Wasl-Sign-Out", "Wasl-Idle", "Wasl-Anything", "wasl-visit", "WASL-ORG"} {
		req.Header.Set(name, "forged")
	}
	req.Header.Set("Origin", b.server.URL)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var seen map[string]any
	json.NewDecoder(resp.Body).Decode(&seen)
	for key, want := range map[string]any{"path": "/zgh/dossiers/7?a=b%2Fc", "method": "POST", "body": "x=1", "subject": "", "cookie": "", "auth": "", "session": false, "forged": ""} {
		if seen[key] != want {
			t.Errorf("%s: got %v, want %v", key, seen[key], want)
		}
	}
	for _, cookie := range resp.Cookies() {
		if cookie.Name == "own" {
			t.Error("a block has set a cookie")
		}
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	b := newBench(t)
	req, _ := http.NewRequest("POST", b.server.URL+"/fr/dossiers/7", strings.NewReader("x=1"))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("got %v, %v", resp.StatusCode, err)
	}
	b.blocks["payment"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Wasl-Visit") != "" {
			t.Error("the bank visits as a person")
		}
		io.WriteString(w, "APPROVED")
	})
	req, _ = http.NewRequest("POST", b.server.URL+"/payment/callback", strings.NewReader("HASH=1"))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err = http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the bank's answer: %v, %v", resp.StatusCode, err)
	}
}

func TestWhatBlocksDoNotSayForPeopleBecomesAPage(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.blocks["locker"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpx.Problem(w, r, errs.New(errs.NotFound, "unknown_code"))
	})
	b.blocks["exchange"] = http.NotFoundHandler()
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/fr/documents/1": {404, "Cette page n’existe pas"},
		"/fr/access":      {404, "Cette page n’existe pas"},
		"/ar/help":        {503, "هذه الخدمة لا تجيب حالياً"},
		"/en/nowhere":     {404, "This page does not exist"},
	} {
		status, page := b.get(c, path)
		if status != want.status || !strings.Contains(page, want.text) {
			t.Errorf("%s: %d %s", path, status, page)
		}
		lang, _, _ := strings.Cut(path[1:], "/")
		for _, fault := range webtest.Faults(i18n.Lang(lang), page) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

func TestWhatTheOriginPublishes(t *testing.T) {
	b := newBench(t)
	b.blocks["signature"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"format":"x"}`) })
	c := b.browser()
	for path, want := range map[string]string{
		"/robots.txt": "Disallow: /ar/dossiers\n", "/.well-known/wasl-trust": `{"format":"x"}`, "/favicon.ico": "<svg",
	} {
		if status, body := b.get(c, path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
}

func TestTheHomePageLivesWithoutItsBlocks(t *testing.T) {
	b := newBench(t)
	b.blocks = map[string]http.Handler{}
	if status, page := b.get(b.browser(), "/ar"); status != 200 || !strings.Contains(page, "لائحة المساطر غير متاحة") {
		t.Errorf("%d", status)
	}
}

func TestTheRootSpeaksTheBrowsersLanguage(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for accept, want := range map[string]string{"": "/ar", "fr-MA,fr;q=0.9": "/fr", "de": "/ar", "en": "/en"} {
		req, _ := http.NewRequest("GET", b.server.URL+"/", nil)
		req.Header.Set("Accept-Language", accept)
		resp, err := c.Do(req)
		if err != nil || resp.Header.Get("Location") != want {
			t.Errorf("%q leads to %q, %v", accept, resp.Header.Get("Location"), err)
		}
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("portal", files, files)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	offers, err := b.offers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dossiers, err := b.casework.Dossiers(t.Context(), "p")
	if err != nil {
		t.Fatal(err)
	}
	webtest.All(t, pages, map[string]web.Page{
		"home": {TitleKey: "home.title", Hero: true, Data: homeView{
			Events: []web.Card{{Href: "/search?q=x", Title: web.K("home.event.birth"), Note: web.K("home.event_note.birth")}}, Popular: offers,
			Dossiers: []dossierLine{{dossiers[0], stateTag("deposited"), true}, {dossiers[0], stateTag("unheard"), false}},
		}},
		"appointments": {TitleKey: "appointments.title", Data: appointmentsView{
			Choices: []web.Choice{{Value: "a", Label: i18n.Text{"ar": "التعمير"}, Hint: i18n.Text{"ar": "سلا"}}},
		}},
		"signed-out": {TitleKey: "signed_out.title"},
	})
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "portal", files)
	pgtest.PrepareAll(t, db, insertSignin, takeSignin, insertSession, sessionBySecret, touchSession, chooseSession, deleteSession, deleteEnded,
		sweepIdle, sweepSessions, sweepSignins, insertAppointment, appointmentsOf)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db,
		"session: found by the hash of its cookie, before anybody is known",
		"signin: as session",
		"appointment: read to learn in whose name a request comes",
	)
}

func TestManySignInsThatNobodyFinishedAreAllForgotten(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	const many = `INSERT INTO signin (state, browser, nonce, verifier, return_path, lang, expires_at)
SELECT int4send(n::int), 'browser', 'nonce', 'verifier', '/', 'fr', $1::timestamptz - n * interval '1 second' FROM generate_series(1, $2) n`
	if _, err := b.db.Pool().Exec(ctx, many, nine, 2*batch+1); err != nil {
		t.Fatal(err)
	}
	if err := b.sweep(ctx, nine); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := b.db.Pool().QueryRow(ctx, `SELECT count(*) FROM signin`).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d are left: %v", left, err)
	}
}
