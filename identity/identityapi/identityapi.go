// Package identityapi is the contract of identity for the blocks of the installation under /v1. People and partners meet identity
// by OpenID Connect instead.
package identityapi

import (
	"context"
	"log/slog"
	"net/http"

	"wasl/kit/wire"
)

// ResolveRequest asks who a subject is, for one purpose; only the exchange may, at the moment of sending.
type ResolveRequest struct {
	Subject string `json:"subject"`
	Sector  string `json:"sector"`
	Purpose string `json:"purpose"`
}

// Resolved is a person's identity; it is never stored by the caller and hides itself from logs.
type Resolved struct {
	NationalNumber string `json:"national_number"`
	NameAr         string `json:"name_ar"`
	NameFr         string `json:"name_fr"`
	Born           string `json:"born"` // ISO date
}

// LogValue keeps the person out of the log.
func (Resolved) LogValue() slog.Value { return slog.StringValue("person") }

func (Resolved) String() string { return "person" }

// GoString hides the person from %#v.
func (Resolved) GoString() string { return "person" }

// Client calls identity.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// Resolve returns the person behind a subject; subject_unknown when there is none.
func (c *Client) Resolve(ctx context.Context, r ResolveRequest) (out Resolved, err error) {
	err = c.w.JSON(ctx, http.MethodPost, "/v1/resolutions", r, &out)
	return out, err
}
