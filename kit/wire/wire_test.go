package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"wasl/kit/errs"
	"wasl/kit/tokens"
	"wasl/kit/txn"
)

type secret struct{}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Host", r.Host)
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("boom") })
	mux.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) {
		w.Write(bytes.Repeat([]byte("x"), 8<<10))
		panic("late")
	})
	mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("GET /context", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Context().Value(secret{}), r.URL.Path)
	})
	return mux
}

func TestMemoryBehavesAsTheNetworkDoes(t *testing.T) {
	s := httptest.NewServer(handler())
	defer s.Close()
	for name, c := range map[string]struct {
		base string
		rt   http.RoundTripper
	}{"memory": {"http://block", Memory(handler())}, "network": {s.URL, http.DefaultTransport}} {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: c.rt}
			big := strings.Repeat("wasl", 500_000)
			resp, err := client.Post(c.base+"/echo", "text/plain", strings.NewReader(big))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if resp.Body.Close(); err != nil || string(body) != big {
				t.Fatalf("%d bytes, %v", len(body), err)
			}
			if resp, err = client.Post(c.base+"/echo", "text/plain", strings.NewReader("short")); err != nil || resp.ContentLength != 5 {
				t.Fatal(resp, err)
			}
			resp.Body.Close()
			if _, err := client.Post(c.base+"/echo", "text/plain", io.MultiReader(strings.NewReader("half"), failing{})); err == nil {
				t.Fatal("half a request body was answered")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, "GET", c.base+"/wait", nil)
			if _, err := client.Do(req); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal("a call past its deadline:", err)
			}
			if resp, err = client.Get(c.base + "/endless"); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		})
	}
}

func TestMemoryPanics(t *testing.T) {
	client := &http.Client{Transport: Memory(handler())}
	if _, err := client.Get("http://block/panic"); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatal(err)
	}
	resp, err := client.Get("http://block/late")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Fatal("a body cut by a panic was read whole")
	}
}

func TestMemoryHidesTheCallersContextAndLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	client := &http.Client{Transport: Memory(handler())}
	for range 50 {
		req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), secret{}, "mine"), "GET", "http://block/context", nil)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(b) != "<nil>/context" {
			t.Fatalf("%s", b)
		}
		if resp, err = client.Get("http://block/endless"); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for range 100 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestNoCallInsideATransaction(t *testing.T) {
	c := New("http://block", "payment", Memory(handler()), tokens.ForTest(t, "casework")["casework"])
	if err := c.JSON(txn.Mark(t.Context()), "GET", "/context", nil, nil); !errors.Is(err, ErrInTransaction) {
		t.Fatal(err)
	}
	if err := c.JSON(t.Context(), "GET", "/nowhere", nil, nil); errs.CodeOf(err) != "upstream_unavailable" {
		t.Fatal("a foreign answer:", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cable pulled") }

func TestAnotherBlocksFaultIsNeverOurSentence(t *testing.T) {
	keys := tokens.ForTest(t, "portal", "payment")["portal"]
	for _, status := range []int{500, 502, 503, 504} {
		c := New("http://payment", "payment", Memory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"status":%d,"code":"order_paid_twice","params":{"who":"Amina"},"fields":[{"name":"a","code":"b"}]}`, status)
		})), keys)
		err := c.JSON(t.Context(), "GET", "/v1/x", nil, nil)
		if errs.CodeOf(err) != "upstream_unavailable" || errs.KindOf(err) != errs.Unavailable || len(errs.FieldsOf(err)) > 0 || errs.As(err).Params["who"] != "" {
			t.Errorf("%d reaches the person as %+v", status, errs.As(err))
		}
	}
	c := New("http://payment", "payment", Memory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(409)
		io.WriteString(w, `{"status":200,"code":"order_key_reused"}`)
	})), keys)
	if err := c.JSON(t.Context(), "GET", "/v1/x", nil, nil); errs.CodeOf(err) != "order_key_reused" || errs.KindOf(err) != errs.Conflict {
		t.Errorf("a refusal: %+v", errs.As(err))
	}
}
