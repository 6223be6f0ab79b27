package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnswersStayWithinTheAgreement(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{
		`{"birth_date":"1990","religion":"x"}`, `"text"`, `{"birth_date":1}{"religion":2}`, `not json`, `[{"religion":1}]`, `{"birth_date":1,"birth_date":2}`,
		`{"Birth_date":1}`, `null`, `[null]`, `[[]]`, `{"birth_date":1} x`, "{\"birth_date\":\"\xff\"}", `{"birth_date":{"a":1,"a":2}}`,
	} {
		w.answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			io.WriteString(rw, body)
		})
		w.refused(body, call(), "Server.ServerProxy.FieldOutsideAgreement")
	}
}

func TestOfAServicesOwnErrorOnlyTheStatusPasses(t *testing.T) {
	w := newWorld(t)
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(404)
		io.WriteString(rw, `{"code":"evidence_not_found","looked_for":"AB1"}`)
	})
	x, err := w.send(call())
	if err != nil || x.Status != 404 || x.Header.Get(headError) != "" || string(x.Body) != `{"type":"about:blank","title":"Not Found","status":404}` {
		t.Fatalf("%v %+v", err, x)
	}
	w.answer(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://elsewhere.example/", http.StatusFound)
	})
	if x, err := w.send(call()); err != nil || x.Status != http.StatusFound || x.Header.Get("Location") != "" {
		t.Errorf("a redirect must be returned, never followed: %v", err)
	}
}

func TestNoContentTypeCarriesWhatWasNotAgreed(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, kind, body, fault string
		status                  int
		header                  string
	}{
		{"XML", "application/xml", "<secret>x</secret>", "ContentOutsideAgreement", 200, ""},
		{"CSV", "text/csv", "birth_date,religion", "ContentOutsideAgreement", 200, ""},
		{"text", "text/plain", "religion: x", "ContentOutsideAgreement", 200, ""},
		{"HTML", "text/html; charset=utf-8", "religion: x", "ContentOutsideAgreement", 200, ""},
		{"a picture nobody agreed", "application/pdf", "%PDF-", "ContentOutsideAgreement", 200, ""},
		{"JSON by another name", "application/vnd.register+json", `{"religion":"x"}`, "FieldOutsideAgreement", 200, ""},
		{"JSON created", "application/json", `{"religion":"x"}`, "FieldOutsideAgreement", 201, ""},
		{"JSON in capitals", "Application/JSON", `{"religion":"x"}`, "FieldOutsideAgreement", 299, ""},
		{"JSON in other bytes", "application/json; charset=utf-16", `{"religion":"x"}`, "ContentOutsideAgreement", 200, ""},
		{"JSON lines", "application/json-seq", `{"religion":"x"}`, "ContentOutsideAgreement", 200, ""},
		{"compressed", "application/json", `{"birth_date":1}`, "ContentOutsideAgreement", 200, "Content-Encoding"},
		{"two types", "application/json", `{"birth_date":1}`, "ContentOutsideAgreement", 200, "Content-Type"},
		{"no type", "", `{"birth_date":1}`, "ContentOutsideAgreement", 200, ""},
	} {
		w.answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header()["Content-Type"] = []string{c.kind}
			if c.kind == "" {
				rw.Header()["Content-Type"] = nil
			}
			if c.header != "" {
				rw.Header().Add(c.header, "text/xml")
			}
			rw.WriteHeader(c.status)
			io.WriteString(rw, c.body)
		})
		w.refused(c.name, call(), "Server.ServerProxy."+c.fault)
	}
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		h := rw.Header()
		h.Set("Content-Type", `application/json; profile="religion"; charset=UTF-8`)
		h.Set("X-Religion", "x")
		h.Set("Set-Cookie", "religion=x")
		h.Set("ETag", `"religion"`)
		h.Set("Link", "<religion>")
		io.WriteString(rw, `{"birth_date":1}`)
	})
	x, err := w.send(call())
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range x.Header {
		if strings.Contains(strings.Join(values, " "), "religion") || strings.Contains(strings.ToLower(name), "religion") {
			t.Errorf("the head carries %s: %v", name, values)
		}
	}
	for _, status := range []int{301, 400, 404, 418, 500, 503} {
		w.answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Religion", "x")
			rw.Header().Set("Content-Type", "text/plain")
			rw.WriteHeader(status)
			io.WriteString(rw, "religion")
		})
		w.clk.Advance(breakFor + time.Second)
		x, err := w.send(call())
		if err != nil || x.Status != status || strings.Contains(string(x.Body), "religion") || x.Header.Get("X-Religion") != "" {
			t.Errorf("%d: %v %+v", status, err, x)
		}
	}
}

func TestAnAnswersBytesAreItsOwn(t *testing.T) {
	w := newWorld(t)
	const body = " {\n \"birth_date\" : 12345678901234567890.10e+02, \"birth_place\":\"<F\\u00e8s>\" }\n"
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, body)
	})
	if x, err := w.send(call()); err != nil || string(x.Body) != body {
		t.Errorf("%v: %q", err, x.Body)
	}
}
