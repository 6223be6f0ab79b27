package tokens

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"wasl/kit/clock"
)

const (
	serviceType = "wasl-service+jwt"
	visitType   = "wasl-visit+jwt"
	lifetime    = 60 * time.Second
	skew        = 10 * time.Second

	// VisitHeader carries the transaction token from the portal to a block's pages.
	VisitHeader = "Wasl-Visit"
	portal      = "portal"
)

// ErrRefused is the one answer to a token that does not hold; why is wrapped for the log.
var ErrRefused = errors.New("tokens: refused")

var now = clock.System(nil).Now

// Visit is the person on whose behalf the portal forwards a request: the transaction token's content. The zero Visit is a
// visitor who has not signed in. It hides itself from logs.
type Visit struct {
	Subject string   `json:"sub,omitempty"` // pairwise subject of the portal's sector
	NameAr  string   `json:"name_ar,omitempty"`
	NameFr  string   `json:"name_fr,omitempty"`
	ACR     string   `json:"acr,omitempty"` // achieved assurance level
	AMR     []string `json:"amr,omitempty"` // RFC 8176
	Org     string   `json:"org,omitempty"` // active appointment
	Unit    string   `json:"unit,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Lang    string   `json:"lang,omitempty"`
	Session string   `json:"sid,omitempty"` // opaque handle of the portal session
}

// SignedIn reports whether a person has proved who they are.
func (v Visit) SignedIn() bool { return v.Subject != "" }

// HasRole reports whether the active appointment gives the role.
func (v Visit) HasRole(role string) bool { return v.Org != "" && slices.Contains(v.Roles, role) }

// Name returns the person's name in Arabic or Latin script.
func (v Visit) Name(lang string) string {
	if lang == "ar" && v.NameAr != "" || v.NameFr == "" {
		return v.NameAr
	}
	return v.NameFr
}

// LogValue keeps the person out of the log.
func (v Visit) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("signed_in", v.SignedIn()), slog.String("org", v.Org))
}

func (v Visit) String() string { return "visit" }

// GoString hides the person from %#v.
func (v Visit) GoString() string { return "visit" }

type visitKey struct{}

// WithVisit puts a checked visit into the context of a request.
func WithVisit(ctx context.Context, v Visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

// VisitFrom returns the checked visit of a request; without one it is an anonymous visit.
func VisitFrom(ctx context.Context) Visit {
	v, _ := ctx.Value(visitKey{}).(Visit)
	return v
}

// SignService returns a token by which this block calls the block aud, good for at least another 40 seconds.
func (k *Keyring) SignService(aud string) (string, error) {
	return k.reused.own(aud, func() (string, error) { return k.sign(k.signer, aud, nil) })
}

// SignVisit returns a 60-second transaction token for the block aud.
func (k *Keyring) SignVisit(aud string, v Visit) (string, error) {
	return k.sign(k.visits, aud, v)
}

func (k *Keyring) sign(s jose.Signer, aud string, extra any) (string, error) {
	at := now()
	b := jwt.Signed(s).Claims(jwt.Claims{
		Issuer: k.block, Audience: jwt.Audience{aud}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(lifetime)),
	})
	if extra != nil {
		b = b.Claims(map[string]any{"visit": extra})
	}
	return b.Serialize()
}

// VerifyService returns the block that calls, or ErrRefused.
func (k *Keyring) VerifyService(token string) (caller string, err error) {
	if caller, ok := k.reused.caller(token); ok {
		return caller, nil
	}
	claims, err := k.verify(token, serviceType, nil)
	if err != nil {
		return "", err
	}
	k.reused.know(token, claims.Issuer, claims.Expiry.Time())
	return claims.Issuer, nil
}

// VerifyVisit returns the visit that the portal vouches for, or ErrRefused.
func (k *Keyring) VerifyVisit(token string) (Visit, error) {
	var extra struct {
		Visit Visit `json:"visit"`
	}
	claims, err := k.verify(token, visitType, &extra)
	if err != nil {
		return Visit{}, err
	}
	if claims.Issuer != portal {
		return Visit{}, fmt.Errorf("%w: a visit issued by %s", ErrRefused, claims.Issuer)
	}
	return extra.Visit, nil
}

func (k *Keyring) verify(token, typ string, extra any) (c jwt.Claims, err error) {
	if len(token) > 8192 {
		return c, fmt.Errorf("%w: too long", ErrRefused)
	}
	t, err := jwt.ParseSigned(token, es256)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if len(t.Headers) != 1 || t.Headers[0].ExtraHeaders[jose.HeaderType] != typ {
		return c, fmt.Errorf("%w: wrong type", ErrRefused)
	}
	pub, ok := k.peers[t.Headers[0].KeyID]
	if !ok {
		return c, fmt.Errorf("%w: unknown key", ErrRefused)
	}
	dest := []any{&c}
	if extra != nil {
		dest = append(dest, extra)
	}
	if err := t.Claims(pub, dest...); err != nil {
		return c, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if c.Expiry == nil || c.IssuedAt == nil || c.Expiry.Time().Sub(c.IssuedAt.Time()) > lifetime {
		return c, fmt.Errorf("%w: lifetime", ErrRefused)
	}
	want := jwt.Expected{Issuer: t.Headers[0].KeyID, AnyAudience: jwt.Audience{k.block}, Time: now()}
	if err := c.ValidateWithLeeway(want, skew); err != nil {
		return c, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return c, nil
}
