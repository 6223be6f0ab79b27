package card

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"wasl/kit/i18n/i18ntest"
)

func TestTheDrawerShowsItsCardsAndRefusesStrangers(t *testing.T) {
	i18ntest.Complete(t, files)
	w, err := NewWallet(t.TempDir(), "127.0.0.1:1", io.Discard, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/insert", strings.NewReader(url.Values{"serial": {"../../etc/passwd"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	if w.Handler().ServeHTTP(rec, r); rec.Code != 404 {
		t.Fatalf("a serial number outside the drawer: %d", rec.Code)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	rec = httptest.NewRecorder()
	if w.Handler().ServeHTTP(rec, r); rec.Code != 403 {
		t.Fatalf("another site laid a card on the reader: %d", rec.Code)
	}
	rec = httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "simulateur") {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
}
