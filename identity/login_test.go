package identity

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
)

func TestThreeWrongPINsBlockTheCardAndTheLogin(t *testing.T) {
	s := newStage(t)
	for range 2 {
		session, err := cardproto.Open(func(apdu []byte) ([]byte, error) { return s.chip.Transmit(apdu), nil })
		if err != nil {
			t.Fatal(err)
		}
		_ = session.Verify("000000")
	}
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, "000000")
	if b.status != http.StatusForbidden || !strings.Contains(b.body, "bloquée") {
		t.Fatalf("%d\n%s", b.status, b.body)
	}
	b.get(strings.TrimSuffix(b.at.Path, "/return")).useCard(s.chip, testPIN)
	if !strings.Contains(b.body, "bloquée") {
		t.Fatalf("the right PIN after that: %d\n%s", b.status, b.body)
	}
	b.post(strings.TrimSuffix(b.at.Path, "/return")+"/refuse", nil)
	if b.answered("error") != oidc.AccessDenied || b.answered("error_description") != "card_blocked" || b.answered("iss") != s.url {
		t.Fatalf("the relying party was told %s", b.at)
	}
}

func TestCardsThatDoNotLogIn(t *testing.T) {
	s := newStage(t)
	if _, err := s.block.db.Pool().Exec(t.Context(), `UPDATE card SET status = 'issued'`); err != nil {
		t.Fatal(err)
	}
	if b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN); !strings.Contains(b.body, "pas encore activée") {
		t.Errorf("issued: %d\n%s", b.status, b.body)
	}
	s.card(card.StatusActive, card.NoCause)
	s.card(card.StatusSuspended, card.Lost)
	if b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN); !strings.Contains(b.body, "Cette carte est bloquée") {
		t.Errorf("suspended: %d\n%s", b.status, b.body)
	}
	s.card(card.StatusActive, card.NoCause)
	a, err := card.NewAuthority(s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	forged, err := a.Issue("Forger", s.serial, testPIN, s.clock.Now(), cardproto.Expiry(s.clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	state, _ := cardproto.ParseState(forged.State)
	chip, _ := cardproto.NewCard(state, func(cardproto.State) error { return nil })
	if b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(chip, testPIN); !strings.Contains(b.body, "autorité reconnue") {
		t.Errorf("forged card: %d", b.status)
	}
	s.card(card.StatusRevoked, card.Stolen)
	if b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN); !strings.Contains(b.body, "révoquée") {
		t.Errorf("revoked: %d\n%s", b.status, b.body)
	}
	s.clock.Advance(11 * 365 * 24 * time.Hour)
	if b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN); !strings.Contains(b.body, "périmée") {
		t.Errorf("expired card: %d", b.status)
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params()))
	b.get(b.at.Path + "/card")
	nonce, back := b.field("nonce"), b.field("return")
	good := s.cardAnswer(s.chip, testPIN, nonce)

	unknown := good
	unknown.Nonce = strings.Repeat("x", 52)
	if got, _ := s.answer(unknown); got != http.StatusGone {
		t.Errorf("unknown nonce: %d", got)
	}
	got, ticket := s.answer(good)
	if got != http.StatusOK || ticket == "" {
		t.Fatalf("good: %d", got)
	}
	if got, _ := s.answer(good); got != http.StatusGone {
		t.Errorf("replayed: %d", got)
	}
	// The proof belongs to the browser that asked: another one that knows the address gets nothing.
	back += "?ticket=" + ticket
	if other := s.browser().get(back); other.status != http.StatusGone {
		t.Errorf("another browser: %d", other.status)
	}
	if b.get(back); !strings.HasSuffix(b.at.Path, "/consent") {
		t.Errorf("the rightful browser: %s", b.at)
	}
	if b.get(back); !strings.HasSuffix(b.at.Path, "/consent") {
		t.Errorf("the page loaded again: %s (%d)", b.at, b.status)
	}

	c := s.browser().authorize(s.rp, s.rp.push(params()))
	c.get(c.at.Path + "/card")
	late := s.cardAnswer(s.chip, testPIN, c.field("nonce"))
	s.clock.Advance(nonceLife + time.Second)
	if got, _ := s.answer(late); got != http.StatusGone {
		t.Errorf("late: %d", got)
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params()))
	page := b.at.Path
	for range maxAttempts {
		b.get(page + "/card")
		_, ticket := s.answer(cardproto.Answer{Nonce: b.field("nonce"), Failure: cardproto.FailureCancelled})
		b.get(page + "/return?ticket=" + ticket)
	}
	if b.get(page + "/card"); b.status != http.StatusTooManyRequests {
		t.Fatalf("%d", b.status)
	}
}

func TestPagesOfALoginBelongToItsBrowserAndItsOrigin(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params()))
	page := b.at.Path
	if other := s.browser().get(page + "/card"); other.status != http.StatusGone {
		t.Errorf("another browser: %d", other.status)
	}
	b.get(page + "/card")
	csp := b.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "form-action 'self' http://localhost:8080 http://127.0.0.1:8085;") {
		t.Errorf("form-action: %s", csp)
	}
	if got := b.header.Get("Referrer-Policy"); got != "origin" {
		t.Errorf("the connector would see Origin: null (%s)", got)
	}
	b.useCard0(page, s)
	r, _ := http.NewRequest(http.MethodPost, s.url+page+"/consent", strings.NewReader("share=email"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if b.do(r); b.status != http.StatusForbidden {
		t.Errorf("consent from another site: %d", b.status)
	}
}

func (b *browser) useCard0(page string, s *stage) {
	b.get(page)
	b.useCard(s.chip, testPIN)
}

func TestSingleSignOnAndConsent(t *testing.T) {
	s := newStage(t)
	bank := s.register("bank", "bank")
	tax := s.register("tax", "portal") // same sector as the portal
	b := s.browser()
	b.authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree("email")
	first := b.answered("code")

	// Decided before, signed in: no page at all.
	if b.authorize(s.rp, s.rp.push(params())); b.answered("code") == "" {
		t.Fatal("asked again")
	}
	// Another partner: signed in, but must ask.
	b.authorize(bank, bank.push(params())).agree("birthdate")
	second := b.answered("code")
	b.authorize(tax, tax.push(params())).agree()
	third := b.answered("code")

	subject := func(p *relyingParty, code string) string {
		_, out := p.redeem(code, nil)
		claims, err := s.block.readIDToken(t.Context(), out["id_token"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return claims.Subject
	}
	portal, atBank, atTax := subject(s.rp, first), subject(bank, second), subject(tax, third)
	if portal == atBank || portal != atTax {
		t.Errorf("subjects: portal %s, bank %s, tax %s", portal, atBank, atTax)
	}
	if got, err := s.block.SubjectFor(t.Context(), s.person.ID, "portal"); err != nil || got != portal {
		t.Errorf("SubjectFor: %s %v", got, err)
	}

	// prompt=login wants the card again; max_age does when it has passed; prompt=none shows nothing.
	if b.authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("prompt", "login") }))); strings.HasSuffix(b.at.Path, "/consent") || b.status != 200 {
		t.Errorf("prompt=login: %s", b.at)
	}
	s.clock.Advance(2 * time.Minute)
	if b.authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("max_age", "60") }))); b.at.Host == "localhost:8080" {
		t.Errorf("max_age: %s", b.at)
	}
	if b.authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("prompt", "none") }))); b.answered("code") == "" {
		t.Errorf("prompt=none, signed in: %s", b.at)
	}
	if c := s.browser().authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("prompt", "none") }))); c.answered("error") != oidc.LoginRequired {
		t.Errorf("prompt=none, not signed in: %s", c.at)
	}
	// A revoked card ends the session at once.
	s.card(card.StatusRevoked, card.Lost)
	if b.authorize(s.rp, s.rp.push(params())); b.at.Host == "localhost:8080" {
		t.Errorf("after revocation: %s", b.at)
	}
}

func TestUserRejectsAuthentication(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN)
	b.post(strings.TrimSuffix(b.at.Path, "/consent")+"/refuse", nil)
	if b.answered("error") != oidc.AccessDenied || b.answered("state") != "st" || b.answered("iss") != s.url {
		t.Fatalf("told %s", b.at)
	}
}

func TestLogout(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	_, out := s.rp.redeem(b.answered("code"), nil)
	q := url.Values{"id_token_hint": {out["id_token"].(string)}, "post_logout_redirect_uri": {"http://localhost:8080/"}, "state": {"bye"}}

	// A second session of the same person in another browser is not ended by the first one's hint.
	other := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN)
	if other.get("/logout?" + q.Encode()); other.at.Host == "localhost:8080" || !strings.Contains(other.body, "/account/logout") {
		t.Fatalf("replayed hint: %s", other.at)
	}
	s.clock.Advance(20 * time.Minute) // the hint has expired, which does not matter
	if b.get("/logout?" + q.Encode()); b.answered("state") != "bye" {
		t.Fatalf("%s", b.at)
	}
	if b.authorize(s.rp, s.rp.push(params())); b.at.Host == "localhost:8080" {
		t.Fatal("still signed in")
	}
	q.Set("post_logout_redirect_uri", "http://evil.example/")
	if b.get("/logout?" + q.Encode()); b.status != http.StatusOK || b.at.Host == "evil.example" {
		t.Fatalf("unregistered address: %s", b.at)
	}
}

func TestANewLoginEndsTheSessionThatTheBrowserHad(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	origin, _ := url.Parse(s.url)
	thief := s.browser()
	thief.client.Jar.SetCookies(origin, b.client.Jar.Cookies(origin))
	if thief.get("/fr/account"); !strings.HasSuffix(thief.at.Path, "/account") {
		t.Fatalf("the copied cookie opens %s", thief.at)
	}
	b.authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("prompt", "login") }))).useCard(s.chip, testPIN)
	if thief.get("/fr/account"); strings.HasSuffix(thief.at.Path, "/account") {
		t.Error("the former session outlives the new log-in")
	}
	if b.get("/fr/account"); !strings.HasSuffix(b.at.Path, "/account") {
		t.Errorf("the new session leads to %s", b.at)
	}
}

func TestAccountShowsEveryUseAndWithdraws(t *testing.T) {
	s := newStage(t)
	b := s.browser().get("/fr/account")
	b.useCard(s.chip, testPIN)
	if b.at.Path != "/fr/account" || !strings.Contains(b.body, "Fatima Alaoui") || !strings.Contains(b.body, "Mon compte") {
		t.Fatalf("%s %d\n%s", b.at, b.status, b.body)
	}
	b.authorize(s.rp, s.rp.push(params())).agree("email")
	_, out := s.rp.redeem(b.answered("code"), nil)
	if s.userinfo(out["access_token"].(string)) != http.StatusOK {
		t.Fatal("userinfo")
	}
	b.get("/fr/account")
	if !strings.Contains(b.body, "Partner portal") || !strings.Contains(b.body, "Connexion en cours") || !strings.Contains(b.body, "Adresse électronique") {
		t.Fatal(b.body)
	}
	form := b.body[strings.Index(b.body, `action="/fr/account/consents/`)+len(`action="`):]
	form = form[:strings.Index(form, `"`)]
	if stranger := s.browser().post(form, nil); stranger.status != http.StatusNotFound {
		t.Errorf("a stranger withdraws: %d", stranger.status)
	}
	if b.post(form, nil); !strings.Contains(b.body, "Aucun consentement") {
		t.Fatal(b.body)
	}
	if s.userinfo(out["access_token"].(string)) != http.StatusUnauthorized {
		t.Error("the token outlived the consent")
	}
	if b.authorize(s.rp, s.rp.push(params())); !strings.HasSuffix(b.at.Path, "/consent") {
		t.Errorf("not asked again: %s", b.at)
	}
}

func TestKeysRotateWithoutBreakingTokens(t *testing.T) {
	s := newStage(t)
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	_, out := s.rp.redeem(b.answered("code"), nil)
	old, err := s.block.keys.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := func() int {
		set, err := s.block.keys.public(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(set.Keys)
	}
	step := func(d time.Duration) {
		s.clock.Advance(d)
		if err := s.block.keys.rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(2 * reread)
	}
	step(keyPeriod - publishAhead)
	if now, _ := s.block.keys.current(t.Context()); count() != 2 || now.id != old.id {
		t.Fatalf("%d keys: the new one must be published, not used", count())
	}
	step(publishAhead)
	if now, _ := s.block.keys.current(t.Context()); now.id == old.id {
		t.Fatal("the new key is not used")
	}
	if _, err := s.block.readIDToken(t.Context(), out["id_token"].(string)); err != nil {
		t.Fatalf("an old token: %v", err)
	}
	step(keepRetired)
	if count() != 1 {
		t.Fatalf("%d keys published", count())
	}
}
