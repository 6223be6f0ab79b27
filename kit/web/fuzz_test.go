package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"wasl/kit/errs"
	"wasl/kit/web"
)

// FuzzForm sends what a stranger may send as a form: it is refused as theirs, or it is text, within its size, and its files have
// names without a path.
func FuzzForm(f *testing.F) {
	const multi = "multipart/form-data; boundary=x"
	f.Add(urlencoded, "a=b&c=%00")
	f.Add(urlencoded+"; charset=utf-8", "a=%ff&%zz")
	f.Add(multi, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../a.pdf\"\r\n\r\n%PDF-1.7\r\n--x--\r\n")
	f.Add(multi, "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\x00\r\n--x--\r\n")
	f.Add(multi, "--x\r\nContent-Disposition: form-data; name*=UTF-8''%FF; filename*=UTF-8''%2e%2e%5c\r\n\r\nb\r\n--x--")
	f.Add("multipart/form-data; boundary=", "--\r\n")
	f.Add("multipart/mixed; boundary=x", "--x--")
	const limit = 4096
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		in, err := web.Form(r, limit)
		if err != nil {
			if k := errs.KindOf(err); k != errs.Invalid && k != errs.TooLarge {
				t.Fatalf("kind %v: %v", k, err)
			}
			return
		}
		if len(body) > limit {
			t.Fatalf("%d bytes are read", len(body))
		}
		for name, values := range in.Values() {
			for _, v := range append(values, name) {
				if !utf8.ValidString(v) || strings.Contains(v, "\x00") {
					t.Fatalf("%q is no text", v)
				}
			}
		}
		for _, file := range in.Files("file") {
			if strings.ContainsAny(file.Name, "/\\\x00") && file.Name != "/" || len(file.Data) > limit {
				t.Fatalf("file %q", file.Name)
			}
		}
	})
}
