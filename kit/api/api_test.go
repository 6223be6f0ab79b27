package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

type echoIn struct {
	Body struct {
		Name  string `json:"name" minLength:"2"`
		Count int    `json:"count" maximum:"9"`
	}
}

type echoOut struct {
	Body struct {
		Hello string `json:"hello"`
	}
}

func serve(t *testing.T) (http.Handler, map[string]*tokens.Keyring, *bytes.Buffer) {
	keys := tokens.ForTest(t, "casework", "payment", "locker")
	mux := http.NewServeMux()
	a := New(mux, "payment", "1", keys["payment"])
	op := huma.Operation{OperationID: "echo", Method: "POST", Path: "/v1/echo"}
	Register(a, Allow(op, "casework"), func(ctx context.Context, in *echoIn) (*echoOut, error) {
		switch in.Body.Name {
		case "boom":
			return nil, errors.New("disk full at sector 7")
		case "twice":
			return nil, errs.New(errs.Conflict, "already_paid").With("reference", "R-1")
		}
		out := &echoOut{}
		out.Body.Hello = in.Body.Name + " from " + Caller(ctx)
		return out, nil
	})
	log := &bytes.Buffer{}
	return httpx.Middleware(slog.New(slog.NewTextHandler(log, nil)), mux), keys, log
}

func TestBothWiresGiveTheSameAnswers(t *testing.T) {
	h, keys, log := serve(t)
	s := httptest.NewServer(h)
	defer s.Close()
	for name, c := range map[string]*wire.Client{
		"memory":  wire.New("http://payment", "payment", wire.Memory(h), keys["casework"]),
		"network": wire.New(s.URL, "payment", http.DefaultTransport, keys["casework"]),
	} {
		var out struct{ Hello string }
		call := func(name string, count int) error {
			return c.JSON(t.Context(), "POST", "/v1/echo", map[string]any{"name": name, "count": count}, &out)
		}
		if err := call("link", 1); err != nil || out.Hello != "link from casework" {
			t.Errorf("%s: %q, %v", name, out.Hello, err)
		}
		if err := call("twice", 1); errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "already_paid" ||
			errs.As(err).Params["reference"] != "R-1" {
			t.Errorf("%s: refusal came as %v", name, err)
		}
		if err := call("boom", 1); errs.KindOf(err) != errs.Unavailable || strings.Contains(err.Error(), "sector") {
			t.Errorf("%s: fault came as %v", name, err)
		}
		if err := call("x", 99); errs.KindOf(err) != errs.Invalid || len(errs.FieldsOf(err)) != 2 {
			t.Errorf("%s: validation came as %v", name, err)
		}
	}
	if !strings.Contains(log.String(), "sector 7") {
		t.Error("the cause is missing from the log")
	}
}

func TestOnlyTheNamedBlocksMayCallAndNoValueComesBack(t *testing.T) {
	h, keys, _ := serve(t)
	c := wire.New("http://payment", "payment", wire.Memory(h), keys["locker"])
	if err := c.JSON(t.Context(), "POST", "/v1/echo", map[string]any{"name": "link", "count": 1}, nil); errs.KindOf(err) != errs.Forbidden {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/echo", strings.NewReader(`{"name":"x","count":1,"password":"hunter2"}`))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Fatal("without a token:", w.Code)
	}
	token, _ := keys["casework"].SignService("payment")
	r = httptest.NewRequest("POST", "/v1/echo", strings.NewReader(`{"name":"x","count":1,"password":"hunter2"}`))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	if w.Code != 422 || strings.Contains(string(body), "hunter2") || w.Header().Get("Content-Type") != httpx.ProblemType {
		t.Fatalf("%d %s %s", w.Code, w.Header().Get("Content-Type"), body)
	}
}
