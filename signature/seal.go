package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
	"unicode/utf8"

	"wasl/kit/errs"
	"wasl/kit/ids"
)

type sealKind struct{}

func (sealKind) Prefix() string { return "sea" }

// SealID identifies a seal: sea_….
type SealID = ids.ID[sealKind]

type keyKind struct{}

func (keyKind) Prefix() string { return "key" }

// KeyID identifies a signing key, for ever: it stands on every seal made with it.
type KeyID = ids.ID[keyKind]

// Form is what a seal was put on.
type Form string

// The forms of seals.
const (
	OnPDF   Form = "pdf"
	OnBytes Form = "bytes"
)

// Request asks for a seal. Key is the idempotency key, derived by the caller from the fact.
type Request struct {
	Caller, Key          string
	Org, OrgName, Reason string
	Form                 Form
	Input                []byte
}

// Bounds of a request, in bytes.
const (
	maxKey  = 200
	maxName = 200
)

// Check refuses a request that names no organisation, carries no key or is empty.
func (r Request) Check() error {
	e := errs.New(errs.Invalid, "request_invalid")
	for _, f := range []struct {
		name, value string
		max         int
		must        bool
	}{
		{"org", r.Org, maxName, true},
		{"org_name", r.OrgName, maxName, true},
		{"reason", r.Reason, maxName, false},
		{"Idempotency-Key", r.Key, maxKey, true},
	} {
		if f.must && f.value == "" || len(f.value) > f.max || !utf8.ValidString(f.value) {
			e = e.Field(f.name, "invalid")
		}
	}
	if len(r.Input) == 0 {
		e = e.Field("body", "invalid")
	}
	return e.OrNil()
}

// Digest identifies what was asked: the same key with another digest is a conflict.
func (r Request) Digest() []byte {
	h := sha256.New()
	for _, part := range []string{string(r.Form), r.Org, r.OrgName, r.Reason} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(r.Input)
	return h.Sum(nil)
}

// Seal is a seal that was made. CMS and Reserve, with the same input, give the same sealed file again.
type Seal struct {
	ID       SealID
	Caller   string
	Key      string
	Digest   []byte // of the request
	Org      string
	Form     Form
	KeyID    KeyID
	Level    Level
	SHA256   []byte // of the sealed file, or of the data for a detached seal
	CMS      []byte
	Reserve  int
	SealedAt time.Time // time of the time-stamp
	Entry    string    // audit entry
}

func digestOf(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

// Object is what the audit entry is about: the hexadecimal SHA-256 of what was sealed.
func (s Seal) Object() string { return hex.EncodeToString(s.SHA256) }
