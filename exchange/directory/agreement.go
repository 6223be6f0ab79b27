package directory

import (
	"net/url"
	"slices"
	"strings"
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
	Authorisation string      `json:"authorisation"` // reference of the data-protection authorisation (law 09-08)
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
	refusal := error(ErrNoAgreement)
	for _, g := range s.Agreements {
		if g.Consumer != a.Consumer || g.Service != a.Service {
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
	}
	for _, f := range a.Fields {
		if !slices.Contains(g.Fields, f) {
			return ErrField.With("field", f)
		}
	}
	return nil
}

// MatchPath compares a percent-encoded path with a pattern, segment by segment; %2F is not a slash. Both start with a slash or are empty.
func MatchPath(pattern, path string) bool {
	return matchSegments(strings.Split(pattern, "/"), strings.Split(path, "/"))
}

func matchSegments(pattern, path []string) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	if pattern[0] == "**" {
		return anySuffix(pattern[1:], path)
	}
	if len(path) == 0 || (pattern[0] != "*" && pattern[0] != path[0]) || (pattern[0] == "*" && path[0] == "") {
		return false
	}
	return matchSegments(pattern[1:], path[1:])
}

func anySuffix(pattern, path []string) bool {
	for i := 0; i <= len(path); i++ {
		if matchSegments(pattern, path[i:]) {
			return true
		}
	}
	return false
}

// CheckPath refuses the paths that two readers may understand differently: dot segments, plain or encoded any number of
// times, backslashes, and control characters (X-Road 7.7.1 fixed a traversal through wildcards that began this way).
func CheckPath(raw string) error {
	if raw != "" && !strings.HasPrefix(raw, "/") {
		return ErrPathNotAccepted
	}
	for _, segment := range strings.Split(raw, "/") {
		for range 4 {
			plain, err := url.PathUnescape(segment)
			if err != nil {
				return ErrPathNotAccepted
			}
			for _, inner := range strings.FieldsFunc(plain, func(r rune) bool { return r == '/' || r == '\\' }) {
				if inner == "." || inner == ".." {
					return ErrPathNotAccepted
				}
			}
			if strings.ContainsFunc(plain, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' }) {
				return ErrPathNotAccepted
			}
			if plain == segment {
				break
			}
			segment = plain
		}
		if strings.Contains(segment, "%") {
			return ErrPathNotAccepted
		}
	}
	return nil
}
