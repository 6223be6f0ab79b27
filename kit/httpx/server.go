package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	drain = 10 * time.Second // what requests in flight have to finish
	hurry = 5 * time.Second  // what those have of it who still send theirs, or do not take their answer
)

// Server says how Serve answers; the zero value is fit for any listener.
type Server struct {
	Conns, ConnsSubscriber int     // connections at most, in all and for one subscriber; 0: MaxConns, MaxConnsSubscriber
	Proxies                Proxies // speak for many: only the limit in all holds for them
}

// Serve is Server.Serve of the zero Server.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	return Server{}.Serve(ctx, l, h, log)
}

// Serve answers on l until ctx ends, then lets requests in flight finish for ten seconds; whoever keeps us waiting has five. Connections, times, header sizes and the
// least speed of a body are bounded.
func (o Server) Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	if o.Conns <= 0 {
		o.Conns = MaxConns
	}
	if o.ConnsSubscriber <= 0 {
		o.ConnsSubscriber = MaxConnsSubscriber
	}
	c := newCrowd(l, o.Conns, o.ConnsSubscriber, o.Proxies)
	s := &http.Server{
		Handler: paced(h), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ConnState: c.state, ConnContext: c.context,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(c) }()
	select {
	case err := <-failed:
		return fmt.Errorf("httpx: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	defer time.AfterFunc(hurry, c.hurry).Stop()
	if err := s.Shutdown(stop); err != nil {
		s.Close()
		return fmt.Errorf("httpx: stop: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("httpx: %w", err)
	}
	return nil
}

// Health answers /healthz (the process lives) and /readyz (failing names nothing) in front of next.
func Health(failing func(context.Context) []string, next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if names := failing(r.Context()); len(names) > 0 {
			http.Error(w, "not ready: "+strings.Join(names, ", "), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}
