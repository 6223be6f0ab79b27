package gateway

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wasl/exchange/directory"
)

// FuzzMinimised: whatever another reader of JSON finds in an answer that passes, was asked for.
func FuzzMinimised(f *testing.F) {
	asked := []string{"name", "father.name", "children.born.year"}
	for _, s := range []string{
		`{"name":"a"}`, `[{"name":1},{"father":{"name":[1]}}]`, `{"children":[{"born":{"year":1}}]}`, `{"Name":1}`, `{"name":1,"name":2}`,
		`{"name":{"x":1}}`, `{"father":{"n\u0061me":1}}`, `{"name":1}]`, "\xef\xbb\xbf{}", `{"name":1e999}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if Minimised(body, asked) != nil {
			return
		}
		var v any
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("passed, but is no JSON to others: %q: %v", body, err)
		}
		var look func(path string, v any)
		look = func(path string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for name, inner := range v {
					look(strings.TrimPrefix(path+"."+name, "."), inner)
				}
			case []any:
				for _, inner := range v {
					look(path, inner)
				}
			default:
				if !slices.Contains(asked, path) {
					t.Errorf("%q holds %s", body, path)
				}
			}
		}
		look("", v)
	})
}

// FuzzRequestLine: a line that is accepted is sent on as the same bytes.
func FuzzRequestLine(f *testing.F) {
	for _, s := range []string{
		"/r1/" + extracts, "/r1/" + extracts + "/status/a?x=1", "/r1/" + extracts + "/..;/x", "/r1/" + extracts + "/%2e%2e", "/r1/MA/GOV/civil%2Dstatus/register/x",
		"/r1/" + extracts + "?", "/r1/" + extracts + "/a.", "http://x/r1/" + extracts, "/r1//////", "/r1/" + extracts + "/a%00", "/r1/" + extracts + "/a\\..\\b",
	} {
		f.Add(s, portal)
	}
	f.Fuzz(func(t *testing.T, line, client string) {
		r := &http.Request{Method: "GET", RequestURI: line, Header: http.Header{headClient: {client}}}
		c, err := readCall(r)
		if err != nil {
			return
		}
		tail := strings.TrimPrefix(c.target(), "/r1/"+c.Service.String())
		if !strings.HasSuffix(line, tail) || directory.CheckPath(c.Path) != nil || strings.ContainsAny(c.Path, `%;\`) || strings.Contains(c.Path+"/", "./") {
			t.Errorf("%q is sent as %q", line, c.target())
		}
		if again, err := directory.ParseClient(c.Client.String()); err != nil || again != c.Client {
			t.Errorf("client %q", client)
		}
	})
}

// FuzzPeerMessage: what another gateway sends in a header or as a fault never becomes more than it is.
func FuzzPeerMessage(f *testing.F) {
	f.Add("", "Server.ServerProxy.AccessDenied", []byte(`{"type":"Server.ServerProxy.AccessDenied","message":"m","detail":"exchange_purpose_refused"}`))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte{0xa0}), "x", []byte(`{"type":"x","detail":"<script>"}`))
	f.Add("AAAA\r\n", "Client.", []byte(`{"type":"Client.","Type":"Server."}`))
	f.Fuzz(func(t *testing.T, header, kind string, body []byte) {
		if s, _, err := decode(header); err == nil {
			if again, err := encode(s); err != nil || again != header {
				t.Errorf("another spelling of the same message: %q", header)
			}
		}
		if f := faultIn(kind, body); f.Type != kind || messages[f.Detail] == "" || f.Err() == nil {
			t.Errorf("%q %q: %+v", kind, body, f)
		}
	})
}
