package mail

import (
	"context"
	"embed"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/emersion/go-smtp"

	"wasl/kit/clock"
	"wasl/peers/sim"
)

//go:embed pages locales
var files embed.FS

const (
	maxMessage  = 1 << 20
	maxMessages = 500
)

// Sink is the simulator.
type Sink struct {
	log   *slog.Logger
	clock clock.Clock
	box   box
	smtp  *smtp.Server
	pages *sim.Pages
}

// New prepares a sink: Serve takes the mail, Handler shows it.
func New(clk clock.Clock, log *slog.Logger) (*Sink, error) {
	pages, err := sim.Load(files, log)
	if err != nil {
		return nil, err
	}
	s := &Sink{log: log, clock: clk, pages: pages}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }))
	s.smtp.Domain = "localhost"
	s.smtp.MaxMessageBytes = maxMessage
	s.smtp.MaxRecipients = 10
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	return s, nil
}

// Serve takes mail on the listener until ctx ends.
func (s *Sink) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = s.smtp.Close() })
	defer stop()
	err := s.smtp.Serve(l)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Handler serves the page and the JSON list.
func (s *Sink) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /messages/{id}", s.show)
	mux.HandleFunc("GET /messages.json", s.list)
	sim.Style(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return mux
}
