package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
	"wasl/kit/clock"
	"wasl/kit/errs"
)

// Gateway is one member's gateway, in both roles.
type Gateway struct {
	config   Config
	clock    clock.Clock
	logger   *slog.Logger
	trust    atomic.Pointer[trust]
	identity atomic.Pointer[identity]

	journal  *journal
	tiles    *tileLog
	signings chan signing
	abandon  chan struct{} // closed when the gateway closes
	copied   chan struct{} // closed when the last record is in the tile log
	unlock   func() error
	closing  sync.Once
	leaving  sync.Once

	replays    replays
	roots      roots
	turnstiles turnstiles
	breakers   sync.Map // client and service → *breaker
	toPeers    atomic.Pointer[http.Transport]
	toSystems  *http.Client
}

// Open reads keys and directory, brings the log up to date and starts the gateway's work. Close it.
func Open(ctx context.Context, c Config, clk clock.Clock, logger *slog.Logger) (_ *Gateway, err error) {
	if c.Timeout == 0 {
		c.Timeout = Duration(10 * time.Second)
	}
	if c.watch == 0 {
		c.watch = watchEvery
	}
	if c.checkpoint == 0 {
		c.checkpoint = logCheckpoint
	}
	if c.Concurrent == 0 {
		c.Concurrent = 128
	}
	g := &Gateway{config: c, clock: clk, logger: logger, signings: make(chan signing, message.MaxBatch), abandon: make(chan struct{}), copied: make(chan struct{})}
	if err := g.reload(); err != nil {
		return nil, err
	}
	if g.unlock, err = lockLog(c.Log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.unlock())
		}
	}()
	if g.journal, err = openJournal(filepath.Join(c.Log, "journal"), logger, g.abandon); err != nil {
		return nil, err
	}
	if g.tiles, err = openTileLog(ctx, filepath.Join(c.Log, "tiles"), g.Origin(), c.checkpoint, g.journal); err != nil {
		return nil, err
	}
	if err := g.recoverLog(ctx); err != nil {
		return nil, errors.Join(err, g.tiles.Close(ctx))
	}
	g.toPeers.Store(g.peerTransport())
	g.toSystems = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true, ResponseHeaderTimeout: time.Duration(c.Timeout)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	go g.journal.run()
	go g.copyToLog()
	go g.signBatches()
	go g.watch()
	go g.scrub()
	return g, nil
}

// Origin names the gateway's log in its checkpoints.
func (g *Gateway) Origin() string { return g.config.Member.LogOrigin() }

// Directory returns the snapshot in use.
func (g *Gateway) Directory() *directory.Snapshot { return g.trust.Load().Snapshot }

// Checkpoint returns the newest checkpoint of the gateway's log (C2SP tlog-checkpoint), for witnesses and for custody's log.
func (g *Gateway) Checkpoint(ctx context.Context) ([]byte, error) {
	return g.tiles.disk.ReadCheckpoint(ctx)
}

// Ready says why the gateway exchanges nothing: its log is harmed, and an exchange without a log would prove nothing.
func (g *Gateway) Ready() error {
	if err := g.tiles.damage(); err != nil {
		return errLog.Cause(err)
	}
	return nil
}

// LogKey returns the public key under which checkpoints verify (note verifier format).
func (g *Gateway) LogKey() string { return g.tiles.verifier }

// SigningCertificate returns the certificate (DER) that a proof names by its SHA-256, as the directory lists it.
func (g *Gateway) SigningCertificate(print []byte) ([]byte, bool) {
	by, ok := g.trust.Load().signing[string(print)]
	if !ok {
		return nil, false
	}
	return by.cert.Raw, true
}

// Inclusion returns where a record of the journal stands in the tile log.
func (g *Gateway) Inclusion(ctx context.Context, seq uint64) (Inclusion, error) {
	return g.tiles.Inclusion(ctx, seq)
}

// Close lets what is under way reach the log, then stops. Call it after the servers have stopped.
func (g *Gateway) Close() error {
	var err error
	g.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		go func() { <-ctx.Done(); g.leave() }()
		g.journal.Close()
		<-g.copied
		g.leave()
		err = g.tiles.Close(ctx)
		g.toPeers.Load().CloseIdleConnections()
		g.toSystems.CloseIdleConnections()
		err = errors.Join(err, g.unlock())
	})
	return err
}

// leave ends the background work.
func (g *Gateway) leave() { g.leaving.Do(func() { close(g.abandon) }) }

// Serve answers other gateways on the listener until ctx ends: TLS 1.3, HTTP/2, both sides with certificates.
func (g *Gateway) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: g.Peers(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: bodyTime, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog: g.debugLog(), Protocols: http2Only(),
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 1000},
	}
	srv.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}, ClientAuth: tls.RequireAnyClientCert,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &g.identity.Load().tls, nil },
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := g.trust.Load().peer(s.PeerCertificates, g.clock.Now())
			if err != nil {
				g.logger.Info("connection refused", "member", memberIn(s.PeerCertificates), "code", errs.CodeOf(err), "error", err)
			}
			return err
		},
	}
	return serve(ctx, srv, func() error { return srv.ServeTLS(l, "", "") })
}

// ServeClients answers this member's own systems on the listener, plain HTTP, until ctx ends. Bind it to loopback only.
func (g *Gateway) ServeClients(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: g.Clients(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: g.debugLog()}
	return serve(ctx, srv, func() error { return srv.Serve(l) })
}

// debugLog takes what the server says of connections that went wrong: theirs, not ours.
func (g *Gateway) debugLog() *log.Logger {
	return slog.NewLogLogger(g.logger.Handler(), slog.LevelDebug)
}

func serve(ctx context.Context, srv *http.Server, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return fmt.Errorf("gateway: serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return srv.Close()
	}
	return nil
}

func http2Only() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP2(true)
	return p
}

// peerTransport keeps connections to other gateways open. The server's certificate is checked against the current directory,
// and must belong to the member that the URL's host names.
func (g *Gateway) peerTransport() *http.Transport {
	return &http.Transport{
		Protocols: http2Only(), DisableCompression: true, TLSHandshakeTimeout: 5 * time.Second, IdleConnTimeout: 5 * time.Minute,
		ResponseHeaderTimeout: time.Duration(g.config.Timeout) + 5*time.Second, MaxResponseHeaderBytes: maxHeader,
		HTTP2:       &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
		DialContext: g.dial,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, // replaced by VerifyConnection, which follows the directory
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &g.identity.Load().tls, nil },
			VerifyConnection: func(s tls.ConnectionState) error {
				member, err := g.trust.Load().peer(s.PeerCertificates, g.clock.Now())
				if err == nil && member.ServerName() != s.ServerName {
					err = errTransport
				}
				return err
			},
		},
	}
}

// trusted says whether an answer's connection still proves the provider: connections outlive certificates and directories.
func (g *Gateway) trusted(s *tls.ConnectionState, provider directory.ClientID) error {
	if s == nil {
		return errTransport
	}
	member, err := g.trust.Load().peer(s.PeerCertificates, g.clock.Now())
	if err == nil && member != provider {
		err = errTransport
	}
	return err
}

// dial finds the address of the member that the host name stands for, so that an address never names a member by itself.
func (g *Gateway) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	for _, m := range g.trust.Load().Members {
		if m.ID.ServerName() == host {
			return (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, network, m.Gateway)
		}
	}
	return nil, directory.ErrUnknownMember
}
