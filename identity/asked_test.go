package identity

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wasl/identity/card"
	"wasl/identity/oidc"
)

// subjectAndHint signs the first citizen in at a partner and returns what the partner then knows of them.
func (s *stage) subjectAndHint(p *relyingParty) (subject, hint string) {
	s.t.Helper()
	b := s.browser().authorize(p, p.push(params())).useCard(s.chip, testPIN)
	if b.at.Host != "localhost:8080" {
		b.agree()
	}
	_, out := p.redeem(b.answered("code"), nil)
	hint = out["id_token"].(string)
	claims, err := s.block.readIDToken(s.t.Context(), hint)
	if err != nil {
		s.t.Fatal(err)
	}
	return claims.Subject, hint
}

// The bank asks its customer to confirm a transfer; another person at the same computer must not confirm it.
func TestALogInForOnePersonIsRefusedWhenAnotherSignsIn(t *testing.T) {
	s := newStage(t)
	_, chip2 := s.enrol("CD654321", "W0000002")
	subject, hint := s.subjectAndHint(s.rp)
	for name, ask := range map[string]func(url.Values){
		"claims":        func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":"`+subject+`"}}}`) },
		"id_token_hint": func(v url.Values) { v.Set("id_token_hint", hint) },
		"login_hint":    func(v url.Values) { v.Set("login_hint", subject) },
	} {
		t.Run(name, func(t *testing.T) {
			other := s.browser().authorize(s.rp, s.rp.push(with(ask))).useCard(chip2, testPIN)
			if other.answered("error") != oidc.AccessDenied || other.answered("code") != "" {
				t.Fatalf("the other person's card: %s", other.at)
			}
			silent := func(v url.Values) { ask(v); v.Set("prompt", "none") }
			if other.authorize(s.rp, s.rp.push(with(silent))); other.answered("error") != oidc.LoginRequired || other.answered("code") != "" {
				t.Fatalf("prompt=none in the other person's session: %s", other.at)
			}
			if other.authorize(s.rp, s.rp.push(with(ask))); other.at.Host == "localhost:8080" || !strings.Contains(other.body, "une autre personne") {
				t.Fatalf("the other person's session: %s\n%s", other.at, other.body)
			}
			right := other.useCard(s.chip, testPIN)
			if right.answered("code") == "" {
				t.Fatalf("the person who was asked for: %s", right.at)
			}
			if right.authorize(s.rp, s.rp.push(with(silent))); right.answered("code") == "" {
				t.Fatalf("prompt=none in their own session: %s", right.at)
			}
		})
	}
	var leaked int
	const q = `SELECT count(*) FROM login WHERE result = 'other_person'`
	if err := s.block.db.Pool().QueryRow(t.Context(), q).Scan(&leaked); err != nil || leaked != 3 {
		t.Errorf("the other person's history holds %d refusals %v", leaked, err)
	}
}

func TestAHintOfAnotherClientOrAnotherKeyIsRefused(t *testing.T) {
	s := newStage(t)
	bank := s.register("bank", "bank")
	_, hint := s.subjectAndHint(bank)
	for name, raw := range map[string]string{"another client's": hint, "no token": "x.y.z", "cut": hint[:len(hint)-3]} {
		status, out := s.rp.post("/par", with(func(v url.Values) { v.Set("id_token_hint", raw) }), s.rp.assertion(nil))
		if status != http.StatusBadRequest || out["error"] != oidc.InvalidRequest {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
}

// On a shared computer a session that is six minutes old must not open a bank.
func TestASecondPartnerGetsHighOnlySoonAfterTheCard(t *testing.T) {
	s := newStage(t)
	bank := s.register("bank", "bank")
	high := func(v url.Values) {
		v.Set("claims", `{"id_token":{"acr":{"essential":true,"value":"urn:wasl:acr:high"}}}`)
	}
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	level := func(p *relyingParty) oidc.Level {
		t.Helper()
		_, out := p.redeem(b.answered("code"), nil)
		claims, err := s.block.readIDToken(t.Context(), out["id_token"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return claims.ACR
	}
	if got := level(s.rp); got != oidc.High {
		t.Fatalf("just after the card: %s", got)
	}
	s.clock.Advance(5 * time.Minute)
	b.authorize(bank, bank.push(with(high))).agree()
	if got := level(bank); got != oidc.High {
		t.Fatalf("five minutes after the card: %s", got)
	}
	s.clock.Advance(time.Second)
	if b.authorize(bank, bank.push(params())); b.answered("code") == "" || level(bank) != oidc.Substantial {
		t.Fatalf("no level asked, later: %s", b.at)
	}
	if b.authorize(bank, bank.push(with(func(v url.Values) { high(v); v.Set("prompt", "none") }))); b.answered("error") != oidc.LoginRequired {
		t.Fatalf("high without a page, later: %s", b.at)
	}
	b.authorize(bank, bank.push(with(high)))
	if b.at.Host == "localhost:8080" || !strings.Contains(b.body, "présentiez de nouveau votre carte") {
		t.Fatalf("high, later: %s\n%s", b.at, b.body)
	}
	if b.useCard(s.chip, testPIN); level(bank) != oidc.High {
		t.Fatal("after the card was shown again")
	}
	// A consent page left open does not keep the level of a session that fades under it.
	tax := s.register("tax", "tax")
	b.authorize(tax, tax.push(with(high)))
	page := b.at.Path
	if !strings.HasSuffix(page, "/consent") {
		t.Fatalf("at %s", b.at)
	}
	s.clock.Advance(5*time.Minute + time.Second)
	if b.post(page, nil); b.at.Host == "localhost:8080" || !strings.Contains(b.body, "présentiez de nouveau") {
		t.Fatalf("agreed after the level had faded: %s", b.at)
	}
}

// The thief's page begins a log-in, and by some trick the victim's own connector signs it. The victim's browser comes back from the
// connector with the ticket, the thief's has none: neither is signed in.
func TestAnAnswerFromAnotherPersonsConnectorSignsNobodyIn(t *testing.T) {
	s := newStage(t)
	for name, begin := range map[string]func(*browser) *browser{
		"at a partner":      func(b *browser) *browser { return b.authorize(s.rp, s.rp.push(params())) },
		"to one's own page": func(b *browser) *browser { return b.get("/fr/account") },
	} {
		t.Run(name, func(t *testing.T) {
			thief := begin(s.browser())
			thief.get(thief.at.Path + "/card")
			nonce, back := thief.field("nonce"), thief.field("return")
			status, ticket := s.answer(s.cardAnswer(s.chip, testPIN, nonce))
			if status != http.StatusOK {
				t.Fatal(status)
			}
			if thief.get(back); thief.status != http.StatusForbidden || strings.HasSuffix(thief.at.Path, "/consent") {
				t.Fatalf("the thief without a ticket: %d %s", thief.status, thief.at)
			}
			victim := begin(s.browser())
			victim.get(victim.at.Path + "/card")
			own := victim.field("return")
			if victim.get(own + "?ticket=" + ticket); victim.status != http.StatusGone {
				t.Fatalf("the victim's log-in with the thief's ticket: %d %s", victim.status, victim.at)
			}
			if victim.get(back + "?ticket=" + ticket); victim.status != http.StatusGone {
				t.Fatalf("the victim at the thief's page: %d %s", victim.status, victim.at)
			}
			for _, forged := range []string{"", "x", ticket[:len(ticket)-2], ticket + "A", nonce} {
				if thief.get(back + "?ticket=" + forged); thief.status != http.StatusForbidden {
					t.Fatalf("ticket %q: %d", forged, thief.status)
				}
			}
			if thief.get("/fr/account"); !strings.HasSuffix(thief.at.Path, "/login/own") {
				t.Fatalf("the thief is at %s", thief.at)
			}
		})
	}
}

// Another site's page cannot post an answer at all: connectors are no pages.
func TestAPageOfAnotherSiteCannotPostACardAnswer(t *testing.T) {
	s := newStage(t)
	for _, origin := range []string{"http://evil.example", "http://127.0.0.1:8085", "null"} {
		r, _ := http.NewRequest(http.MethodPost, s.url+"/login/card/answers", strings.NewReader(`{"nonce":"x"}`))
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if b := s.browser().do(r); b.status != http.StatusForbidden {
			t.Errorf("%s: %d", origin, b.status)
		}
	}
}

func TestANonceAndATicketVouchOnlyForThemselves(t *testing.T) {
	key := func(text string) []byte { return hash("key" + text) }
	other := func(text string) []byte { return hash("other" + text) }
	at := time.UnixMilli(1_800_000_000_123)
	c := challenge{Browser: browserMark("b"), Until: at, Salt: [16]byte{1}}
	nonce := c.sign(key)
	if got, ok := readChallenge(key, nonce); !ok || got != c || len(nonce) > 256 {
		t.Fatalf("%v %v", got, ok)
	}
	tk := ticket{Nonce: nonce, Reason: card.Suspended}
	raw := tk.sign(key)
	if got, ok := readTicket(key, raw); !ok || got != tk {
		t.Fatalf("%v %v", got, ok)
	}
	for i := range nonce {
		bad := []byte(nonce)
		bad[i] ^= 1
		if _, ok := readChallenge(key, string(bad)); ok {
			t.Fatalf("sign %d changed", i)
		}
	}
	if _, ok := readChallenge(other, nonce); ok {
		t.Error("a nonce of another installation")
	}
	if _, ok := readChallenge(key, raw); ok {
		t.Error("a ticket was taken for a nonce")
	}
	if _, ok := readTicket(key, nonce); ok {
		t.Error("a nonce was taken for a ticket")
	}
}

func FuzzNonce(f *testing.F) {
	key := func(text string) []byte { return hash("key" + text) }
	good := challenge{Browser: browserMark("b"), Salt: [16]byte{1}}.sign(key)
	f.Add(good)
	f.Add(ticket{Nonce: good}.sign(key))
	f.Fuzz(func(t *testing.T, raw string) {
		if c, ok := readChallenge(key, raw); ok && c.sign(key) != raw {
			t.Fatalf("%q is a second text of one nonce", raw)
		}
		if tk, ok := readTicket(key, raw); ok && tk.sign(key) != raw {
			t.Fatalf("%q is a second text of one ticket", raw)
		}
	})
}

func TestAReloadedRequestGoesOnInItsOwnBrowser(t *testing.T) {
	s := newStage(t)
	uri := s.rp.push(params())
	b := s.browser().authorize(s.rp, uri)
	first := b.at.Path
	if b.authorize(s.rp, uri); b.status != http.StatusOK || b.at.Path != first {
		t.Fatalf("reloaded: %d %s, began at %s", b.status, b.at, first)
	}
	if other := s.browser().authorize(s.rp, uri); other.status != http.StatusGone {
		t.Fatalf("another browser: %d", other.status)
	}
	b.useCard(s.chip, testPIN).agree()
	if b.authorize(s.rp, uri); b.status != http.StatusGone {
		t.Fatalf("after the end: %d %s", b.status, b.at)
	}
	posted, _ := http.NewRequest(http.MethodPost, s.url+"/authorize", strings.NewReader(url.Values{"client_id": {"portal"}, "request_uri": {s.rp.push(params())}}.Encode()))
	posted.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	posted.Header.Set("Origin", "http://localhost:8080")
	posted.Header.Set("Sec-Fetch-Site", "cross-site")
	if c := s.browser().do(posted); c.status != http.StatusOK || !strings.Contains(c.at.Path, "/login/") {
		t.Errorf("by POST: %d %s", c.status, c.at)
	}
}

// A person signs in in one tab; the other tab, still at the card page, goes on without a second PIN.
func TestTheSecondTabNoticesTheLogIn(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params()))
	second := b.at.Path
	b.authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	if b.get(second + "/card"); b.answered("code") == "" {
		t.Fatalf("the second tab: %s", b.at)
	}
}
