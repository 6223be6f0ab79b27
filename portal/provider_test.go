package portal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func newJar() http.CookieJar {
	jar, _ := cookiejar.New(nil)
	return jar
}

// provider is an OpenID provider that signs everybody in at once and can be
// told to lie.
type provider struct {
	t        *testing.T
	url      string
	redirect string
	keys     jose.JSONWebKeySet // of the client
	key      *ecdsa.PrivateKey
	pushed   url.Values
	claims   func(map[string]any) // change the ID token
	answer   func(url.Values)     // change the authorization response
	info     func(map[string]any) // change userinfo
	signing  jose.SignatureAlgorithm
	ended    url.Values
}

func newProvider(t *testing.T, redirect string) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, redirect: redirect, key: key, signing: jose.ES256}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{
			"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token",
			"userinfo_endpoint": p.url + "/userinfo", "jwks_uri": p.url + "/jwks", "end_session_endpoint": p.url + "/logout",
			"pushed_authorization_request_endpoint": p.url + "/par", "code_challenge_methods_supported": []string{"S256"},
			"authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1"}}})
	})
	mux.HandleFunc("POST /par", p.par)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		p.ended = r.URL.Query()
		http.Redirect(w, r, p.ended.Get("post_logout_redirect_uri"), http.StatusSeeOther)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// authenticate checks the client assertion as identity does.
func (p *provider) authenticate(form url.Values) bool {
	token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return false
	}
	var claims jwt.Claims
	if err := token.Claims(p.keys, &claims); err != nil {
		return false
	}
	return claims.Issuer == "wasl-portal" && claims.Subject == "wasl-portal" && claims.Audience.Contains(p.url) && claims.ID != ""
}

func (p *provider) par(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	if !p.authenticate(r.PostForm) || r.PostForm.Get("code_challenge_method") != "S256" {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	p.pushed = r.PostForm
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(map[string]any{"request_uri": "urn:x:1", "expires_in": 60})
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	answer := url.Values{"code": {"c0de"}, "state": {p.pushed.Get("state")}, "iss": {p.url}}
	if p.answer != nil {
		p.answer(answer)
	}
	http.Redirect(w, r, p.redirect+"?"+answer.Encode(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !p.authenticate(r.PostForm) || base64.RawURLEncoding.EncodeToString(sum[:]) != p.pushed.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": p.url, "sub": "person-1", "aud": "wasl-portal", "exp": nine.Unix() + 300, "iat": nine.Unix(), "nonce": p.pushed.Get("nonce"),
		"acr": "urn:wasl:acr:high", "amr": []string{"sc", "pin"}, "sid": "s1",
	}
	if p.claims != nil {
		p.claims(claims)
	}
	key := jose.SigningKey{Algorithm: p.signing, Key: jose.JSONWebKey{Key: p.key, KeyID: "k1"}}
	if p.signing == jose.HS256 {
		key.Key = []byte("0123456789abcdef0123456789abcdef")
	}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		p.t.Fatal(err)
	}
	json.NewEncoder(w).Encode(map[string]any{"id_token": raw, "access_token": "a1", "token_type": "Bearer", "expires_in": 60})
}

// logoutToken says that the session s1 of person-1 is over; change may spoil it.
func (p *provider) logoutToken(typ string, change func(map[string]any)) string {
	p.t.Helper()
	claims := map[string]any{
		"iss": p.url, "sub": "person-1", "aud": "wasl-portal", "iat": nine.Unix(), "exp": nine.Unix() + 120, "jti": rand.Text(), "sid": "s1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if change != nil {
		change(claims)
	}
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k1"}}, opts)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	info := map[string]any{"sub": "person-1", "name": "Fatima Zahra Alaoui", "name#ar": "فاطمة الزهراء العلوي"}
	if p.info != nil {
		p.info(info)
	}
	json.NewEncoder(w).Encode(info)
}
