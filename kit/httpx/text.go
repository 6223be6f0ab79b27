package httpx

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"wasl/kit/errs"
)

// maxText bounds a body that is text; the largest that blocks send each other is a page of JSON.
const maxText = 16 << 20

// IsText tells whether s is UTF-8 without NUL: what PostgreSQL stores as text and JSON carries. Anything else is an attempt, and
// would come back as a fault of ours.
func IsText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

var errNotText = errs.New(errs.Invalid, "request_invalid")

// onlyText refuses a request that holds, anywhere but in a file, what no text may hold: in its path, query, headers, form fields
// or JSON. A body of text is read here, so that no block meets the half of one; files and multipart forms are left to who reads
// them (kit/web checks a form's names and values).
func onlyText(r *http.Request) error {
	if !IsText(r.URL.Path) || !valuesAreText(r.URL.RawQuery) || !headerIsText(r.Header) {
		return errNotText
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength == 0 || isFile(kind) {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxText+1))
	if err != nil {
		return err
	}
	if len(body) > maxText {
		return errs.New(errs.TooLarge, "too_large")
	}
	if kind == "application/x-www-form-urlencoded" && !valuesAreText(string(body)) || !jsonIsText(body) {
		return errNotText
	}
	r.Body = &whole{bytes.NewReader(body), r.Body}
	return nil
}

// isFile tells whether a body is bytes rather than text.
func isFile(kind string) bool {
	return strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "image/") || slices.Contains([]string{
		"application/pdf", "application/octet-stream", "application/ocsp-request", "application/timestamp-query", "application/zip",
	}, kind)
}

func valuesAreText(query string) bool {
	values, _ := url.ParseQuery(query) // a pair that does not parse reaches nobody
	for name, all := range values {
		if !IsText(name) || slices.ContainsFunc(all, func(v string) bool { return !IsText(v) }) {
			return false
		}
	}
	return true
}

func headerIsText(h http.Header) bool {
	for _, all := range h {
		if slices.ContainsFunc(all, func(v string) bool { return !IsText(v) }) {
			return false
		}
	}
	return true
}

var nul = []byte(`\u0000`)

// jsonIsText tells whether a body is UTF-8 without NUL, neither as it is nor as the escape of JSON.
func jsonIsText(body []byte) bool {
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return false
	}
	for rest := body; ; {
		i := bytes.Index(rest, nul)
		if i < 0 {
			return true
		}
		before := rest[:i]
		slashes := len(before) - len(bytes.TrimRight(before, `\`))
		if slashes%2 == 0 {
			return false // the backslash of the escape is not itself escaped
		}
		rest = rest[i+len(nul):]
	}
}

// whole is a body that was read, with the end of the one it was read from.
type whole struct {
	*bytes.Reader
	io.Closer
}

// arriving says of a body that breaks off that it was the sender's fault.
type arriving struct{ io.ReadCloser }

func (b *arriving) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	var known *errs.Error
	var big *http.MaxBytesError
	if err == nil || err == io.EOF || errors.As(err, &known) || errors.As(err, &big) {
		return n, err
	}
	return n, errs.New(errs.Invalid, "request_invalid").Cause(err)
}
