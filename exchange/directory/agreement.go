package directory

import (
	"slices"
	"time"

	"wasl/kit/errs"
)

// Operation is one method and path pattern of a service: * stands for one segment, ** for any number of them.
type Operation struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

// Agreement allows one consumer to ask one service for some fields, for stated purposes, on stated legal bases, until a date.
type Agreement struct {
	ID            string      `json:"id"`
	Consumer      ClientID    `json:"consumer"`
	Service       ServiceID   `json:"service"`
	Operations    []Operation `json:"operations"`
	Purposes      []string    `json:"purposes"`
	LegalBases    []string    `json:"legal_bases"`
	Fields        []string    `json:"fields"`
	Contents      []Content   `json:"contents,omitempty"` // documents that are agreed whole, since they have no fields
	Parties       []PartyID   `json:"parties,omitempty"`  // on whose behalf the consumer may ask, beside its own
	Authorisation string      `json:"authorisation"`      // reference of the data-protection authorisation (law 09-08)
	From          time.Time   `json:"from"`
	Until         time.Time   `json:"until"`
	Concurrent    int         `json:"concurrent"` // exchanges at one time; 0 means the gateway's own limit
}

// Ask is what a consumer wants to do.
type Ask struct {
	Consumer            ClientID
	Service             ServiceID
	Method, Path        string // Path is what follows the service code, percent-encoded as received; "" for none
	Purpose, LegalBasis string
	Fields              []string
	Represented         PartyID // on whose behalf; empty when the consumer asks for itself
	Agreement           string  // when named, only this one counts
	At                  time.Time
}

// The refusals of Decide, by the code of their sentence.
var (
	ErrUnknownMember   = errs.New(errs.NotFound, "exchange_unknown_member")
	ErrUnknownService  = errs.New(errs.NotFound, "exchange_unknown_service")
	ErrDisabled        = errs.New(errs.Unavailable, "exchange_service_disabled")
	ErrNoAgreement     = errs.New(errs.Forbidden, "exchange_no_agreement")
	ErrExpired         = errs.New(errs.Forbidden, "exchange_agreement_expired")
	ErrOperation       = errs.New(errs.Forbidden, "exchange_operation_refused")
	ErrPurposeMissing  = errs.New(errs.Invalid, "exchange_purpose_missing")
	ErrPurpose         = errs.New(errs.Forbidden, "exchange_purpose_refused")
	ErrLegalBasis      = errs.New(errs.Forbidden, "exchange_legal_basis_refused")
	ErrField           = errs.New(errs.Forbidden, "exchange_field_refused")
	ErrFieldsMissing   = errs.New(errs.Invalid, "exchange_fields_missing")
	ErrParty           = errs.New(errs.Forbidden, "exchange_party_refused")
	ErrOutdated        = errs.New(errs.Unavailable, "exchange_directory_outdated")
	ErrPathNotAccepted = errs.New(errs.Invalid, "exchange_path_refused")
)

// Decide says under which agreement an ask is allowed, or why it is refused. It fails closed: what no agreement names is refused.
func (s *Snapshot) Decide(a Ask) (Agreement, error) {
	if !a.At.Before(s.ExpiresAt) {
		return Agreement{}, ErrOutdated
	}
	if _, ok := s.Member(a.Consumer); !ok {
		return Agreement{}, ErrUnknownMember
	}
	service, ok := s.Service(a.Service)
	if !ok {
		return Agreement{}, ErrUnknownService
	}
	if service.Disabled != "" {
		return Agreement{}, ErrDisabled.With("notice", service.Disabled)
	}
	if a.Purpose == "" || a.LegalBasis == "" {
		return Agreement{}, ErrPurposeMissing
	}
	if len(a.Fields) == 0 {
		return Agreement{}, ErrFieldsMissing
	}
	if a.Represented != "" && !s.registered(a.Represented) {
		return Agreement{}, ErrParty
	}
	refusal := error(ErrNoAgreement)
	for _, g := range s.Agreements {
		if g.Consumer != a.Consumer || g.Service != a.Service || (a.Agreement != "" && g.ID != a.Agreement) {
			continue
		}
		if refusal = g.allows(a); refusal == nil {
			return g, nil
		}
	}
	return Agreement{}, refusal
}

// allows returns nil, or the first reason why this agreement does not cover the ask.
func (g Agreement) allows(a Ask) error {
	switch {
	case a.At.Before(g.From) || !a.At.Before(g.Until):
		return ErrExpired
	case !slices.ContainsFunc(g.Operations, func(o Operation) bool { return o.Method == a.Method && MatchPath(o.Path, a.Path) }):
		return ErrOperation
	case !slices.Contains(g.Purposes, a.Purpose):
		return ErrPurpose
	case !slices.Contains(g.LegalBases, a.LegalBasis):
		return ErrLegalBasis
	case a.Represented != "" && !slices.Contains(g.Parties, a.Represented):
		return ErrParty
	}
	for _, f := range a.Fields {
		if !slices.Contains(g.Fields, f) {
			return ErrField.With("field", f)
		}
	}
	return nil
}
