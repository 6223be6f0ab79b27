package oidc

import (
	"encoding/json"
	"slices"

	"wasl/kit/strictjson"
)

type acrClaim struct {
	Essential bool     `json:"essential"`
	Value     string   `json:"value"`
	Values    []string `json:"values"`
}

func (a acrClaim) all() []string {
	if a.Value != "" {
		return append([]string{a.Value}, a.Values...)
	}
	return a.Values
}

type wantedClaims struct {
	names    []string
	acr      *acrClaim
	subjects [][]string // each says which persons are meant; all must agree
}

// parseClaims reads the claims parameter (OpenID Connect Core, 5.5). Members that it does not know are passed over, as 5.5 wants.
func parseClaims(raw string) (wantedClaims, *Fault) {
	var w wantedClaims
	if raw == "" {
		return w, nil
	}
	var body struct {
		Userinfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	if err := strictjson.Open([]byte(raw), &body); err != nil {
		return w, fault(InvalidRequest, "claims is not the JSON of OpenID Connect Core 5.5")
	}
	for _, part := range []map[string]json.RawMessage{body.Userinfo, body.IDToken} {
		for name := range part {
			w.names = append(w.names, name)
		}
		sub, ok := part["sub"]
		if !ok || string(sub) == "null" {
			continue
		}
		var wish acrClaim // the same three members
		if err := strictjson.Open(sub, &wish); err != nil {
			return w, fault(InvalidRequest, "claims: sub is malformed")
		}
		if wish.Value != "" || wish.Values != nil {
			w.subjects = append(w.subjects, wish.all())
		}
	}
	if acr, ok := body.IDToken["acr"]; ok && string(acr) != "null" {
		w.acr = &acrClaim{}
		if err := strictjson.Open(acr, w.acr); err != nil {
			return w, fault(InvalidRequest, "claims: acr is malformed")
		}
	}
	return w, nil
}

// wantPerson narrows the request to the persons whom the claims parameter and login_hint name. login_hint is a sub that this
// provider gave the client: an address or a number would let a partner find out by trying what a person did not share.
func (r *Request) wantPerson(subjects [][]string, hint string) *Fault {
	if hint != "" {
		if !subjectForm.MatchString(hint) {
			return fault(InvalidRequest, "login_hint must be a sub that this provider gave the client")
		}
		subjects = append(subjects, []string{hint})
	}
	for _, s := range subjects {
		if f := r.Narrow(s...); f != nil {
			return f
		}
	}
	return nil
}

// Narrow says that one of these persons is meant (OpenID Connect Core, 3.1.2.2 and 5.5.1). A request that names two is refused.
func (r *Request) Narrow(subjects ...string) *Fault {
	if r.Subjects != nil {
		subjects = slices.DeleteFunc(slices.Clone(r.Subjects), func(s string) bool { return !slices.Contains(subjects, s) })
	}
	if len(subjects) == 0 {
		return fault(InvalidRequest, "the request names two persons, or none")
	}
	r.Subjects = subjects
	return nil
}

// Means tells whether the request is answered by a log-in of this person. A person whom the sector never met has no subject there
// and is none of those named.
func (r Request) Means(subject string) bool {
	return len(r.Subjects) == 0 || subject != "" && slices.Contains(r.Subjects, subject)
}
