package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// benchClients is how many callers a benchmark keeps busy.
const benchClients = 64

// answerOf is a register's answer of about 1 KB.
func answerOf(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"birth_place":"`)
	w.Write(bytes.Repeat([]byte("a"), 1000))
	io.WriteString(w, `"}`)
}

// BenchmarkExchange is a whole exchange: decided, signed and logged durably on both sides, 1 KB each way.
func BenchmarkExchange(b *testing.B) {
	MoreProcessors()
	w := newWorld(b)
	w.answer(answerOf)
	c := call()
	c.Body = []byte(`"` + strings.Repeat("a", 1022) + `"`)
	if _, err := w.send(c); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(benchClients / processors)
	var failed atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := w.consumer.Send(context.Background(), c, Buffered); err != nil {
				failed.Add(1)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
	if n := failed.Load(); n > 0 {
		b.Errorf("%d exchanges failed", n)
	}
}

// BenchmarkIdleExchange is one exchange at a time: what a person waits for.
func BenchmarkIdleExchange(b *testing.B) {
	MoreProcessors()
	w := newWorld(b)
	w.answer(answerOf)
	for b.Loop() {
		if _, err := w.send(call()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareMutualTLS is the bound: the same bytes to a handler that does nothing, over the same TLS.
func BenchmarkBareMutualTLS(b *testing.B) {
	MoreProcessors()
	w := newWorld(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{
		Protocols: http2Only(), TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}, ClientAuth: tls.RequireAnyClientCert,
			Certificates: []tls.Certificate{w.provider.identity.Load().tls},
		},
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); answerOf(rw, r) }),
	}
	go srv.ServeTLS(l, "", "")
	defer srv.Close()
	tr := w.consumer.peerTransport()
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, l.Addr().String())
	}
	url := "https://" + clientID("MA/GOV/civil-status").ServerName() + "/"
	body := bytes.Repeat([]byte("a"), 1024)
	b.SetParallelism(benchClients / processors)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			req, _ := http.NewRequest("POST", url, bytes.NewReader(body))
			resp, err := tr.RoundTrip(req)
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkDecide is the agreement check alone.
func BenchmarkDecide(b *testing.B) {
	w := newWorld(b)
	s, ask := w.consumer.Directory(), call().ask(w.clk.Now())
	var err error
	for b.Loop() {
		if _, err = s.Decide(ask); err != nil {
			b.Fatal(err)
		}
	}
}
