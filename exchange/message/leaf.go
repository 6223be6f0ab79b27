package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"

	"wasl/kit/strictjson"
)

// Version names the layout of a leaf; a reader refuses any other.
const Version = "wasl-exchange/1"

// The two directions of a message.
const (
	Request  = "request"
	Response = "response"
)

// Leaf is what a gateway states about one message. The order of the fields is the canonical order.
type Leaf struct {
	Version     string    `json:"v"`
	Role        string    `json:"role"`
	ID          string    `json:"id"`         // X-Road-Id: chosen by the client
	RequestID   string    `json:"request_id"` // chosen by the consumer's gateway, unique
	Client      string    `json:"client"`
	Service     string    `json:"service"`
	Represented string    `json:"represented,omitempty"` // class/code of the organisation on whose behalf the client asks
	RequestHash string    `json:"request_hash"`          // of the head and body of the request, see RequestHash
	Body        string    `json:"body"`                  // SHA-256 of this message's body, hex
	Time        time.Time `json:"time"`
	Salt        string    `json:"salt"`

	Agreement  string   `json:"agreement,omitempty"` // request only, as the terms below
	Purpose    string   `json:"purpose,omitempty"`
	LegalBasis string   `json:"legal_basis,omitempty"`
	Procedure  string   `json:"procedure,omitempty"`
	Subject    string   `json:"subject,omitempty"` // pseudonym of the person asked about
	Fields     []string `json:"fields,omitempty"`

	Answers string `json:"answers,omitempty"` // response only: hash of the request's leaf, hex
	Status  int    `json:"status,omitempty"`  // response only
	Error   string `json:"error,omitempty"`   // response only: type of the gateway's own refusal
}

// ErrMalformed is returned for bytes that are not exactly a canonical leaf.
var ErrMalformed = errors.New("message: leaf is not canonical")

// Bytes returns the canonical form: compact JSON, fields in order, no HTML escaping, time in UTC to the millisecond.
func (l Leaf) Bytes() ([]byte, error) {
	l.Version = Version
	l.Time = l.Time.UTC().Truncate(time.Millisecond)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return nil, fmt.Errorf("message: encode leaf: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ParseLeaf reads a leaf and refuses bytes that Bytes would not have written: unknown fields, other order, other spacing.
func ParseLeaf(b []byte) (Leaf, error) {
	var l Leaf
	if err := strictjson.Unmarshal(b, &l); err != nil || l.Version != Version {
		return Leaf{}, ErrMalformed
	}
	again, err := l.Bytes()
	if err != nil || !bytes.Equal(again, b) {
		return Leaf{}, ErrMalformed
	}
	if l.Role != Request && l.Role != Response {
		return Leaf{}, ErrMalformed
	}
	return l, nil
}

// Hash is the RFC 6962 hash of a leaf.
func Hash(leaf []byte) []byte { return rfc6962.DefaultHasher.HashLeaf(leaf) }
