// Package paymentapi is the contract of public payments under /v1: orders for a fee of a published revision, and their state.
package paymentapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/wire"
)

// Status is where an order stands, as callers and people see it.
type Status string

// The statuses.
const (
	Open       Status = "open"
	Confirming Status = "confirming" // the bank holds the amount and has not yet confirmed that it took it: not paid
	Paid       Status = "paid"       // the bank took the amount
	Failed     Status = "failed"     // the last attempt came to nothing; another may follow
	Expired    Status = "expired"
)

// Statuses lists them.
var Statuses = []Status{Open, Confirming, Paid, Failed, Expired}

// Known reports whether s is a status.
func (s Status) Known() bool { return slices.Contains(Statuses, s) }

// NewOrder asks for a payment. Amount must be the fee that the revision publishes. Key is the idempotency key; the same key with another amount or payer is order_key_reused.
type NewOrder struct {
	Payer      string         `json:"payer"` // subject of the portal's sector
	Org        string         `json:"org"`   // creditor
	Dossier    string         `json:"dossier"`
	Amount     money.Centimes `json:"amount"`
	Label      i18n.Text      `json:"label"`
	Revision   string         `json:"revision"`        // from which the fee is taken
	ReturnPath string         `json:"return_path"`     // path of the portal without language, for example /dossiers/dos_…
	Notify     string         `json:"notify"`          // block to which payment announces, for example casework
	Email      string         `json:"email,omitempty"` // told what becomes of the payment; forgotten a week after its end
	Lang       string         `json:"lang,omitempty"`  // of that message
	Key        string         `json:"key"`
}

// LogValue keeps the payer out of the log.
func (o NewOrder) LogValue() slog.Value { return slog.StringValue(o.Key) }

// Format keeps the payer out of messages.
func (o NewOrder) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "order for %s", o.Dossier) }

// Order is a payment order.
type Order struct {
	ID        string         `json:"id"`
	Reference string         `json:"reference"`
	Status    Status         `json:"status"`
	Dossier   string         `json:"dossier"`
	Amount    money.Centimes `json:"amount"`
	PayPath   string         `json:"pay_path"` // path of the portal without language
	PaidAt    time.Time      `json:"paid_at,omitzero"`
	Quittance string         `json:"quittance,omitempty"` // document of the locker
}

// Event is what payment announces to the block named in the order, at POST /v1/payment-events. Handling it twice changes nothing.
type Event struct {
	Order Order `json:"order"`
}

// Client calls the payment block.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// CreateOrder creates an order, or returns the one that the key already made.
func (c *Client) CreateOrder(ctx context.Context, o NewOrder) (out Order, err error) {
	err = c.w.JSON(ctx, http.MethodPost, "/v1/orders", o, &out, wire.Idempotency(o.Key))
	return out, err
}

// Order returns an order's state.
func (c *Client) Order(ctx context.Context, id string) (out Order, err error) {
	err = c.w.JSON(ctx, http.MethodGet, "/v1/orders/"+url.PathEscape(id), nil, &out)
	return out, err
}
