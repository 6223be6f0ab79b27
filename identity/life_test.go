package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/jobs/jobstest"
)

// signedInAtTheBank returns a browser signed in at a partner, and the partner's access token.
func (s *stage) signedInAtTheBank() (*browser, string) {
	s.t.Helper()
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN)
	if b.at.Host != "localhost:8080" {
		b.agree()
	}
	_, out := s.rp.redeem(b.answered("code"), nil)
	access, _ := out["access_token"].(string)
	if s.userinfo(access) != http.StatusOK {
		s.t.Fatal("the token does not work at all")
	}
	return b, access
}

func (b *browser) opensTheAccount() bool {
	b.s.t.Helper()
	b.get("/fr/account")
	return b.at.Path == "/fr/account"
}

func TestABlockedCardTakesItsSessionsAndTokensAlong(t *testing.T) {
	for name, to := range map[string]card.Standing{
		"suspended": {Status: card.StatusSuspended, Cause: card.Lost}, "revoked": {Status: card.StatusRevoked, Cause: card.Stolen},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, access := s.signedInAtTheBank()
			waiting := s.code(params()) // a code that is not redeemed yet
			s.card(to.Status, to.Cause)
			if got := s.userinfo(access); got != http.StatusUnauthorized {
				t.Errorf("the access token: %d", got)
			}
			if status, out := s.rp.redeem(waiting, nil); status != http.StatusBadRequest || out["error"] != oidc.InvalidGrant {
				t.Errorf("the code: %d %v", status, out)
			}
			if b.opensTheAccount() {
				t.Error("the session goes on")
			}
			if c := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN); c.status != http.StatusForbidden {
				t.Errorf("a new log-in: %d", c.status)
			}
			// The holder sees that somebody tried.
			var tried int
			if err := s.block.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM login WHERE result LIKE 'card_%'`).Scan(&tried); err != nil || tried != 1 {
				t.Errorf("%d lines in the history %v", tried, err)
			}
		})
	}
}

// The query is a guard of its own: a card that another path suspended opens no session.
func TestASessionOfACardThatIsNotActiveOpensNothing(t *testing.T) {
	s := newStage(t)
	b, access := s.signedInAtTheBank()
	for _, q := range []string{`UPDATE card SET status = 'suspended', cause = 'lost'`, `UPDATE card SET status = 'revoked', cause = 'lost'`, `UPDATE card SET status = 'issued', cause = ''`} {
		if _, err := s.block.db.Pool().Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if b.opensTheAccount() || s.userinfo(access) != http.StatusUnauthorized {
			t.Errorf("%s: still open", q)
		}
	}
	if _, err := s.block.db.Pool().Exec(t.Context(), `UPDATE card SET status = 'active', cause = ''`); err != nil {
		t.Fatal(err)
	}
	if !b.opensTheAccount() {
		t.Error("active again, and closed")
	}
}

func TestTheAccessTokenEndsWithTheLogOut(t *testing.T) {
	s := newStage(t)
	b, access := s.signedInAtTheBank()
	b.post("/fr/account/logout", nil)
	if got := s.userinfo(access); got != http.StatusUnauthorized {
		t.Errorf("%d", got)
	}
}

func TestAPersonBlocksTheirOwnCard(t *testing.T) {
	s := newStage(t)
	_, other := s.enrol("CD654321", "W0000002")
	thief, access := s.signedInAtTheBank()
	b, _ := s.signedInAtTheBank()
	b.get("/fr/lost-card")
	if !strings.Contains(b.body, "…0001") || strings.Contains(b.body, s.serial) {
		t.Fatalf("the card is not named by its end only:\n%s", b.body)
	}
	mine := b.field("card")
	if b.post("/fr/lost-card", url.Values{"card": {mine}}); b.status != http.StatusUnprocessableEntity || !strings.Contains(b.body, "perte ou vol") {
		t.Fatalf("without a reason: %d", b.status)
	}
	if b.post("/fr/lost-card", url.Values{"card": {mine}, "reason": {"withdrawn"}}); b.status != http.StatusUnprocessableEntity {
		t.Fatalf("a reason that is the issuer's: %d", b.status)
	}
	stranger := s.browser().get("/fr/account").useCard(other, testPIN)
	if stranger.post("/fr/lost-card", url.Values{"card": {mine}, "reason": {"lost"}}); stranger.status != http.StatusNotFound {
		t.Fatalf("another person blocks it: %d", stranger.status)
	}
	if nobody := s.browser().post("/fr/lost-card", url.Values{"card": {mine}, "reason": {"lost"}}); !strings.Contains(nobody.body, "pas connecté dans ce navigateur") {
		t.Fatalf("nobody blocks it: %d\n%s", nobody.status, nobody.body)
	}
	if s.userinfo(access) != http.StatusOK {
		t.Fatal("blocked already")
	}
	if b.post("/fr/lost-card", url.Values{"card": {mine}, "reason": {"stolen"}}); b.status != http.StatusOK || !strings.Contains(b.body, "La carte est bloquée") {
		t.Fatalf("%d\n%s", b.status, b.body)
	}
	if s.userinfo(access) != http.StatusUnauthorized || thief.opensTheAccount() || b.opensTheAccount() {
		t.Error("something is still open")
	}
	c, err := s.block.Card(t.Context(), s.serial)
	if err != nil || c.Status != card.StatusSuspended || c.Cause != card.Stolen || !c.Since.Equal(s.clock.Now()) {
		t.Errorf("%+v %v", c, err)
	}
	var entries int
	const q = `SELECT count(*) FROM audit WHERE act = 'card.status' AND detail ->> 'by' = 'holder' AND detail ->> 'reason' = 'stolen'`
	if err := s.block.db.Pool().QueryRow(t.Context(), q).Scan(&entries); err != nil || entries != 1 {
		t.Errorf("%d entries %v", entries, err)
	}
}

func TestARenewedCardOpensWhatTheOldOneDid(t *testing.T) {
	s := newStage(t)
	before, _ := s.subjectAndHint(s.rp)
	b, access := s.signedInAtTheBank()
	holder, err := s.block.Holder(t.Context(), s.serial)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := s.enrol("CD654321", "W0000002")
	if _, _, err := s.block.IssueCard(t.Context(), stranger, "W0000009", testPIN, s.serial); errs.CodeOf(err) != "card_of_another" {
		t.Fatalf("in the place of another's card: %v", err)
	}
	if _, _, err := s.block.IssueCard(t.Context(), holder, "W0000002", testPIN, s.serial); errs.CodeOf(err) != "card_known" {
		t.Fatalf("a number that is known: %v", err)
	}
	if c, _ := s.block.Card(t.Context(), s.serial); c.Status != card.StatusActive {
		t.Fatal("a refused replacement revoked the card")
	}
	s.clock.Advance(time.Second)
	issued, state, err := s.block.IssueCard(t.Context(), holder, "W0000003", testPIN, s.serial)
	if err != nil {
		t.Fatal(err)
	}
	old, err := s.block.Card(t.Context(), s.serial)
	if err != nil || old.Status != card.StatusRevoked || old.Cause != card.Replaced || old.Next != issued.Serial {
		t.Fatalf("%+v %v", old, err)
	}
	if s.userinfo(access) != http.StatusUnauthorized || b.opensTheAccount() {
		t.Error("the old card's session goes on")
	}
	parsed, err := cardproto.ParseState(state)
	if err != nil {
		t.Fatal(err)
	}
	if s.chip, err = cardproto.NewCard(parsed, func(cardproto.State) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if after, _ := s.subjectAndHint(s.rp); after != before {
		t.Errorf("the partner knows another person: %s, then %s", before, after)
	}
	if _, _, err := s.block.IssueCard(t.Context(), holder, "", testPIN, s.serial); errs.CodeOf(err) != "card_replaced_before" {
		t.Errorf("replaced twice: %v", err)
	}
	second, _, err := s.block.IssueCard(t.Context(), holder, "W0000004", testPIN, "")
	if err != nil || second.Replaces != "" {
		t.Errorf("a second card: %v", err)
	}
}

func (s *stage) certificate(serial string) (der []byte, chip *cardproto.Card) {
	s.t.Helper()
	issued, err := s.block.authority.Issue("x", serial, testPIN, s.clock.Now(), cardproto.Expiry(s.clock.Now()))
	if err != nil {
		s.t.Fatal(err)
	}
	state, err := cardproto.ParseState(issued.State)
	if err != nil {
		s.t.Fatal(err)
	}
	if chip, err = cardproto.NewCard(state, func(cardproto.State) error { return nil }); err != nil {
		s.t.Fatal(err)
	}
	return state.Card, chip
}

func (s *stage) importFeed(events ...map[string]any) (Imported, error) {
	s.t.Helper()
	data, err := json.Marshal(map[string]any{"issuer": "test", "events": events})
	if err != nil {
		s.t.Fatal(err)
	}
	f, err := card.ParseFeed(data)
	if err != nil {
		return Imported{}, err
	}
	return s.block.Import(s.t.Context(), f)
}

// A person whose card the installation did not issue itself can enter by the issuer's announcement, and a renewed card replaces it.
func TestTheIssuersFileEnrolsReplacesAndRevokes(t *testing.T) {
	s := newStage(t)
	at := func(d time.Duration) string { return s.clock.Now().Add(d).UTC().Format(time.RFC3339) }
	holder := map[string]any{
		"national_number": "EE12345", "given_ar": "مريم", "family_ar": "العلوي", "given_fr": "Meryem", "family_fr": "Alaoui", "born": "1995-02-03",
	}
	first, chip1 := s.certificate("F0000001")
	second, chip2 := s.certificate("F0000002")
	enrol := map[string]any{"serial": "F0000001", "status": "active", "at": at(-time.Hour), "holder": holder, "certificate": base64.StdEncoding.EncodeToString(first)}
	renew := map[string]any{
		"serial": "F0000002", "status": "active", "at": at(-time.Minute), "holder": holder, "certificate": base64.StdEncoding.EncodeToString(second), "replaces": "F0000001",
	}
	if done, err := s.importFeed(enrol); err != nil || done != (Imported{Enrolled: 1}) {
		t.Fatalf("%+v %v", done, err)
	}
	if b := s.browser().get("/fr/account").useCard(chip1, testPIN); b.at.Path != "/fr/account" || !strings.Contains(b.body, "Meryem Alaoui") {
		t.Fatalf("the announced card: %s", b.at)
	}
	if done, err := s.importFeed(enrol, renew); err != nil || done != (Imported{Enrolled: 1, Same: 1}) {
		t.Fatalf("%+v %v", done, err)
	}
	if b := s.browser().get("/fr/account").useCard(chip1, testPIN); b.status != http.StatusForbidden {
		t.Errorf("the replaced card: %d", b.status)
	}
	if b := s.browser().get("/fr/account").useCard(chip2, testPIN); b.at.Path != "/fr/account" {
		t.Errorf("the renewed card: %s", b.at)
	}
	entries := func() (n int) {
		if err := s.block.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE act LIKE 'card.%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := entries()
	if done, err := s.importFeed(enrol, renew); err != nil || done.Enrolled+done.Changed != 0 || entries() != was {
		t.Errorf("the same file again: %+v %v, %d new entries", done, err, entries()-was)
	}
	// Announcements that arrive in the wrong order: a revocation counts, an older suspension does not.
	older := map[string]any{"serial": "F0000002", "status": "suspended", "reason": "lost", "at": at(-time.Hour)}
	if done, err := s.importFeed(older); err != nil || done != (Imported{Older: 1}) {
		t.Errorf("an older suspension: %+v %v", done, err)
	}
	revoked := map[string]any{"serial": "F0000002", "status": "revoked", "reason": "deceased", "at": at(-2 * time.Hour)}
	if done, err := s.importFeed(revoked); err != nil || done != (Imported{Changed: 1}) {
		t.Errorf("an older revocation: %+v %v", done, err)
	}
	if _, err := s.importFeed(map[string]any{"serial": "F0000002", "status": "active", "at": at(0)}); errs.CodeOf(err) != "card_revoked_for_good" {
		t.Errorf("a revoked card becomes active: %v", err)
	}
}

func TestAFileWithOneWrongAnnouncementChangesNothing(t *testing.T) {
	s := newStage(t)
	at := s.clock.Now().Add(-time.Second).UTC().Format(time.RFC3339)
	good := map[string]any{"serial": s.serial, "status": "revoked", "reason": "lost", "at": at}
	der, _ := s.certificate("F0000001")
	strange, err := card.NewAuthority(s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	holder := map[string]any{"national_number": "EE12345", "given_ar": "م", "family_ar": "ع", "given_fr": "M", "family_fr": "A", "born": "1995-02-03"}
	enrol := func(der []byte, change map[string]any) map[string]any {
		e := map[string]any{"serial": "F0000001", "status": "active", "at": at, "holder": holder, "certificate": base64.StdEncoding.EncodeToString(der)}
		for k, v := range change {
			e[k] = v
		}
		return e
	}
	for name, bad := range map[string]map[string]any{
		"a card nobody knows":            {"serial": "W9999999", "status": "revoked", "reason": "lost", "at": at},
		"a state nobody knows":           {"serial": s.serial, "status": "blocked", "reason": "lost", "at": at},
		"a reason nobody knows":          {"serial": s.serial, "status": "revoked", "reason": "other", "at": at},
		"no reason":                      {"serial": s.serial, "status": "suspended", "at": at},
		"a reason without a block":       {"serial": s.serial, "status": "active", "reason": "lost", "at": at},
		"the future":                     {"serial": s.serial, "status": "revoked", "reason": "lost", "at": s.clock.Now().Add(time.Hour).Format(time.RFC3339)},
		"no date":                        {"serial": s.serial, "status": "revoked", "reason": "lost"},
		"a member nobody reads":          {"serial": s.serial, "status": "revoked", "reason": "lost", "at": at, "note": "x"},
		"a number with U+0000":           {"serial": "W00\x0000", "status": "revoked", "reason": "lost", "at": at},
		"a holder without a card":        enrol(nil, map[string]any{"certificate": ""}),
		"a certificate of a stranger":    enrol(strange.Cert.Raw, nil),
		"a certificate of the authority": enrol(s.block.authority.Cert.Raw, nil),
		"rubbish for a certificate":      enrol([]byte("x"), nil),
		"a person not born yet":          enrol(der, map[string]any{"holder": map[string]any{"national_number": "EE12345", "given_ar": "م", "family_ar": "ع", "given_fr": "M", "family_fr": "A", "born": "2090-02-03"}}),
		"another's printed number":       enrol(der, map[string]any{"serial": s.serial}),
		"in the place of another's card": enrol(der, map[string]any{"replaces": s.serial}),
	} {
		if done, err := s.importFeed(good, bad); err == nil || done != (Imported{}) {
			t.Errorf("%s: %+v %v", name, done, err)
		}
		if c, err := s.block.Card(t.Context(), s.serial); err != nil || c.Status != card.StatusActive {
			t.Fatalf("%s: the first announcement was taken: %v %v", name, c.Status, err)
		}
	}
}

// A relying party of our making whose check of the logout token is coreos/go-oidc's, not ours.
func TestAPartnerIsToldThatASessionIsOver(t *testing.T) {
	s := newStage(t)
	var mu sync.Mutex
	var tokens []string
	refuse := 1 // the first call finds the partner in trouble
	party := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if refuse > 0 {
			refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		tokens = append(tokens, r.PostFormValue("logout_token"))
	}))
	t.Cleanup(party.Close)
	c := s.rp.client
	c.LogoutURI = party.URL + "/ended"
	if err := s.block.RegisterClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	deaf := s.register("bank", "bank") // did not ask to be told
	b := s.browser().authorize(s.rp, s.rp.push(params())).useCard(s.chip, testPIN).agree()
	_, out := s.rp.redeem(b.answered("code"), nil)
	idToken, err := s.block.readIDToken(t.Context(), out["id_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	b.authorize(deaf, deaf.push(params())).agree()
	deaf.redeem(b.answered("code"), nil)
	s.card(card.StatusSuspended, card.Stolen)
	told := func() int { mu.Lock(); defer mu.Unlock(); return len(tokens) }
	jobstest.Until(t, s.block.jobs, func() bool { s.clock.Advance(2 * time.Second); return told() == 1 })

	ctx := context.WithoutCancel(t.Context())
	provider, err := gooidc.NewProvider(ctx, s.url)
	if err != nil {
		t.Fatal(err)
	}
	judge := provider.Verifier(&gooidc.Config{ClientID: c.ID, SupportedSigningAlgs: []string{"ES256"}, Now: s.clock.Now})
	token, err := judge.Verify(ctx, tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Session string                    `json:"sid"`
		ID      string                    `json:"jti"`
		Nonce   *string                   `json:"nonce"`
		Events  map[string]map[string]any `json:"events"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	event, ok := claims.Events["http://schemas.openid.net/event/backchannel-logout"]
	if token.Subject != idToken.Subject || claims.Session != idToken.Session || claims.ID == "" || claims.Nonce != nil || !ok || len(event) != 0 {
		t.Errorf("%+v of %s, told the ID token's %s", claims, token.Subject, idToken.Session)
	}
	header, _ := base64.RawURLEncoding.DecodeString(strings.SplitN(tokens[0], ".", 2)[0])
	if !strings.Contains(string(header), `"typ":"logout+jwt"`) {
		t.Errorf("header %s", header)
	}
	var discovery struct {
		Logout  bool `json:"backchannel_logout_supported"`
		Session bool `json:"backchannel_logout_session_supported"`
	}
	if err := provider.Claims(&discovery); err != nil || !discovery.Logout || !discovery.Session {
		t.Errorf("metadata %+v %v", discovery, err)
	}
}
