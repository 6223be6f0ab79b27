package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/httpx"
)

func (b *Block) metadata(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, oidc.Describe(b.issuer))
}

func (b *Block) jwks(w http.ResponseWriter, r *http.Request) {
	set, err := b.keys.public(r.Context())
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, set)
}

// sign signs claims with the current key as a token of a type.
func (b *Block) sign(ctx context.Context, typ jose.ContentType, claims any) (string, error) {
	key, err := b.keys.current(ctx)
	if err != nil {
		return "", err
	}
	opts := (&jose.SignerOptions{}).WithType(typ).WithHeader("kid", key.id)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key.private}, opts)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// readIDToken checks that we signed an ID token, however old: an id_token_hint may have expired.
func (b *Block) readIDToken(ctx context.Context, raw string) (oidc.IDToken, error) {
	var claims oidc.IDToken
	t, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return claims, err
	}
	set, err := b.keys.public(ctx)
	if err != nil {
		return claims, err
	}
	keys := set.Key(t.Headers[0].KeyID)
	if len(keys) == 0 {
		return claims, errors.New("identity: ID token of an unknown key")
	}
	if err := t.Claims(keys[0].Key, &claims); err != nil {
		return claims, err
	}
	if claims.Issuer != b.issuer {
		return claims, errors.New("identity: ID token of another issuer")
	}
	return claims, nil
}

// maxForm bounds what a relying party posts.
const maxForm = 64 << 10

// authenticate reads the form of a relying party and proves who it is: private_key_jwt, each assertion once. With an error it
// returns the client that was named, if there is one, so that the log can say whose call failed.
func (b *Block) authenticate(w http.ResponseWriter, r *http.Request) (oidc.Client, url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); scheme != "" {
		w.Header().Set("WWW-Authenticate", challengeOf(scheme)) // RFC 6749, 5.2
		return oidc.Client{}, nil, oidc.NewFault(oidc.InvalidClient, "only private_key_jwt is accepted")
	}
	if err := r.ParseForm(); err != nil {
		return oidc.Client{}, nil, oidc.NewFault(oidc.InvalidRequest, "body is not a form")
	}
	form := r.PostForm
	raw := form.Get("client_assertion")
	if len(form["client_assertion"]) != 1 || form.Get("client_assertion_type") != oidc.AssertionType {
		return oidc.Client{}, nil, oidc.NewFault(oidc.InvalidClient, "a client_assertion of the JWT bearer type is required")
	}
	id, err := oidc.AssertionClient(raw)
	if err != nil {
		return oidc.Client{}, nil, err
	}
	httpx.NoteCaller(r, id)
	c, err := b.client(r.Context(), id)
	if errs.KindOf(err) == errs.NotFound {
		return oidc.Client{}, nil, oidc.NewFault(oidc.InvalidClient, "client is not registered")
	}
	if err != nil {
		return c, nil, err
	}
	a, err := oidc.VerifyAssertion(raw, c, b.issuer, b.d.Clock.Now())
	if err != nil {
		return c, nil, err
	}
	if form.Has("client_id") && form.Get("client_id") != c.ID {
		return c, nil, oidc.NewFault(oidc.InvalidClient, "client_id is not the client of the assertion")
	}
	fresh, err := b.consume(r.Context(), a)
	if err == nil && !fresh {
		err = oidc.NewFault(oidc.InvalidClient, "jti was used before")
	}
	return c, form, err
}

// challengeOf names the scheme that was tried, in a form that no header can be smuggled into.
func challengeOf(scheme string) string {
	if strings.EqualFold(scheme, "Bearer") {
		return "Bearer"
	}
	return `Basic realm="wasl"`
}

// answerFault answers a relying party's error as OAuth wants it. What the relying party did wrong is a line of the log with its
// name; only our own faults are errors there.
func (b *Block) answerFault(w http.ResponseWriter, r *http.Request, c oidc.Client, err error) {
	var f *oidc.Fault
	status := http.StatusBadRequest
	switch {
	case errors.As(err, &f):
		who := c.ID
		if who == "" {
			who = "not registered"
		}
		httpx.NoteError(r, errs.New(errs.Invalid, "partner_refused").Cause(fmt.Errorf("client %s: %w", who, f)))
		if f.Code == oidc.InvalidClient {
			status = http.StatusUnauthorized
		}
	case errs.KindOf(err) == errs.Unavailable:
		httpx.NoteError(r, err)
		status, f = http.StatusServiceUnavailable, oidc.NewFault(oidc.Unavailable, "")
		w.Header().Set("Retry-After", "5")
	case errs.KindOf(err) != errs.Internal: // a text that no row can hold
		httpx.NoteError(r, err)
		f = oidc.NewFault(oidc.InvalidRequest, "")
	default:
		httpx.NoteError(r, err)
		status, f = http.StatusInternalServerError, oidc.NewFault(oidc.ServerError, "")
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, f)
}
