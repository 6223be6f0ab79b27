package witness

import (
	"net/http"

	"wasl/peers/sim"
)

// view is what the page shows: whom the witness is, which log it watches, and the checkpoint that it co-signed last.
type view struct {
	Key, Log, Last string
}

func (w *Witness) home(rw http.ResponseWriter, r *http.Request) {
	last, err := w.seen.Latest(r.Context(), w.log.Name())
	if err != nil {
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.pages.Render(rw, r, http.StatusOK, "home", sim.View{Title: "title", Wide: true, Data: view{w.key, w.log.Name(), string(last)}})
}
