package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/exchangeapi"
	"wasl/exchange/gateway"
	"wasl/kit/errs"
	"wasl/kit/ids"
)

type requestKind struct{}

func (requestKind) Prefix() string { return "evr" }

// RequestID identifies an explicit request for evidence: evr_….
type RequestID = ids.ID[requestKind]

// EvidenceType is a row of the evidence broker: which service proves a requirement, and with which fields.
type EvidenceType struct {
	Code        string // civil-status-extract
	Requirement string // what it proves: identity-of-birth
	Service     directory.ServiceID
	Fields      []string
	Preview     bool // the provider shows the evidence to the person itself (OOTS)
}

// Request is the explicit request for one evidence about one person.
type Request struct {
	ID          RequestID
	Caller      string
	Key         string
	Fingerprint string
	Subject     string
	Pseudonym   string
	Org         string
	Evidence    string
	Procedure   string
	Purpose     string
	LegalBasis  string
	Consent     string
	Dossier     string
	At          time.Time
}

// The refusals of a request for evidence.
var (
	errEvidenceUnknown = errs.New(errs.NotFound, "evidence_unknown")
	errEvidenceMissing = errs.New(errs.NotFound, "evidence_not_found")
	errNotAllowed      = errs.New(errs.Forbidden, "exchange_not_allowed")
	errRegisterDown    = errs.New(errs.Unavailable, "upstream_unavailable")
	errConsent         = errs.New(errs.Invalid, "consent_missing")
	errKeyReused       = errs.New(errs.Conflict, "evidence_key_reused")
)

// OpenRequest checks a request: consent first (art. 24), then purpose and legal basis, which no exchange goes without.
func OpenRequest(in exchangeapi.EvidenceRequest, caller, pseudonym string, now time.Time) (Request, error) {
	if in.Consent == "" {
		return Request{}, errConsent
	}
	e := errs.New(errs.Invalid, "request_invalid")
	for name, value := range map[string]string{
		"subject": in.Subject, "consumer": in.Consumer, "evidence": in.Evidence, "procedure": in.Procedure, "purpose": in.Purpose,
		"legal_basis": in.LegalBasis, "key": in.Key,
	} {
		if value == "" || len(value) > 200 {
			e = e.Field(name, "required")
		}
	}
	if err := e.OrNil(); err != nil {
		return Request{}, err
	}
	b, err := json.Marshal(in)
	if err != nil {
		return Request{}, errs.Wrap("exchange: request", err)
	}
	sum := sha256.Sum256(b)
	return Request{
		ID: ids.Derive[requestKind](caller, in.Key), Caller: caller, Key: in.Key, Fingerprint: hex.EncodeToString(sum[:]),
		Subject: in.Subject, Pseudonym: pseudonym, Org: in.Consumer, Evidence: in.Evidence, Procedure: in.Procedure, Purpose: in.Purpose,
		LegalBasis: in.LegalBasis, Consent: in.Consent, Dossier: in.Dossier, At: now,
	}, nil
}

// Pseudonym hides a subject from the other members' gateways and from the log: only this block, which holds the key, can tell
// that two exchanges are about one person.
func Pseudonym(key []byte, subject string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(subject))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// Call is the message that carries the request to the register. The national number is in the body only.
func (r Request) Call(client directory.ClientID, t EvidenceType, nationalNumber string) (gateway.Call, error) {
	body, err := json.Marshal(map[string]any{"national_number": nationalNumber, "fields": t.Fields})
	if err != nil {
		return gateway.Call{}, errs.Wrap("exchange: call", err)
	}
	return gateway.Call{
		Client: client, Service: t.Service, Method: "POST", Body: body, ID: r.ID.String(),
		Header: map[string][]string{"Content-Type": {"application/json"}}, Represented: client.Class + "/" + memberCode(r.Org),
		Purpose: r.Purpose, LegalBasis: r.LegalBasis, Procedure: r.Procedure, Subject: r.Pseudonym, Fields: t.Fields,
	}, nil
}

var outsideIdentifier = regexp.MustCompile(`[^A-Za-z0-9'()+,.=?-]`)

// memberCode writes an organisation's code with the characters that an identifier of the exchange may have.
func memberCode(org string) string { return outsideIdentifier.ReplaceAllString(org, "-") }

// Refusal turns a failed exchange into the answer that the caller gets.
func Refusal(err error) error {
	switch errs.KindOf(faultErr(err)) {
	case errs.Forbidden, errs.NotFound, errs.Invalid, errs.Conflict:
		return errNotAllowed.Cause(err)
	}
	return errRegisterDown.Cause(err)
}

func faultErr(err error) error {
	if f, ok := err.(*gateway.Fault); ok {
		return f.Err()
	}
	return err
}

// Received decides what a register's answer means.
func Received(x *gateway.Exchange) error {
	kind, _, _ := strings.Cut(x.Header.Get("Content-Type"), ";")
	switch {
	case x.Status == 404:
		return errEvidenceMissing
	case x.Status == 200 && kind == "application/json":
		return nil
	}
	return errRegisterDown
}
