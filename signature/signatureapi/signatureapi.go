// Package signatureapi is the contract of the trust services under /v1: organisation seals with time-stamps, and validation.
package signatureapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"wasl/kit/errs"
	"wasl/kit/wire"
)

// MaxDocument bounds what is sealed or validated, in bytes.
const MaxDocument = 20 << 20

// SealRequest says for whom and why a seal is made. Key is the idempotency key, derived from the fact: the same key with the same
// bytes gives the same seal, with other bytes seal_key_reused.
type SealRequest struct {
	Org     string // organisation code
	OrgName string // the name that the certificate shows
	Reason  string // short, without personal data
	Key     string
}

func (r SealRequest) query() string {
	return "?" + url.Values{"org": {r.Org}, "org_name": {r.OrgName}, "reason": {r.Reason}}.Encode()
}

// Seal describes a seal. SHA256 is the hexadecimal digest of the sealed file (of the data for a detached seal).
type Seal struct {
	ID       string    `json:"id"`
	KeyID    string    `json:"key_id"`
	SHA256   string    `json:"sha256"`
	SealedAt time.Time `json:"sealed_at"` // the time-stamp's time
	Level    string    `json:"level"`     // simple or advanced, never qualified
	Entry    string    `json:"entry"`     // audit entry, whose proof follows once logged
	CMS      []byte    `json:"cms,omitempty"`
}

// SealedPDF is a PDF with an organisation's seal (PAdES B-T structure).
type SealedPDF struct {
	Seal
	PDF []byte `json:"pdf"`
}

// Finding is one thing that a validation says about a signature, by code (signature_code.<code> in the locales).
type Finding struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty"` // technical detail, not for people
}

// SignatureReport is the judgement of one signature: Verdict is a kit/cms/pades.Verdict, Result the same as TOTAL-PASSED,
// INDETERMINATE or TOTAL-FAILED (EN 319 102-1 words). Signer and StampAt are empty for another system's signature.
type SignatureReport struct {
	Verdict  string    `json:"verdict"`
	Result   string    `json:"result"`
	Signer   string    `json:"signer"`
	Org      string    `json:"org,omitempty"`
	StampAt  time.Time `json:"stamp_at,omitzero"`
	Findings []Finding `json:"findings,omitempty"`
}

// Report is the judgement of a document: Verdict is a kit/cms/pades.Verdict, Result the same in the words of EN 319 102-1, or
// NO-SIGNATURE.
type Report struct {
	Verdict    string            `json:"verdict"`
	Result     string            `json:"result"`
	SHA256     string            `json:"sha256"`
	Signatures []SignatureReport `json:"signatures"`
	Findings   []Finding         `json:"findings,omitempty"`
}

// Intact tells whether the file is as our seals sealed it, to its last byte.
func (r Report) Intact() bool { return r.Verdict == "intact" }

// Client calls the signature block.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// SealPDF seals a PDF of our own writer.
func (c *Client) SealPDF(ctx context.Context, r SealRequest, pdf []byte) (s SealedPDF, err error) {
	err = c.post(ctx, "/v1/seals"+r.query(), "application/pdf", pdf, &s, wire.Idempotency(r.Key))
	return s, err
}

// SealBytes makes a detached seal (CMS SignedData with time-stamp) over data.
func (c *Client) SealBytes(ctx context.Context, r SealRequest, data []byte) (s Seal, err error) {
	err = c.post(ctx, "/v1/seals/bytes"+r.query(), "application/octet-stream", data, &s, wire.Idempotency(r.Key))
	return s, err
}

// Validate checks a sealed PDF against the installation's trust anchors.
func (c *Client) Validate(ctx context.Context, pdf []byte) (r Report, err error) {
	err = c.post(ctx, "/v1/validations", "application/pdf", pdf, &r)
	return r, err
}

// Proof returns the evidence proof file of a seal; proof_pending until the log has it.
func (c *Client) Proof(ctx context.Context, sealID string) ([]byte, error) {
	resp, err := c.w.Raw(ctx, http.MethodGet, "/v1/seals/"+url.PathEscape(sealID)+"/proof", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusAccepted {
		return nil, errs.New(errs.Conflict, "proof_pending")
	}
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}

// Trust returns the installation's trust file (JSON, see signature/verify).
func (c *Client) Trust(ctx context.Context) ([]byte, error) {
	resp, err := c.w.Raw(ctx, http.MethodGet, "/v1/trust", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}

func (c *Client) post(ctx context.Context, path, media string, body []byte, out any, opts ...wire.Option) error {
	return c.w.Decode(ctx, http.MethodPost, path, media, bytes.NewReader(body), out, opts...)
}
