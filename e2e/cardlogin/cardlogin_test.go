package cardlogin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"wasl/connector"
	"wasl/custody"
	"wasl/e2e/actor"
	"wasl/identity"
	"wasl/identity/oidc"
	"wasl/kit/block"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/pcsc"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/peers/card"
)

const pin = "123456"

type world struct {
	issuer, callback string
	key              *ecdsa.PrivateKey
	clock            clock.Clock
	stateFile        string
	reader           *pcsc.VPCD
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.System(nil)}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	cluster, keys, dir := pgtest.Cluster(t), tokens.ForTest(t, "identity", "custody"), t.TempDir()
	deps := func(name string) block.Deps {
		return block.Deps{Name: name, Log: log, Clock: w.clock, Cluster: cluster, Conns: 4, Keys: keys[name], Dir: filepath.Join(dir, name)}
	}
	keeper, err := custody.New(t.Context(), custody.Config{Origin: "test.example/log"}, deps("custody"))
	if err != nil {
		t.Fatal(err)
	}

	front := httptest.NewUnstartedServer(nil)
	desk := httptest.NewUnstartedServer(nil)
	party := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("relying party")) }))
	t.Cleanup(party.Close)
	w.issuer, w.callback = "http://"+front.Listener.Addr().String(), party.URL+"/callback"

	d := deps("identity")
	d.IdentityURL, d.PortalURL = w.issuer, party.URL
	d.Peer = func(string) *wire.Client {
		return wire.New("http://custody", "custody", wire.Memory(keeper.Handler()), keys["identity"])
	}
	id, err := identity.New(t.Context(), identity.Config{Connector: "http://" + desk.Listener.Addr().String()}, d)
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = httpx.Middleware(log, id.Handler())
	front.Start()
	t.Cleanup(front.Close)
	run(t, keeper.Run)
	run(t, id.Run)

	if w.reader, err = pcsc.ListenVPCD("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.reader.Close() })
	local, err := connector.New(connector.Config{Origins: []string{w.issuer}, Reader: w.reader, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	desk.Config.Handler = local.Handler()
	desk.Start()
	t.Cleanup(desk.Close)

	w.register(t, id)
	w.enrol(t, id, dir)
	return w
}

func run(t *testing.T, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (w *world) register(t *testing.T, id *identity.Block) {
	t.Helper()
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	c := oidc.Client{
		ID: "party", Sector: "party", Name: i18n.Text{"ar": "بنك", "fr": "Banque", "zgh": "ⴰⴱⴰⵏⴽ", "en": "Bank"}, RedirectURIs: []string{w.callback},
		Keys:   jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: w.key.Public(), KeyID: "k"}}},
		Scopes: []string{"openid"}, Levels: []oidc.Level{oidc.High}, Required: []oidc.Attribute{oidc.Name}, Optional: []oidc.Attribute{oidc.Email},
	}
	if err := id.RegisterClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func (w *world) enrol(t *testing.T, id *identity.Block, dir string) {
	t.Helper()
	_, state, err := id.Enrol(t.Context(), identity.NewPerson{
		NationalNumber: "AB123456", GivenAr: "فاطمة", FamilyAr: "العلوي", GivenFr: "Fatima", FamilyFr: "Alaoui",
		Born: civil.MustParse("1990-05-12"), Email: "fatima@example.ma", PIN: pin,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.stateFile = filepath.Join(dir, "card.json")
	if err := os.WriteFile(w.stateFile, state, 0o600); err != nil {
		t.Fatal(err)
	}
}

// insert plugs the card in and waits until the reader sees it.
func (w *world) insert(t *testing.T) {
	t.Helper()
	run(t, func(ctx context.Context) error {
		return card.Run(ctx, card.Config{Addr: w.reader.Addr(), StateFile: w.stateFile})
	})
	for range 200 {
		if _, err := pcsc.First(t.Context(), w.reader); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the reader sees no card")
}

func (w *world) assertion(t *testing.T) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: w.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now()
	raw, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": "party", "sub": "party", "aud": w.issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// begin pushes the request that conf would make and opens the login page.
func (w *world) begin(t *testing.T, conf oauth2.Config, pkce string, b *actor.Browser) *actor.Page {
	t.Helper()
	full, err := url.Parse(conf.AuthCodeURL("st", gooidc.Nonce("no"), oauth2.S256ChallengeOption(pkce),
		oauth2.SetAuthURLParam("claims", `{"userinfo":{"name":null,"email":null}}`), oauth2.SetAuthURLParam("ui_locales", "ar")))
	if err != nil {
		t.Fatal(err)
	}
	form := full.Query()
	form.Set("client_assertion_type", oidc.AssertionType)
	form.Set("client_assertion", w.assertion(t))
	resp, err := http.PostForm(w.issuer+"/par", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&pushed); err != nil || pushed.URI == "" {
		t.Fatalf("par: %d %v", resp.StatusCode, err)
	}
	return must(t)(b.Open(t.Context(), w.issuer+"/authorize?"+url.Values{"client_id": {"party"}, "request_uri": {pushed.URI}}.Encode()))
}

func must(t *testing.T) func(*actor.Page, error) *actor.Page {
	return func(p *actor.Page, err error) *actor.Page {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// toPIN goes from the login page to the connector's PIN page.
func toPIN(t *testing.T, page *actor.Page) *actor.Page {
	t.Helper()
	page = must(t)(page.Follow(t.Context(), "/card"))
	form, err := page.Form("nonce")
	if err != nil {
		t.Fatal(err)
	}
	return must(t)(form.Submit(t.Context()))
}

func typePIN(t *testing.T, page *actor.Page, pin string) *actor.Page {
	t.Helper()
	form, err := page.Form("pin")
	if err != nil {
		t.Fatal(err)
	}
	return must(t)(form.Set("pin", pin).Submit(t.Context()))
}

func TestLoginByCard(t *testing.T) {
	w := newWorld(t)
	t.Run("over every wire, twice", func(t *testing.T) { logsIn(t, w) })
	t.Run("three wrong PINs block the card for good", func(t *testing.T) { blocks(t, w) })
}

func logsIn(t *testing.T, w *world) {
	ctx := context.WithoutCancel(t.Context())
	provider, err := gooidc.NewProvider(ctx, w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	conf := oauth2.Config{ClientID: "party", Endpoint: endpoint, RedirectURL: w.callback, Scopes: []string{"openid"}}
	pkce, browser := oauth2.GenerateVerifier(), actor.New("ar")

	page := toPIN(t, w.begin(t, conf, pkce, browser))
	if !strings.Contains(page.Text(), "لا توجد بطاقة في القارئ") {
		t.Fatalf("an empty reader is not named: %s", page.Text())
	}
	w.insert(t)
	page = typePIN(t, must(t)(page.Reload(ctx)), "000000")
	if !strings.Contains(page.Text(), "بقيت محاولتان") {
		t.Fatalf("tries left are not shown: %s", page.Text())
	}
	page = typePIN(t, page, pin)
	form, err := page.FormTo("/consent")
	if err != nil {
		t.Fatalf("%v: %s", err, page.Text())
	}
	page = must(t)(form.Set("share", "email").Submit(ctx))
	answer := page.URL.Query()
	if answer.Get("state") != "st" || answer.Get("iss") != w.issuer {
		t.Fatalf("answer %s", page.URL)
	}
	token, err := conf.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(pkce),
		oauth2.SetAuthURLParam("client_assertion_type", oidc.AssertionType), oauth2.SetAuthURLParam("client_assertion", w.assertion(t)))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&gooidc.Config{ClientID: "party", SupportedSigningAlgs: []string{"ES256"}}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != idToken.Subject || info.Email != "fatima@example.ma" {
		t.Fatalf("userinfo: %v", err)
	}

	// A second log-in in another browser: consent stands, so it ends at the relying party by itself.
	page = typePIN(t, toPIN(t, w.begin(t, conf, pkce, actor.New("fr"))), pin)
	if page.URL.Query().Get("code") == "" {
		t.Fatalf("second log-in: %s", page.URL)
	}
}

func blocks(t *testing.T, w *world) {
	conf := oauth2.Config{ClientID: "party", Endpoint: oauth2.Endpoint{AuthURL: w.issuer + "/authorize"}, RedirectURL: w.callback, Scopes: []string{"openid"}}
	w.insert(t)
	page := toPIN(t, w.begin(t, conf, oauth2.GenerateVerifier(), actor.New("ar")))
	for range 3 {
		page = typePIN(t, page, "999999")
	}
	if _, err := page.Form("pin"); err == nil || !strings.Contains(page.Text(), "البطاقة محجوزة") {
		t.Fatalf("not blocked: %s", page.Text())
	}
	form, err := page.FormTo("/cancel")
	if err != nil {
		t.Fatal(err)
	}
	page = must(t)(form.Submit(t.Context()))
	if page.Status != http.StatusForbidden || !strings.Contains(page.Text(), "البطاقة محجوزة") {
		t.Fatalf("identity does not say so: %d %s", page.Status, page.Text())
	}
}
