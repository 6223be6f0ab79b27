package rp

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
)

// ErrDenied means that the person, or identity, broke the sign-in off.
var ErrDenied = errors.New("rp: access denied")

// checkAnswer checks what the browser brought back: from this issuer (RFC 9207
// against mix-up), for this attempt, and not an error.
func checkAnswer(answer url.Values, issuer string, a Attempt) error {
	switch {
	case answer.Get("iss") != issuer:
		return fmt.Errorf("%w: answer of another issuer", ErrRefused)
	case a.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(a.State)) != 1:
		return fmt.Errorf("%w: answer to another request", ErrRefused)
	case answer.Get("error") == "access_denied" || answer.Get("error") == "login_required":
		return ErrDenied
	case answer.Get("error") != "":
		return fmt.Errorf("%w: error %.40q", ErrRefused, answer.Get("error"))
	case answer.Get("code") == "":
		return fmt.Errorf("%w: no code", ErrRefused)
	}
	return nil
}
