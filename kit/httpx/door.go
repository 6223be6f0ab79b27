package httpx

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
)

// Door stands where strangers come in, before the edge of a block: it tells who they are, counts what they ask for, and lets a
// body in only when all of it has arrived.
type Door struct {
	Proxies Proxies
	Limits  *Limits // nil: none
	Budget  *Budget // nil: bodies are read as they arrive
	Log     *slog.Logger
	Refuse  func(http.ResponseWriter, *http.Request, error) // nil: Problem
}

// Before puts the door before next.
func (d Door) Before(next http.Handler) http.Handler {
	if d.Refuse == nil {
		d.Refuse = Problem
	}
	refuse := func(err error) http.Handler { // behind an edge of its own, for the access line
		return Edge{Log: d.Log, Refuse: d.Refuse}.Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.Refuse(w, r, err) }))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.Limits != nil {
			wait, refused := d.Limits.Allow(r, d.Proxies.Visitor(peerOf(r.RemoteAddr), r.Header), now())
			if refused != nil {
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
				r.Body = http.NoBody
				refuse(refused).ServeHTTP(w, r)
				return
			}
		}
		if d.Budget != nil && r.ContentLength != 0 {
			body, size, release, err := d.Budget.Take(r.Context(), &arriving{http.MaxBytesReader(w, r.Body, MaxBody)})
			if err != nil {
				r.Body = http.NoBody
				refuse(err).ServeHTTP(w, r)
				return
			}
			defer release()
			turns(r, working)
			r.Body, r.ContentLength = io.NopCloser(body), size
		}
		next.ServeHTTP(w, r)
	})
}
