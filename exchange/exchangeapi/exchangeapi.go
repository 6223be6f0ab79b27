// Package exchangeapi is the contract of interoperability under /v1: one evidence asked of the register that holds it, with the
// person's consent, for a purpose and on a legal basis.
package exchangeapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"wasl/kit/wire"
)

// EvidenceRequest is the explicit request (law 55-19 art. 24; Regulation 2022/1463 in its words).
type EvidenceRequest struct {
	Subject    string `json:"subject"`  // of the portal's sector
	Consumer   string `json:"consumer"` // organisation on whose behalf
	Evidence   string `json:"evidence"` // type, for example civil-status-extract
	Procedure  string `json:"procedure"`
	Purpose    string `json:"purpose"`     // code, for example dossier.passport
	LegalBasis string `json:"legal_basis"` // for example law-55-19:24
	Consent    string `json:"consent"`     // id of the recorded consent
	Dossier    string `json:"dossier"`
	Key        string `json:"key"`
}

// Evidence is what the register answered, with what proves it. Content is the register's JSON object; Exact is the same answer byte
// for byte, which the proof is about: JSON within JSON may lose its blanks on the way.
type Evidence struct {
	ID          string          `json:"id"` // message id
	Evidence    string          `json:"evidence"`
	Provider    string          `json:"provider"` // member identifier
	Service     string          `json:"service"`
	Content     json.RawMessage `json:"content"`
	Exact       []byte          `json:"exact"`
	RetrievedAt time.Time       `json:"retrieved_at"`
	RequestHash string          `json:"request_hash"`
	Proof       json.RawMessage `json:"proof"` // exchange proof file, see exchange/verify
}

// Client calls the exchange block.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

// Fetch asks for an evidence. Refusals: evidence_not_found, exchange_not_allowed; a register that is down is upstream_unavailable.
func (c *Client) Fetch(ctx context.Context, r EvidenceRequest) (out Evidence, err error) {
	err = c.w.JSON(ctx, http.MethodPost, "/v1/evidence-requests", r, &out, wire.Idempotency(r.Key))
	return out, err
}

// EvidenceType says what proves a requirement, who provides it and which fields it has.
type EvidenceType struct {
	Code        string   `json:"code"`
	Requirement string   `json:"requirement"`
	Service     string   `json:"service"` // instance/class/member/subsystem/service
	Fields      []string `json:"fields"`
	Preview     bool     `json:"preview"` // the provider itself shows the evidence to the person first
}

// EvidenceTypes lists what the evidence broker knows.
func (c *Client) EvidenceTypes(ctx context.Context) ([]EvidenceType, error) {
	var out struct {
		Types []EvidenceType `json:"types"`
	}
	err := c.w.JSON(ctx, http.MethodGet, "/v1/evidence-types", nil, &out)
	return out.Types, err
}
