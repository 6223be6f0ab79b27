// Package errs holds the one error type that crosses a block: a kind, which picks the HTTP status; a code, which picks
// the sentence in four languages; fields, shown beside the field; and a cause, which stays in the log.
package errs

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Kind says what sort of refusal an error is.
type Kind int

// The kinds, with the HTTP status that each is answered with.
const (
	Internal        Kind = iota // 500
	Invalid                     // 422
	Unauthenticated             // 401
	Forbidden                   // 403
	NotFound                    // 404
	Conflict                    // 409
	Gone                        // 410
	TooLarge                    // 413
	TooMany                     // 429
	Unavailable                 // 503
)

var statuses = map[Kind]int{
	Internal: http.StatusInternalServerError, Invalid: http.StatusUnprocessableEntity,
	Unauthenticated: http.StatusUnauthorized, Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	Conflict: http.StatusConflict, Gone: http.StatusGone, TooLarge: http.StatusRequestEntityTooLarge,
	TooMany: http.StatusTooManyRequests, Unavailable: http.StatusServiceUnavailable,
}

// Status returns the HTTP status of the kind.
func (k Kind) Status() int { return statuses[k] }

// KindOfStatus returns the kind that an HTTP status stands for; an unknown 4xx is Invalid, all else Internal.
func KindOfStatus(status int) Kind {
	for k, s := range statuses {
		if s == status {
			return k
		}
	}
	switch {
	case status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return Unavailable
	case status >= 400 && status < 500:
		return Invalid
	}
	return Internal
}

// FieldError says what is wrong with one field of a form: the field's name and the code of a sentence.
type FieldError struct {
	Name   string            `json:"name"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// Error is a refusal or a fault. Its text is for the log: it holds the code and the cause, never a field's value.
type Error struct {
	Kind   Kind
	Code   string            // key error.<code> of the locales
	Params map[string]string // values for that sentence; never personal data
	Fields []FieldError
	Err    error
}

// New returns an error of a kind with the code of its sentence.
func New(kind Kind, code string) *Error { return &Error{Kind: kind, Code: code} }

// With returns a copy that carries a value for the sentence.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Params = maps.Clone(e.Params)
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	c.Params[name] = value
	return &c
}

// Field returns a copy that blames the named field; params are name, value pairs for its sentence.
func (e *Error) Field(name, code string, params ...string) *Error {
	f := FieldError{Name: name, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if f.Params == nil {
			f.Params = map[string]string{}
		}
		f.Params[params[i]] = params[i+1]
	}
	c := *e
	c.Fields = append(slices.Clone(e.Fields), f)
	return &c
}

// Cause returns a copy that keeps err for the log.
func (e *Error) Cause(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// OrNil returns nil when no field was blamed: the last line of a validation.
func (e *Error) OrNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

func (e *Error) Error() string {
	s := e.Code
	for _, f := range e.Fields {
		s += " " + f.Name + "=" + f.Code
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare kind and code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Kind == e.Kind && t.Code == e.Code
}

// Wrap adds the operation to an error, or returns nil.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}

// As returns the Error inside err, or what a foreign one means: the database away, a body too large; otherwise an internal one.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return foreign(err).Cause(err)
}

// KindOf returns the kind of err.
func KindOf(err error) Kind { return As(err).Kind }

// CodeOf returns the code of err.
func CodeOf(err error) string { return As(err).Code }

// FieldsOf returns the blamed fields of err.
func FieldsOf(err error) []FieldError {
	if err == nil {
		return nil
	}
	return As(err).Fields
}
