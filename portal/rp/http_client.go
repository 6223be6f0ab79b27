package rp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/errs"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxAnswer     = 256 << 10
	metadataLife  = 10 * time.Minute
	keysLife      = 5 * time.Minute
	keysPause     = 10 * time.Second // between two fetches for a key that is not there
)

// Client is a relying party of one provider. It is safe for concurrent use.
type Client struct {
	Issuer   string
	ID       string
	Redirect string // redirect_uri
	Key      Key
	HTTP     *http.Client
	Now      func() time.Time

	mu       sync.Mutex
	metadata Metadata
	read     time.Time // of the metadata
	keys     jose.JSONWebKeySet
	fetched  time.Time // of the keys
}

// Person is who signed in, and how surely.
type Person struct {
	Claims
	NameAr, NameFr string
	IDToken        string
}

// Begin pushes the request and returns the address to send the browser to.
func (c *Client) Begin(ctx context.Context, a Attempt, lang string) (string, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	var pushed struct {
		RequestURI string `json:"request_uri"`
	}
	if err := c.post(ctx, m.PAR, a.parameters(c.ID, c.Redirect, lang), &pushed); err != nil {
		return "", err
	}
	if pushed.RequestURI == "" {
		return "", fmt.Errorf("%w: no request_uri", ErrRefused)
	}
	return m.Authorization + "?" + url.Values{"client_id": {c.ID}, "request_uri": {pushed.RequestURI}}.Encode(), nil
}

// Finish turns the answer that the browser brought back into a person.
func (c *Client) Finish(ctx context.Context, a Attempt, answer url.Values) (Person, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	if err := checkAnswer(answer, c.Issuer, a); err != nil {
		return Person{}, err
	}
	var tokens struct {
		ID     string `json:"id_token"`
		Access string `json:"access_token"`
		Type   string `json:"token_type"`
	}
	err = c.post(ctx, m.Token, url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {c.Redirect}, "code_verifier": {a.Verifier},
	}, &tokens)
	if err != nil {
		return Person{}, err
	}
	if !strings.EqualFold(tokens.Type, "Bearer") {
		return Person{}, fmt.Errorf("%w: token type", ErrRefused)
	}
	claims, err := c.verify(ctx, m, expected{c.Issuer, c.ID, a.Nonce, tokens.Access}, tokens.ID)
	if err != nil {
		return Person{}, err
	}
	p := Person{Claims: claims, IDToken: tokens.ID}
	err = c.userinfo(ctx, m, tokens.Access, &p)
	return p, err
}

// verify checks the ID token, once more with fresh keys if its key is not
// among those known: providers rotate.
func (c *Client) verify(ctx context.Context, m Metadata, e expected, raw string) (Claims, error) {
	keys, err := c.keySet(ctx, m, keysLife)
	if err != nil {
		return Claims{}, err
	}
	claims, err := e.verify(raw, keys, c.Now())
	if err == nil {
		return claims, nil
	}
	if keys, err = c.keySet(ctx, m, keysPause); err != nil {
		return Claims{}, err
	}
	return e.verify(raw, keys, c.Now())
}

func (c *Client) userinfo(ctx context.Context, m Metadata, access string, p *Person) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.Userinfo, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	var info struct {
		Subject string `json:"sub"`
		Name    string `json:"name"`
		NameAr  string `json:"name#ar"`
		NameFr  string `json:"name#fr"`
	}
	if err := c.do(req, &info); err != nil {
		return err
	}
	if info.Subject != p.Subject { // Core, 5.3.2: or another person's attributes could be swapped in
		return fmt.Errorf("%w: userinfo of another subject", ErrRefused)
	}
	p.NameAr, p.NameFr = info.NameAr, info.NameFr
	if p.NameFr == "" {
		p.NameFr = info.Name
	}
	return nil
}

// Logout checks a logout token that somebody posted (Back-Channel Logout, 2.6).
func (c *Client) Logout(ctx context.Context, raw string) (Logout, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return Logout{}, err
	}
	keys, err := c.keySet(ctx, m, keysLife)
	if err != nil {
		return Logout{}, err
	}
	l, err := verifyLogout(raw, c.Issuer, c.ID, keys, c.Now())
	if err == nil {
		return l, nil
	}
	if keys, err = c.keySet(ctx, m, keysPause); err != nil { // providers rotate
		return Logout{}, err
	}
	return verifyLogout(raw, c.Issuer, c.ID, keys, c.Now())
}

// SignOut returns the address that ends the session at the provider and leads
// back (OpenID Connect RP-Initiated Logout 1.0).
func (c *Client) SignOut(ctx context.Context, idToken, back string) (string, error) {
	m, err := c.discover(ctx)
	if err != nil || m.EndSession == "" {
		return back, err
	}
	return m.EndSession + "?" + url.Values{
		"id_token_hint": {idToken}, "client_id": {c.ID}, "post_logout_redirect_uri": {back},
	}.Encode(), nil
}

func (c *Client) discover(ctx context.Context) (Metadata, error) {
	c.mu.Lock()
	m, fresh := c.metadata, c.Now().Sub(c.read) < metadataLife
	c.mu.Unlock()
	if fresh && m.Issuer != "" {
		return m, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return m, err
	}
	m = Metadata{}
	if err := c.do(req, &m); err != nil {
		return m, err
	}
	if err := m.Check(c.Issuer); err != nil {
		return m, err
	}
	c.mu.Lock()
	c.metadata, c.read = m, c.Now()
	c.mu.Unlock()
	return m, nil
}

func (c *Client) keySet(ctx context.Context, m Metadata, life time.Duration) (jose.JSONWebKeySet, error) {
	c.mu.Lock()
	keys, fresh := c.keys, c.Now().Sub(c.fetched) < life
	c.mu.Unlock()
	if fresh {
		return keys, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.JWKS, nil)
	if err != nil {
		return keys, err
	}
	keys = jose.JSONWebKeySet{}
	if err := c.do(req, &keys); err != nil {
		return keys, err
	}
	c.mu.Lock()
	c.keys, c.fetched = keys, c.Now()
	c.mu.Unlock()
	return keys, nil
}

// post sends a form with the client's assertion.
func (c *Client) post(ctx context.Context, endpoint string, form url.Values, out any) error {
	assertion, err := c.Key.assertion(c.ID, c.Issuer, c.Now())
	if err != nil {
		return fmt.Errorf("rp: assertion: %w", err)
	}
	form.Set("client_id", c.ID)
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", assertion)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(req, out)
}

// do reads a JSON answer. What the provider says of an error is for the log.
func (c *Client) do(req *http.Request, out any) error {
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return errs.New(errs.Unavailable, "identity_unavailable").Cause(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return errs.New(errs.Unavailable, "identity_unavailable").Cause(err)
	}
	if resp.StatusCode >= 500 {
		return errs.New(errs.Unavailable, "identity_unavailable").Cause(fmt.Errorf("rp: %s answers %d", req.URL.Path, resp.StatusCode))
	}
	if resp.StatusCode >= 300 {
		var fault struct {
			Code string `json:"error"`
			Why  string `json:"error_description"`
		}
		json.Unmarshal(body, &fault)
		return fmt.Errorf("%w: %s answers %d %q %q", ErrRefused, req.URL.Path, resp.StatusCode, fault.Code, fault.Why)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrRefused, req.URL.Path, err)
	}
	return nil
}
