package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wasl/kit/errs"
)

func FuzzOnlyTextReachesABlock(f *testing.F) {
	for _, s := range []string{`{"a":"b"}`, `{"a":"\u0000"}`, `{"a":"\\u0000"}`, `{"a":"\\\u0000"}`, `"\ud800"`, "a=%00", "\xff", `["é","\u00e9"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if !jsonIsText(body) || json.Unmarshal(body, &v) != nil {
			return
		}
		if s := holdsNUL(v); s != "" {
			t.Fatalf("%q lets %q through", body, s)
		}
	})
}

func holdsNUL(v any) string {
	switch v := v.(type) {
	case string:
		if !IsText(v) {
			return v
		}
	case []any:
		for _, e := range v {
			if s := holdsNUL(e); s != "" {
				return s
			}
		}
	case map[string]any:
		for k, e := range v {
			if s := holdsNUL(k) + holdsNUL(e); s != "" {
				return s
			}
		}
	}
	return ""
}

func TestTextReachesTheBlockWhole(t *testing.T) {
	for kind, body := range map[string]string{
		"application/json": `{"a":"\\u0000 é"}`, "application/x-www-form-urlencoded": "a=%C3%A9&b=%2500", "application/pdf": "%PDF\x00\xff",
		"multipart/form-data; boundary=x": "\x00", "": "text",
	} {
		got := ""
		h := Middleware(slog.New(slog.DiscardHandler), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			got = string(b)
		}))
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(body))) // of unknown length
		r.Header.Set("Content-Type", kind)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != body {
			t.Errorf("%s: %q became %q", kind, body, got)
		}
	}
}

func TestARefusalNamesWhoseItIsAndWakesNobody(t *testing.T) {
	for _, c := range []struct {
		status int
		err    error
		want   string
	}{
		{400, errors.New("a foreign error, as an OAuth library has them"), "level=INFO"},
		{422, errs.New(errs.Invalid, "x"), "level=INFO"},
		{500, errors.New("a fault"), "level=ERROR"},
		{500, nil, "level=ERROR"},
		{503, errs.New(errs.Unavailable, "x"), "level=WARN"},
		{200, errors.New("part of a page is missing"), "level=ERROR"},
		{200, nil, "level=DEBUG"},
	} {
		var log bytes.Buffer
		h := edge(&log, func(w http.ResponseWriter, r *http.Request) {
			NoteCaller(r, "ministry-7")
			NoteCaller(r, "no\nname")
			if c.err != nil {
				NoteError(r, c.err)
			}
			w.WriteHeader(c.status)
		})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/dossiers/1", nil))
		if !strings.Contains(log.String(), c.want) || !strings.Contains(log.String(), "caller=ministry-7") {
			t.Errorf("%d %v: %s", c.status, c.err, log.String())
		}
		if again := w.Header().Get("Retry-After"); (again != "") != (c.status == 503) {
			t.Errorf("%d: Retry-After %q", c.status, again)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestAVisitorWhoseConnectionBreaksMadeNoFaultOfOurs(t *testing.T) {
	for _, kind := range []string{"application/json", "application/pdf"} {
		var log bytes.Buffer
		h := edge(&log, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			Problem(w, r, errs.Wrap("read file", err))
		})
		r := httptest.NewRequest("GET", "/dossiers/1", broken{})
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 422 || !strings.Contains(log.String(), "level=INFO") {
			t.Errorf("%s: %d %s", kind, w.Code, log.String())
		}
	}
}
