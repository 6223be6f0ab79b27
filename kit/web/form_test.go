package web_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wasl/kit/errs"
	"wasl/kit/web"
)

func post(kind, body string) *http.Request {
	r := httptest.NewRequest("POST", "/fr/x", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return r
}

const urlencoded = "application/x-www-form-urlencoded"

func TestFormReadsValues(t *testing.T) {
	in, err := web.Form(post(urlencoded, "name=+Fatima+&kind=a&kind=b&day-day=29&day-month=2&day-year=2028"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if in.Get("name") != "Fatima" || len(in.All("kind")) != 2 || in.Has("none") {
		t.Errorf("read %v", in.Values())
	}
	if day, ok := in.Date("day"); !ok || day.String() != "2028-02-29" {
		t.Errorf("date %v %v", day, ok)
	}
	for _, impossible := range []string{"day-day=31&day-month=2&day-year=2026", "day-day=1&day-month=13&day-year=2026", "day-day=&day-month=&day-year=", "day-day=1&day-month=1&day-year=26"} {
		in, err := web.Form(post(urlencoded, impossible), 0)
		if err != nil {
			t.Fatal(err)
		}
		if day, ok := in.Date("day"); ok {
			t.Errorf("%s gave %v", impossible, day)
		}
	}
}

func TestFormReadsFilesAndFindsTheirTypeItself(t *testing.T) {
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	mw.WriteField("why", "because")
	part, _ := mw.CreateFormFile("photo", `C:\photos\moi.jpg`)
	part.Write([]byte("%PDF-1.7 not a photo"))
	mw.CreateFormFile("empty", "")
	mw.Close()
	in, err := web.Form(post(mw.FormDataContentType(), body.String()), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	file, ok := in.File("photo")
	if !ok || file.Name != "moi.jpg" || file.ContentType != "application/pdf" || in.Get("why") != "because" {
		t.Errorf("got %v %v %q", ok, file.Name, file.ContentType)
	}
	if _, ok := in.File("empty"); ok {
		t.Error("an empty file counts")
	}
}

func TestFormIsBounded(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"urlencoded": post(urlencoded, "a="+strings.Repeat("x", 300<<10)),
		"chunked":    httptest.NewRequest("POST", "/", struct{ *strings.Reader }{strings.NewReader("a=" + strings.Repeat("x", 300<<10))}),
	} {
		r.Header.Set("Content-Type", urlencoded)
		if _, err := web.Form(r, 0); errs.KindOf(err) != errs.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, r := range map[string]*http.Request{
		"no type": post("", "a=b"), "json": post("application/json", "{}"), "broken": post("multipart/form-data; boundary=x", "zzz"),
		"many": post(urlencoded, manyFields(600)),
	} {
		if _, err := web.Form(r, 1<<20); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("f" + strings.Repeat("x", i) + "=1&")
	}
	return b.String()
}

func TestWhatNoTextMayHoldIsRefusedNotStored(t *testing.T) {
	for name, body := range map[string]string{"NUL": "name=a%00b", "not UTF-8": "name=%ff", "a field's name": "na%00me=a"} {
		if _, err := web.Form(post(urlencoded, body), 0); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	_ = parts.WriteField("name", "a\x00b")
	parts.Close()
	if _, err := web.Form(post(parts.FormDataContentType(), body.String()), 0); errs.KindOf(err) != errs.Invalid {
		t.Errorf("multipart: %v", err)
	}
}

func TestANilFormIsEmpty(t *testing.T) {
	var in *web.Input
	if in.Get("a") != "" || in.Has("a") || in.All("a") != nil || in.Values() != nil || in.Files("a") != nil {
		t.Error("not empty")
	}
	refusal := errors.New("x")
	if in.Fail(refusal) != refusal {
		t.Error("Fail loses the error")
	}
}
