package locker

import (
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// fileHeaders keeps a document what it is: no type is guessed, nothing in it is executed or loaded, no page frames it, and no cache
// keeps it.
func fileHeaders(h http.Header, d Document) {
	disposition := "attachment"
	if Shown(d.ContentType) {
		disposition = "inline"
	}
	h.Set("Content-Type", d.ContentType)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": d.FileName()}))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
}

// serve records the opening, if the activity names an act, and sends the document.
func (b *Block) serve(w http.ResponseWriter, r *http.Request, d Document, a Activity) {
	c, err := b.open(r.Context(), d, a)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	defer c.Close()
	fileHeaders(w.Header(), d)
	if r.Method != http.MethodHead {
		copyAll(w, c)
	}
}

// serveProof sends the evidence proof of the document's seal as a file for `wasl verify`.
func (b *Block) serveProof(w http.ResponseWriter, r *http.Request, d Document) {
	file, err := b.sealProof(r.Context(), d)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.FileName() + ".proof.json"}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(file)
}
