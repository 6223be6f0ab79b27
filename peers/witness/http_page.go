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
	last, ok := w.last(rw, r)
	if ok {
		w.pages.Render(rw, r, http.StatusOK, "home", sim.View{Title: "title", Wide: true, Data: view{w.key, w.log.Name(), string(last)}})
	}
}

// checkpoint shows what the witness co-signed last, for whoever compares it with what the log shows them.
func (w *Witness) checkpoint(rw http.ResponseWriter, r *http.Request) {
	last, ok := w.last(rw, r)
	switch {
	case ok && last == nil:
		http.NotFound(rw, r)
	case ok:
		plain(rw, last)
	}
}

func (w *Witness) last(rw http.ResponseWriter, r *http.Request) (last []byte, ok bool) {
	last, err := w.seen.Latest(r.Context(), w.log.Name())
	if err != nil {
		w.slog.ErrorContext(r.Context(), "witness: last checkpoint", "err", err)
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return last, err == nil
}

func plain(rw http.ResponseWriter, b []byte) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.Write(b)
}
