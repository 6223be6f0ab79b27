// Package supportapi is the contract of support under /v1: a message to a person, in his language, by a named template.
package supportapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"wasl/kit/wire"
)

// Message is a message to be sent. Params fill the template: references, dates and links only, never details of the case.
type Message struct {
	To       string            `json:"to"` // e-mail address
	Lang     string            `json:"lang"`
	Template string            `json:"template"` // receipt, being-deposited, decision, silence, attestation, payment …
	Params   map[string]string `json:"params"`
	Key      string            `json:"key"` // idempotency key, derived from the fact
}

// LogValue keeps the address out of the log.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.Template) }

// Sent is the state of a message: queued, sent, failed.
type Sent struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Client calls support.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// Send queues a message; the same key queues it once.
func (c *Client) Send(ctx context.Context, m Message) (out Sent, err error) {
	err = c.w.JSON(ctx, http.MethodPost, "/v1/messages", m, &out, wire.Idempotency(m.Key))
	return out, err
}

// Status returns the state of a message.
func (c *Client) Status(ctx context.Context, id string) (out Sent, err error) {
	err = c.w.JSON(ctx, http.MethodGet, "/v1/messages/"+url.PathEscape(id), nil, &out)
	return out, err
}
