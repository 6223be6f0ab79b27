package oidc

// Fault is an OAuth error answer: a registered code, and a description for the developer of the relying party. The
// description never repeats what was sent.
type Fault struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// Error implements error.
func (f *Fault) Error() string { return f.Code + ": " + f.Description }

// Codes of RFC 6749, OpenID Connect Core, RFC 9126, and the one for unmet levels.
const (
	InvalidRequest    = "invalid_request"
	InvalidClient     = "invalid_client"
	InvalidGrant      = "invalid_grant"
	InvalidScope      = "invalid_scope"
	InvalidToken      = "invalid_token"
	UnsupportedGrant  = "unsupported_grant_type"
	UnsupportedType   = "unsupported_response_type"
	AccessDenied      = "access_denied"
	LoginRequired     = "login_required"
	ConsentRequired   = "consent_required"
	UnmetRequirements = "unmet_authentication_requirements"
	ServerError       = "server_error"
	Unavailable       = "temporarily_unavailable"
)

func fault(code, description string) *Fault { return &Fault{Code: code, Description: description} }

// NewFault returns an error answer.
func NewFault(code, description string) *Fault { return fault(code, description) }
