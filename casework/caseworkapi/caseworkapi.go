// Package caseworkapi is the contract of dossiers under /v1.
package caseworkapi

import (
	"context"
	"net/http"
	"net/url"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/wire"
)

// Summary is one dossier as the portal's home page shows it to its owner.
type Summary struct {
	ID        string     `json:"id"`
	Reference string     `json:"reference,omitempty"`
	Title     i18n.Text  `json:"title"`
	State     string     `json:"state"` // draft, being_deposited, deposited, accepted, refused, silence, returned, withdrawn
	LastDay   civil.Date `json:"last_day,omitzero"`
	DaysLeft  int        `json:"days_left"`
	Next      string     `json:"next"` // citizen, administration, nobody
	Path      string     `json:"path"` // path of the portal without language
}

// Client calls the casework block.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// Dossiers returns the latest dossiers of a person, at most ten.
func (c *Client) Dossiers(ctx context.Context, subject string) (out []Summary, err error) {
	var body struct {
		Dossiers []Summary `json:"dossiers"`
	}
	err = c.w.JSON(ctx, http.MethodGet, "/v1/people/"+url.PathEscape(subject)+"/dossiers", nil, &body)
	return body.Dossiers, err
}
