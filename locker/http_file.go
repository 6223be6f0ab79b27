package locker

import (
	"encoding/hex"
	"mime"
	"net/http"

	"wasl/kit/httpx"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// serve records the opening, if the activity names an act, and sends the document.
func (b *Block) serve(w http.ResponseWriter, r *http.Request, d Document, a Activity) {
	c, err := b.open(r.Context(), d, a)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	defer c.Close()
	httpx.ServeFile(w, r, d.ContentType, d.FileName(), d.Size, c)
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
