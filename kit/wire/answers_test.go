package wire

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wasl/kit/errs"
	"wasl/kit/tokens"
)

// shapes answers in each of the ways in which a handler may; go lets /flush end.
func shapes(goOn <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /host", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	mux.HandleFunc("GET /said", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot)
	})
	mux.HandleFunc("GET /length/{n}/{said}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscan(r.PathValue("n"), &n)
		if r.PathValue("said") == "said" {
			w.Header().Set("Content-Length", r.PathValue("n"))
		}
		for _, part := range []int{n / 3, n - n/3} { // the first part is buffered, the second may not fit
			if m, err := w.Write([]byte(strings.Repeat("x", part))); m != part || err != nil {
				panic(fmt.Sprint(m, err))
			}
		}
	})
	mux.HandleFunc("GET /flush", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Query().Get("first"))
		w.(http.Flusher).Flush()
		<-goOn
		io.WriteString(w, "rest")
	})
	mux.HandleFunc("GET /headers", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"type":%q,"auth":%t}`, r.Header.Get("Content-Type"), strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "))
	})
	return mux
}

func TestMemoryAnswersInEveryShapeThatTheNetworkHas(t *testing.T) {
	goOn := make(chan struct{})
	s := httptest.NewServer(shapes(goOn))
	defer s.Close()
	for name, c := range map[string]struct {
		base string
		rt   http.RoundTripper
		kept int // an answer up to here has a length although the handler did not say it
	}{"memory": {"http://block", Memory(shapes(goOn)), 4096}, "network": {s.URL, http.DefaultTransport, 2048}} {
		t.Run(name, func(t *testing.T) {
			get := func(path string, change ...func(*http.Request)) (*http.Response, string) {
				t.Helper()
				req, err := http.NewRequestWithContext(t.Context(), "GET", c.base+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range change {
					f(req)
				}
				resp, err := c.rt.RoundTrip(req)
				if err != nil {
					t.Fatal(path, err)
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(path, err)
				}
				return resp, string(b)
			}
			host := strings.TrimPrefix(c.base, "http://")
			if _, got := get("/host"); got != host {
				t.Errorf("host %q", got)
			}
			if _, got := get("/host", func(r *http.Request) { r.Host = "" }); got != host {
				t.Errorf("host of the address: %q", got)
			}
			if _, got := get("/host", func(r *http.Request) { r.Host = "wasl.example" }); got != "wasl.example" {
				t.Errorf("host of its own: %q", got)
			}
			if resp, got := get("/said"); resp.StatusCode != http.StatusOK || got != "" || resp.ContentLength != 0 {
				t.Errorf("the first word counts: %d %q", resp.StatusCode, got)
			}
			for n, want := range map[int]int64{0: 0, c.kept: int64(c.kept), 100_000: -1} {
				if resp, got := get(fmt.Sprintf("/length/%d/silent", n)); len(got) != n || resp.ContentLength != want {
					t.Errorf("%d bytes: got %d, length %d", n, len(got), resp.ContentLength)
				}
				if resp, got := get(fmt.Sprintf("/length/%d/said", n)); len(got) != n || resp.ContentLength != int64(n) {
					t.Errorf("%d bytes as said: got %d, length %d", n, len(got), resp.ContentLength)
				}
			}
			for _, first := range []string{"", "first"} {
				req, _ := http.NewRequestWithContext(t.Context(), "GET", c.base+"/flush?first="+first, nil)
				resp, err := c.rt.RoundTrip(req) // comes although the handler waits
				if err != nil {
					t.Fatal(err)
				}
				head := make([]byte, len(first))
				if _, err := io.ReadFull(resp.Body, head); err != nil || string(head) != first || resp.ContentLength != -1 {
					t.Errorf("flushed: %q %v, length %d", head, err, resp.ContentLength)
				}
				goOn <- struct{}{}
				if rest, err := io.ReadAll(resp.Body); string(rest) != "rest" || err != nil {
					t.Errorf("after the flush: %q %v", rest, err)
				}
				resp.Body.Close()
			}
		})
	}
	if resp, err := Memory(shapes(nil)).RoundTrip(httptest.NewRequest("GET", "http://block/length/4097/silent", nil)); err != nil || resp.ContentLength != -1 {
		t.Errorf("more than is kept: %v %v", resp, err)
	}
}

func TestWhatAnotherBlockAnswersIsReadOrUnavailable(t *testing.T) {
	keys := tokens.ForTest(t, "portal", "payment")["portal"]
	answers := func(status int, media, body string) *Client {
		return New("http://payment/", "payment", Memory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			io.WriteString(w, body)
		})), keys)
	}
	const problem = "application/problem+json"
	for name, tc := range map[string]struct {
		client *Client
		code   string
	}{
		"read":                         {answers(200, "application/json", `{"n":7}`), ""},
		"not modified":                 {answers(399, "application/json", `{"n":7}`), ""},
		"no JSON":                      {answers(200, "application/json", `{"n":`), "upstream_unavailable"},
		"its own refusal":              {answers(400, problem, `{"code":"order_unknown"}`), "order_unknown"},
		"a page instead of a refusal":  {answers(404, "text/html", `{"code":"order_unknown"}`), "upstream_unavailable"},
		"a refusal without a code":     {answers(404, problem, `{"status":404}`), "upstream_unavailable"},
		"a refusal that is not one":    {answers(404, problem, `{"code":"order_unknown","status":"x"}`), "upstream_unavailable"},
		"a refusal with its character": {answers(404, problem+"; charset=utf-8", `{"code":"order_unknown"}`), "order_unknown"},
	} {
		var out struct{ N int }
		err := tc.client.JSON(context.Background(), "GET", "/x", nil, &out)
		if errs.CodeOf(err) != tc.code && (err != nil || tc.code != "") || tc.code == "" && out.N != 7 {
			t.Errorf("%s: %v %d", name, err, out.N)
		}
	}
	c := New("http://block", "payment", Memory(shapes(nil)), keys)
	for want, in := range map[string]any{"": nil, "application/json": struct{}{}} {
		var out struct {
			Type string
			Auth bool
		}
		if err := c.JSON(t.Context(), "GET", "/headers", in, &out); err != nil || out.Type != want || !out.Auth {
			t.Errorf("%v: %+v %v", in, out, err)
		}
	}
	if err := c.JSON(t.Context(), "GET", "/headers", func() {}, nil); err == nil {
		t.Error("what is no JSON was sent")
	}
	if err := c.JSON(t.Context(), "GET", "/host", nil, nil); err != nil {
		t.Errorf("an answer that nobody reads: %v", err)
	}
}
