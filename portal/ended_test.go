package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (b *bench) tell(token string) int {
	b.t.Helper()
	resp, err := http.PostForm(b.server.URL+logoutPath, url.Values{"logout_token": {token}})
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Header.Get("Cache-Control") != "no-store" {
		b.t.Error("the answer may be cached (Back-Channel Logout, 2.8)")
	}
	return resp.StatusCode
}

func (b *bench) signedIn(c *http.Client) bool {
	b.t.Helper()
	_, home := b.get(c, "/fr")
	return strings.Contains(home, "Fatima")
}

// A citizen blocks the stolen card; whoever sits at the thief's screen must be out of the portal too.
func TestASessionThatIdentityClosedIsClosedHere(t *testing.T) {
	b := newBench(t)
	thief, other := b.browser(), b.browser()
	b.get(thief, "/fr/login")
	b.issuer.claims = func(c map[string]any) { c["sid"] = "s2" }
	b.get(other, "/fr/login")
	if !b.signedIn(thief) || !b.signedIn(other) {
		t.Fatal("not signed in")
	}
	if got := b.tell(b.issuer.logoutToken("logout+jwt", nil)); got != http.StatusOK {
		t.Fatalf("told: %d", got)
	}
	if b.signedIn(thief) {
		t.Error("the session goes on")
	}
	if !b.signedIn(other) {
		t.Error("a session that nobody closed is closed")
	}
	if got := b.tell(b.issuer.logoutToken("logout+jwt", nil)); got != http.StatusOK {
		t.Errorf("told twice: %d", got)
	}
	var entries int
	const q = `SELECT count(*) FROM audit WHERE act = 'session.closed' AND detail ->> 'by' = 'identity'`
	if err := b.db.Pool().QueryRow(t.Context(), q).Scan(&entries); err != nil || entries != 1 {
		t.Errorf("%d entries %v", entries, err)
	}
}

func TestAPersonWhomIdentitySignsOutEverywhereIsOutHere(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	nobody := func(m map[string]any) { delete(m, "sid"); m["sub"] = "person-2" }
	if got := b.tell(b.issuer.logoutToken("logout+jwt", nobody)); got != http.StatusOK || !b.signedIn(c) {
		t.Errorf("another person: %d", got)
	}
	before := func(m map[string]any) { delete(m, "sid"); m["iat"] = nine.Unix() - 60 }
	if got := b.tell(b.issuer.logoutToken("logout+jwt", before)); got != http.StatusOK || !b.signedIn(c) {
		t.Errorf("a token of before the session: %d", got)
	}
	otherPerson := func(m map[string]any) { m["sub"] = "person-2" }
	if got := b.tell(b.issuer.logoutToken("logout+jwt", otherPerson)); got != http.StatusOK || !b.signedIn(c) {
		t.Errorf("the session's name with another person: %d", got)
	}
	if got := b.tell(b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "sid") })); got != http.StatusOK || b.signedIn(c) {
		t.Errorf("by subject: %d", got)
	}
}

func TestNobodyElseCanSignAPersonOut(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	set := func(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }
	event := "http://schemas.openid.net/event/backchannel-logout"
	for name, token := range map[string]string{
		"nothing":                "",
		"rubbish":                "a.b.c",
		"an ID token's type":     b.issuer.logoutToken("JWT", nil),
		"another issuer":         b.issuer.logoutToken("logout+jwt", set("iss", "https://evil.ma")),
		"another client":         b.issuer.logoutToken("logout+jwt", set("aud", "bank")),
		"two clients":            b.issuer.logoutToken("logout+jwt", set("aud", []string{"wasl-portal", "bank"})),
		"expired":                b.issuer.logoutToken("logout+jwt", set("exp", nine.Unix()-11)),
		"no expiry":              b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "exp") }),
		"from the future":        b.issuer.logoutToken("logout+jwt", set("iat", nine.Unix()+11)),
		"old":                    b.issuer.logoutToken("logout+jwt", set("iat", nine.Unix()-301)),
		"no iat":                 b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "iat") }),
		"no jti":                 b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "jti") }),
		"a nonce":                b.issuer.logoutToken("logout+jwt", set("nonce", "x")),
		"an empty nonce":         b.issuer.logoutToken("logout+jwt", set("nonce", "")),
		"no events":              b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "events") }),
		"another event":          b.issuer.logoutToken("logout+jwt", set("events", map[string]any{"x": map[string]any{}})),
		"an event that is false": b.issuer.logoutToken("logout+jwt", set("events", map[string]any{event: false})),
		"an event that is null":  b.issuer.logoutToken("logout+jwt", set("events", map[string]any{event: nil})),
		"nobody":                 b.issuer.logoutToken("logout+jwt", func(m map[string]any) { delete(m, "sid"); delete(m, "sub") }),
	} {
		if got := b.tell(token); got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
	stranger := newProvider(t, "")
	stranger.url = b.issuer.url
	if got := b.tell(stranger.logoutToken("logout+jwt", nil)); got != http.StatusBadRequest {
		t.Errorf("a stranger's key: %d", got)
	}
	if !b.signedIn(c) {
		t.Error("signed out")
	}
}

// On a shared computer somebody signs in after another: the cookie that the browser had before must open nothing any more.
func TestTheFormerSessionEndsWithANewSignIn(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	origin, _ := url.Parse(b.server.URL)
	former := b.browser()
	former.Jar.SetCookies(origin, c.Jar.Cookies(origin))
	if !b.signedIn(former) {
		t.Fatal("the copied cookie opens nothing")
	}
	// The session lapses on the screen only: the browser goes to the callback of another sign-in, whose session replaces it.
	b.issuer.claims = func(m map[string]any) { m["sub"] = "person-2" }
	b.issuer.info = func(m map[string]any) {
		m["sub"], m["name"], m["name#ar"] = "person-2", "Youssef Amziane", "يوسف أمزيان"
	}
	cookies := c.Jar.Cookies(origin)
	fresh := b.browser()
	fresh.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.get(fresh, "/fr/login")
	fresh.Jar.SetCookies(origin, cookies[:0])
	for _, k := range cookies {
		if k.Name == b.cookieName(sessionCookie) {
			fresh.Jar.SetCookies(origin, []*http.Cookie{k})
		}
	}
	answer := url.Values{"code": {"c0de"}, "state": {b.issuer.pushed.Get("state")}, "iss": {b.issuer.url}}
	if status, _ := b.get(fresh, "/login/callback?"+answer.Encode()); status != http.StatusSeeOther {
		t.Fatalf("second sign-in: %d", status)
	}
	if _, home := b.get(fresh, "/fr"); !strings.Contains(home, "Youssef") {
		t.Fatal("the second person is not signed in")
	}
	if b.signedIn(former) {
		t.Error("the former session stays alive")
	}
}

func TestASweepEndsWhatIsOver(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	b.get(c, "/fr/login")
	b.clock.Advance(IdleLimit + time.Second)
	if err := b.sweep(t.Context(), b.clock.Now()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := b.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM session`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d sessions left %v", left, err)
	}
}
