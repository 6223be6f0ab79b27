package citizen

import (
	"net/http"

	"wasl/casework/dossier"
)

// Desk is the person's side of the desk of dossiers.
type Desk struct{ *dossier.Desk }

// Routes adds the citizen's pages. doc.go of casework lists their form fields.
func (k Desk) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{lang}/dossiers", k.listPage)
	mux.HandleFunc("GET /{lang}/dossiers/new", k.startPage)
	mux.HandleFunc("POST /{lang}/dossiers", k.start)
	mux.HandleFunc("GET /{lang}/dossiers/{id}", k.page)
	mux.HandleFunc("POST /{lang}/dossiers/{id}", k.act)
	mux.HandleFunc("GET /{lang}/dossiers/{id}/check", k.checkPage)
	mux.HandleFunc("GET /{lang}/dossiers/{id}/receipt", k.receiptPage)
	mux.HandleFunc("GET /{lang}/dossiers/{id}/pieces/{code}", k.pieceContent)
}
