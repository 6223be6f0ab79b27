package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/block"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

// stage is identity on a real port, with a custody of its own, a relying party, a citizen with a card, and the clock in hand.
type stage struct {
	t      testing.TB
	block  *Block
	deps   block.Deps
	url    string
	clock  *clock.Fake
	keys   map[string]*tokens.Keyring
	person Person
	chip   *cardproto.Card
	serial string
	rp     *relyingParty
	log    lockedLog
}

// card puts the first citizen's card into a state.
func (s *stage) card(status card.Status, cause card.Cause) {
	s.t.Helper()
	s.clock.Advance(time.Second)
	if _, err := s.block.SetCard(s.t.Context(), s.serial, card.Standing{Status: status, Cause: cause, Since: s.clock.Now()}); err != nil {
		s.t.Fatal(err)
	}
}

const testPIN = "123456"

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{t: t, clock: clock.On("2026-09-01"), keys: tokens.ForTest(t, "identity", "custody", "exchange", "governance", "casework"), serial: "W0000001"}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &s.log), &slog.HandlerOptions{Level: slog.LevelInfo}))
	srv := httptest.NewUnstartedServer(nil)
	s.url = "http://" + srv.Listener.Addr().String()
	custody := wire.New("http://custody", "custody", wire.Memory(fakeCustody()), s.keys["identity"])
	s.deps = block.Deps{
		Name: "identity", Log: log, Clock: s.clock, Cluster: pgtest.Cluster(t), Conns: 8,
		Keys: s.keys["identity"], Dir: t.TempDir(), Peer: func(string) *wire.Client { return custody },
		PortalURL: "http://localhost:8080", IdentityURL: s.url,
	}
	s.restart()
	srv.Config.Handler = httpx.Middleware(log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.block.Handler().ServeHTTP(w, r) }))
	srv.Start()
	t.Cleanup(srv.Close)
	s.rp = s.register("portal", "portal")
	s.person, s.chip = s.enrol("AB123456", s.serial)
	return s
}

// restart leaves nothing of identity but its rows and files.
func (s *stage) restart() {
	s.t.Helper()
	b, err := New(s.t.Context(), Config{}, s.deps)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(b.db.Close)
	s.block = b
}

// fakeCustody wraps keys by remembering them.
func fakeCustody() http.Handler {
	type body struct {
		Key, AAD, Blob []byte
		KeyID          string `json:"key_id"`
	}
	var mu sync.Mutex
	kept := map[string]body{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/keys/identity/{do}", func(w http.ResponseWriter, r *http.Request) {
		var in body
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(400)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if r.PathValue("do") == "wrap" {
			blob := rand.Text()
			kept[blob] = in
			json.NewEncoder(w).Encode(map[string]any{"key_id": "kek-1", "blob": []byte(blob)})
			return
		}
		was, ok := kept[string(in.Blob)]
		if !ok || string(was.AAD) != string(in.AAD) {
			w.WriteHeader(422)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"key": was.Key})
	})
	return mux
}

func (s *stage) enrol(number, serial string) (Person, *cardproto.Card) {
	s.t.Helper()
	p, state, err := s.block.Enrol(s.t.Context(), NewPerson{
		NationalNumber: number, GivenAr: "فاطمة", FamilyAr: "العلوي", GivenFr: "Fatima", FamilyFr: "Alaoui",
		Born: civil.MustParse("1990-05-12"), Email: "fatima@example.ma", PIN: testPIN, CardSerial: serial,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	parsed, err := cardproto.ParseState(state)
	if err != nil {
		s.t.Fatal(err)
	}
	chip, err := cardproto.NewCard(parsed, func(cardproto.State) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	return p, chip
}

// relyingParty is one that holds its key and does as it is told.
type relyingParty struct {
	s      *stage
	client oidc.Client
	key    *ecdsa.PrivateKey
}

const callback = "http://localhost:8080/login/callback"

func (s *stage) register(id, sector string) *relyingParty {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	name := i18n.Text{}
	for _, l := range i18n.Langs {
		name[l] = "Partner " + id
	}
	c := oidc.Client{
		ID: id, Name: name, Sector: sector, RedirectURIs: []string{callback}, PostLogoutURIs: []string{"http://localhost:8080/"},
		Keys:   jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}},
		Scopes: []string{"openid", "profile", "email"}, Levels: oidc.Levels, Required: []oidc.Attribute{oidc.Name},
		Optional: []oidc.Attribute{oidc.Birthdate, oidc.Email},
	}
	if err := s.block.RegisterClient(s.t.Context(), c); err != nil {
		s.t.Fatal(err)
	}
	return &relyingParty{s: s, client: c, key: key}
}

// assertion signs a client assertion; change may spoil it.
func (p *relyingParty) assertion(change func(map[string]any)) string {
	p.s.t.Helper()
	now := p.s.clock.Now()
	claims := map[string]any{
		"iss": p.client.ID, "sub": p.client.ID, "aud": p.s.url, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	if change != nil {
		change(claims)
	}
	return sign(p.s.t, jose.ES256, p.key, claims)
}

func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const verifier = "a-code-verifier-of-forty-three-characters-or-more"

// params are those of a good request.
func params() url.Values {
	return url.Values{
		"response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile email"}, "state": {"st"}, "nonce": {"no"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(hash(verifier))}, "code_challenge_method": {"S256"}, "ui_locales": {"fr"},
	}
}

// post sends a form with a client assertion and decodes the JSON answer.
func (p *relyingParty) post(path string, form url.Values, assertion string) (int, map[string]any) {
	p.s.t.Helper()
	form = maps.Clone(form)
	form.Set("client_assertion_type", oidc.AssertionType)
	form.Set("client_assertion", assertion)
	resp, err := http.PostForm(p.s.url+path, form)
	if err != nil {
		p.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out
}

// push sends a request that must be accepted.
func (p *relyingParty) push(form url.Values) string {
	p.s.t.Helper()
	status, out := p.post("/par", form, p.assertion(nil))
	if status != http.StatusCreated {
		p.s.t.Fatalf("par: %d %v", status, out)
	}
	return out["request_uri"].(string)
}

func (p *relyingParty) redeem(code string, change func(url.Values)) (int, map[string]any) {
	p.s.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	if change != nil {
		change(form)
	}
	return p.post("/token", form, p.assertion(nil))
}

// browser is a person's browser: cookies, redirects, forms with the headers browsers send. It stops at the relying party.
type browser struct {
	s      *stage
	client *http.Client
	at     *url.URL // the page shown, or the callback reached
	status int
	body   string
	header http.Header
}

func (s *stage) browser() *browser {
	jar, _ := cookiejar.New(nil)
	b := &browser{s: s}
	b.client = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost:8080" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

func (b *browser) do(r *http.Request) *browser {
	b.s.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	b.at, b.status, b.body, b.header = resp.Request.URL, resp.StatusCode, html.UnescapeString(string(text)), resp.Header
	if l, err := resp.Location(); err == nil {
		b.at = l
	}
	if next, ok := strings.CutPrefix(resp.Header.Get("Refresh"), "0; url="); ok {
		return b.get(next)
	}
	return b
}

func (b *browser) get(path string) *browser {
	b.s.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.s.url + path
	}
	r, _ := http.NewRequest(http.MethodGet, path, nil)
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) *browser {
	b.s.t.Helper()
	r, _ := http.NewRequest(http.MethodPost, b.s.url+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.s.url)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func (b *browser) authorize(p *relyingParty, uri string) *browser {
	b.s.t.Helper()
	return b.get("/authorize?" + url.Values{"client_id": {p.client.ID}, "request_uri": {uri}}.Encode())
}

func (b *browser) field(name string) string {
	b.s.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(b.body)
	if m == nil {
		b.s.t.Fatalf("no field %s on %s (%d):\n%s", name, b.at, b.status, b.body)
	}
	return m[1]
}

// useCard plays the connector: it opens the card page, lets the card answer and follows the way back.
func (b *browser) useCard(chip *cardproto.Card, pin string) *browser {
	b.s.t.Helper()
	b.get(b.at.Path + "/card")
	back := b.field("return")
	_, ticket := b.s.answer(b.s.cardAnswer(chip, pin, b.field("nonce")))
	return b.get(back + "?ticket=" + ticket)
}

func (s *stage) cardAnswer(chip *cardproto.Card, pin, nonce string) cardproto.Answer {
	s.t.Helper()
	chip.Reset()
	session, err := cardproto.Open(func(apdu []byte) ([]byte, error) { return chip.Transmit(apdu), nil })
	if err != nil {
		s.t.Fatal(err)
	}
	a := cardproto.Answer{Nonce: nonce}
	if a.Certificates, err = session.Certificates(); err != nil {
		s.t.Fatal(err)
	}
	if err := session.Verify(pin); err != nil {
		return cardproto.Answer{Nonce: nonce, Failure: cardproto.FailureBlocked}
	}
	if a.Signature, err = session.Sign(cardproto.Digest(s.url, nonce)); err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *stage) answer(a cardproto.Answer) (status int, ticket string) {
	s.t.Helper()
	body, _ := json.Marshal(a)
	resp, err := http.Post(s.url+"/login/card/answers", "application/json", strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var receipt cardproto.Receipt
	_ = json.NewDecoder(resp.Body).Decode(&receipt)
	return resp.StatusCode, receipt.Ticket
}

// agree sends the consent form with these boxes ticked.
func (b *browser) agree(ticked ...string) *browser {
	b.s.t.Helper()
	if !strings.HasSuffix(b.at.Path, "/consent") {
		b.s.t.Fatalf("not at the consent page but %s (%d)\n%s", b.at, b.status, b.body)
	}
	return b.post(b.at.Path, url.Values{"share": ticked})
}

// answered returns a parameter with which the relying party was called back.
func (b *browser) answered(name string) string {
	b.s.t.Helper()
	if b.at.Host != "localhost:8080" {
		b.s.t.Fatalf("not at the relying party but %s (%d)\n%s", b.at, b.status, b.body)
	}
	return b.at.Query().Get(name)
}

// code logs a fresh browser in by card and returns the code; consent is asked the first time only.
func (s *stage) code(form url.Values) string {
	s.t.Helper()
	b := s.browser().authorize(s.rp, s.rp.push(form)).useCard(s.chip, testPIN)
	if b.at.Host != "localhost:8080" {
		b.agree("email")
	}
	return b.answered("code")
}
