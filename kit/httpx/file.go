package httpx

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
)

// shown lists the types that a browser shows as they are; anything else is offered as a file to save, for it could be a program.
var shown = []string{"application/pdf", "image/jpeg", "image/png"}

// ServeFile sends a stored file as what it is: no type is guessed, nothing in it is executed or loaded, no page frames it, and no
// cache keeps it. size is 0 when it is not known before.
func ServeFile(w http.ResponseWriter, r *http.Request, contentType, name string, size int64, content io.Reader) {
	disposition := "attachment"
	if slices.Contains(shown, contentType) {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	if size > 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		Send(w, content)
	}
}

// Send copies content into an answer; if it breaks on the way the answer is cut off, so that nobody takes a part for the whole.
func Send(w io.Writer, content io.Reader) {
	if _, err := io.Copy(w, content); err != nil {
		panic(http.ErrAbortHandler)
	}
}
