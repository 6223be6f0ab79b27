package payment

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wasl/kit/httpx"
)

// What a stranger posts to the callback is answered FAILURE, never as a fault
// of ours, and never reaches a row: no order is looked for without the hash.
func FuzzCallback(f *testing.F) {
	for _, seed := range []string{
		"", "oid=N-1", "oid=N-1&HASH=x", "oid=%00&HASH=", "oid=%ff", "%zz", "a=1&A=2", "HASH=&clientid=600000001&amount=1.00&currency=504&ProcReturnCode=00",
		"oid=N-1&TransId=&ProcReturnCode=00&Response=Approved", strings.Repeat("&", 1000), "x=%26%2360%3b",
	} {
		f.Add(seed, "application/x-www-form-urlencoded")
	}
	f.Add("--x\r\nContent-Disposition: form-data; name=oid\r\n\r\nN-1\r\n--x--", "multipart/form-data; boundary=x")
	b := &Block{cfg: Config{Provider: Est3DGate, ClientID: clientID, StoreKey: storeKey, GateURL: gate}, log: slog.New(slog.DiscardHandler)}
	f.Fuzz(func(t *testing.T, body, kind string) {
		r := httptest.NewRequest(http.MethodPost, "/payment/callback", strings.NewReader(body))
		r.Header["Content-Type"] = []string{kind}
		rec := httptest.NewRecorder()
		b.callback(rec, r) // a look into the database would panic: there is none
		if rec.Code >= 500 || rec.Body.String() != "FAILURE" {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	})
}

// What a browser brings back names an attempt in text, or nothing.
func FuzzReturn(f *testing.F) {
	for _, seed := range []string{"", "oid=N-1", "oid=%00", "oid=%ff", "%zz", "oid=1&oid=2", "OID=1"} {
		f.Add(seed, "application/x-www-form-urlencoded")
	}
	f.Fuzz(func(t *testing.T, body, kind string) {
		r := httptest.NewRequest(http.MethodPost, "/payment/return", io.LimitReader(strings.NewReader(body), maxCallback))
		r.Header["Content-Type"] = []string{kind}
		if number, err := returnedAttempt(r); err == nil && !httpx.IsText(number) {
			t.Fatalf("%q", number)
		}
	})
}

// No text keeps a card number, and what holds none is left as it is.
func FuzzMaskCards(f *testing.F) {
	for _, seed := range []string{"4000000000000010", "4000 0000 0000 0010", "oid K7M29QXD41-1", "5453-0100-0006-6100x", "000000000000000000000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		masked, found := MaskCards(s)
		if found != (masked != s) {
			t.Fatalf("%q became %q, found %v", s, masked, found)
		}
		for start := range masked {
			if masked[start] < '0' || masked[start] > '9' || start > 0 && masked[start-1] >= '0' && masked[start-1] <= '9' {
				continue
			}
			if _, digits := digitRun(masked, start, ""); isCard(digits) {
				t.Fatalf("%q keeps %s", masked, digits)
			}
		}
	})
}
