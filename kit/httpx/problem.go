package httpx

import (
	"encoding/json"
	"net/http"

	"wasl/kit/errs"
)

// ProblemType is the media type of a problem document (RFC 9457).
const ProblemType = "application/problem+json"

// ProblemDoc is the body of an error answer of an API. It never holds a submitted value.
type ProblemDoc struct {
	Type   string            `json:"type"` // urn:wasl:problem:<code>
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
	Fields []errs.FieldError `json:"fields,omitempty"`
	Trace  string            `json:"trace,omitempty"`
}

// ProblemOf describes err; the cause stays out.
func ProblemOf(r *http.Request, err error) ProblemDoc {
	e := errs.As(err)
	status := e.Kind.Status()
	return ProblemDoc{
		Type: "urn:wasl:problem:" + e.Code, Title: http.StatusText(status), Status: status,
		Code: e.Code, Params: e.Params, Fields: e.Fields, Trace: Trace(r.Context()),
	}
}

// Problem answers an API request with err as a problem document and notes it for the access line.
func Problem(w http.ResponseWriter, r *http.Request, err error) {
	NoteError(r, err)
	doc := ProblemOf(r, err)
	h := w.Header()
	h.Set("Content-Type", ProblemType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(doc.Status)
	json.NewEncoder(w).Encode(doc)
}

// Err returns the error that the document stands for.
func (d ProblemDoc) Err() *errs.Error {
	return &errs.Error{Kind: errs.KindOfStatus(d.Status), Code: d.Code, Params: d.Params, Fields: d.Fields}
}
