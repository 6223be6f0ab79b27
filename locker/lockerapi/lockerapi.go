// Package lockerapi is the contract of the digital locker under /v1: a person's documents, put there by the blocks that issue or
// collect them. All content is encrypted at rest; every opening leaves a trace that its holder sees.
package lockerapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/wire"
)

// Kinds of document.
const (
	Issued   = "issued"   // sealed by an administration
	Declared = "declared" // brought by the person, not verified
)

// NewDocument describes a document to be stored. Key is the idempotency key, derived from the fact.
type NewDocument struct {
	Owner       string    `json:"owner"` // subject of the portal's sector
	Kind        string    `json:"kind"`
	Type        string    `json:"type"` // receipt, decision, attestation-of-silence, quittance, piece …
	Title       i18n.Text `json:"title"`
	Issuer      string    `json:"issuer,omitempty"` // organisation code
	Reference   string    `json:"reference,omitempty"`
	Seal        string    `json:"seal,omitempty"` // id of the seal, whose evidence proof can be downloaded
	ContentType string    `json:"content_type"`
	Key         string    `json:"key"`
	Code        string    `json:"code,omitempty"` // printed on the document (kit/ids.NewCode); it opens Printed to whoever holds the paper
	Printed     *Printed  `json:"printed,omitempty"`
}

// Printed is what a document says of itself on paper, beside its title, issuer and reference: shown to whoever has its code, to be
// compared line by line with the paper.
type Printed struct {
	PersonAr string         `json:"person_ar,omitempty"`
	PersonFr string         `json:"person_fr,omitempty"`
	On       civil.Date     `json:"on,omitzero"` // legal date
	Amount   money.Centimes `json:"amount,omitempty"`
}

// Document is a stored document, without its content.
type Document struct {
	ID          string    `json:"id"`
	Owner       string    `json:"owner"`
	Kind        string    `json:"kind"`
	Type        string    `json:"type"`
	Title       i18n.Text `json:"title"`
	Issuer      string    `json:"issuer,omitempty"`
	Reference   string    `json:"reference,omitempty"`
	Seal        string    `json:"seal,omitempty"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"`
	At          time.Time `json:"at"`
}

// Client calls the locker.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// MetaHeader carries NewDocument as JSON (percent-encoded) beside the raw content.
const MetaHeader = "Wasl-Document"

// Put stores content, up to 20 MiB, streamed. The same key gives the same document.
func (c *Client) Put(ctx context.Context, d NewDocument, content io.Reader) (out Document, err error) {
	meta, err := json.Marshal(d)
	if err != nil {
		return out, err
	}
	err = c.w.Decode(ctx, http.MethodPost, "/v1/documents", d.ContentType, content, &out,
		wire.Idempotency(d.Key), wire.Header(MetaHeader, url.QueryEscape(string(meta))))
	return out, err
}

// Get returns a document's description.
func (c *Client) Get(ctx context.Context, id string) (out Document, err error) {
	err = c.w.JSON(ctx, http.MethodGet, "/v1/documents/"+url.PathEscape(id), nil, &out)
	return out, err
}

// Access says who opens a document and why; it is written into the holder's activity log.
type Access struct {
	Org     string // organisation of the officer, "" for a block's own work
	Purpose string // code, for example dossier.examine
	Object  string // dossier for which it is opened
}

// Content opens a document; the caller closes it.
func (c *Client) Content(ctx context.Context, id string, a Access) (io.ReadCloser, error) {
	q := url.Values{"org": {a.Org}, "purpose": {a.Purpose}, "object": {a.Object}}
	resp, err := c.w.Raw(ctx, http.MethodGet, "/v1/documents/"+url.PathEscape(id)+"/content?"+q.Encode(), "", nil)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Proof returns the evidence proof file of a document's seal; proof_pending until the log has it.
func (c *Client) Proof(ctx context.Context, id string) ([]byte, error) {
	resp, err := c.w.Raw(ctx, http.MethodGet, "/v1/documents/"+url.PathEscape(id)+"/proof", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
