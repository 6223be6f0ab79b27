package oidc

import "slices"

// Attribute is a piece of identity that a citizen shares or keeps as a whole; several claims may express it.
type Attribute string

// The attributes a relying party may be registered for.
const (
	Name      Attribute = "name"
	Birthdate Attribute = "birthdate"
	Email     Attribute = "email"
)

// Attributes lists them in the order in which a person is asked.
var Attributes = []Attribute{Name, Birthdate, Email}

// scopes maps the scopes of OpenID Connect Core, 5.4, to attributes.
var scopes = map[string][]Attribute{
	"openid":  nil,
	"profile": {Name, Birthdate},
	"email":   {Email},
}

// claims maps the claims of OpenID Connect Core, 5.1, to attributes.
var claims = map[string]Attribute{
	"name": Name, "given_name": Name, "family_name": Name, "birthdate": Birthdate, "email": Email,
}

// ClaimNames lists the claims of the provider's metadata.
var ClaimNames = []string{"sub", "name", "given_name", "family_name", "birthdate", "email"}

// Holder is a person as userinfo tells it.
type Holder struct {
	GivenAr, FamilyAr, GivenFr, FamilyFr string
	Birthdate                            string // ISO
	Email                                string
}

// Userinfo is the answer for a subject who shares the given attributes. Names carry the Arabic form under the language tag
// of OpenID Connect Core, 5.2; the untagged form is the Latin one of the card.
func Userinfo(subject string, h Holder, shared []Attribute) map[string]string {
	out := map[string]string{"sub": subject}
	if slices.Contains(shared, Name) {
		out["given_name"], out["family_name"] = h.GivenFr, h.FamilyFr
		out["given_name#ar"], out["family_name#ar"] = h.GivenAr, h.FamilyAr
		out["name"], out["name#ar"] = h.GivenFr+" "+h.FamilyFr, h.GivenAr+" "+h.FamilyAr
		out["given_name#fr"], out["family_name#fr"], out["name#fr"] = h.GivenFr, h.FamilyFr, h.GivenFr+" "+h.FamilyFr
	}
	if slices.Contains(shared, Birthdate) {
		out["birthdate"] = h.Birthdate
	}
	if slices.Contains(shared, Email) && h.Email != "" {
		out["email"] = h.Email
	}
	return out
}
