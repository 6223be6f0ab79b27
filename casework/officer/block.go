package officer

import (
	"net/http"

	"wasl/casework/dossier"
)

// Desk is the administration's side of the desk of dossiers.
type Desk struct{ *dossier.Desk }

// Routes adds the officer's pages.
func (k Desk) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{lang}/office", k.inbox)
	mux.HandleFunc("GET /{lang}/office/{id}", k.page)
	mux.HandleFunc("POST /{lang}/office/{id}", k.act)
	mux.HandleFunc("GET /{lang}/office/{id}/pieces/{code}", k.piece)
	mux.HandleFunc("GET /{lang}/office/{id}/papers/{paper}", k.paper)
}
