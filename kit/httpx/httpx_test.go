package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wasl/kit/errs"
)

func edge(log *bytes.Buffer, h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dossiers/{id}", h)
	return Middleware(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), mux)
}

func TestTheAccessLineNamesTheRouteAndNeverThePath(t *testing.T) {
	var log bytes.Buffer
	h := edge(&log, func(w http.ResponseWriter, r *http.Request) {
		Problem(w, r, errs.New(errs.NotFound, "dossier_unknown").Cause(errors.New("no rows")))
	})
	r := httptest.NewRequest("GET", "/dossiers/secret-reference", nil)
	r.Header.Set(TraceHeader, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	line := log.String()
	if strings.Contains(line, "secret-reference") || !strings.Contains(line, "/dossiers/{id}") || !strings.Contains(line, "no rows") {
		t.Fatal(line)
	}
	if !strings.Contains(line, "0af7651916cd43dd8448eb211c80319c") || !strings.Contains(w.Body.String(), "0af7651916cd43dd8448eb211c80319c") {
		t.Fatal("the caller's trace is not passed on")
	}
	if strings.Contains(w.Body.String(), "no rows") || w.Code != 404 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	var log bytes.Buffer
	w := httptest.NewRecorder()
	edge(&log, func(http.ResponseWriter, *http.Request) { panic("out of cheese") }).ServeHTTP(w, httptest.NewRequest("GET", "/dossiers/1", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "cheese") || !strings.Contains(log.String(), "cheese") {
		t.Fatalf("%d %s %s", w.Code, w.Body, log.String())
	}
}

func TestAVisitorWhoLeftIsNoError(t *testing.T) {
	var log bytes.Buffer
	h := edge(&log, func(w http.ResponseWriter, r *http.Request) { Problem(w, r, errs.Wrap("read", context.Canceled)) })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/dossiers/1", nil))
	if strings.Contains(log.String(), "level=ERROR") {
		t.Fatal(log.String())
	}
}

func TestAForgedTraceIsReplaced(t *testing.T) {
	for _, parent := range []string{"", "00-zz-b7ad-01", "00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", "<script>"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set(TraceHeader, parent)
		if id := Trace(WithTrace(r)); len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("%q became %q", parent, id)
		}
	}
}

func TestServeLetsTheRequestInFlightFinish(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		time.Sleep(100 * time.Millisecond)
		io.WriteString(w, "whole")
	})
	ready := func(context.Context) []string { return []string{"database"} }
	go func() { served <- Serve(ctx, l, Health(ready, slow), slog.New(slog.DiscardHandler)) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/readyz")
	if err != nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/slow")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answered <- string(b)
	}()
	<-entered
	stop()
	if got := <-answered; got != "whole" {
		t.Fatal(got)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}

func TestAnAddressThatNoTextMayHoldIsRefused(t *testing.T) {
	reached := 0
	h := Middleware(slog.New(slog.DiscardHandler), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	for _, path := range []string{"/fr/procedures/%00", "/fr/search?q=a%00", "/fr/search?q=%ff", "/fr/search?%00=a"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/fr/search?q=%D8%AC%D9%88%D8%A7%D8%B2&a=%2500", nil))
	if reached != 1 {
		t.Errorf("%d requests reached the block", reached)
	}
}
