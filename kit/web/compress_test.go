package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"wasl/kit/web"
)

func TestCompressPagesOnly(t *testing.T) {
	page := strings.Repeat("<p>وصل</p>", 500)
	h := web.Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		io.WriteString(w, page)
	}))
	for _, c := range []struct{ kind, accept, want string }{
		{"text/html; charset=utf-8", "gzip, br", "br"}, {"text/html", "gzip", "gzip"}, {"text/html", "", ""}, {"application/pdf", "br", ""},
	} {
		r := httptest.NewRequest("GET", "/?type="+strings.ReplaceAll(strings.ReplaceAll(c.kind, ";", "%3B"), " ", "+"), nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var body io.Reader = w.Body
		switch c.want {
		case "br":
			body = brotli.NewReader(w.Body)
		case "gzip":
			body, _ = gzip.NewReader(w.Body)
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != page || w.Header().Get("Content-Encoding") != c.want {
			t.Errorf("%v: %q, %d bytes, %v", c, w.Header().Get("Content-Encoding"), len(got), err)
		}
	}
}
