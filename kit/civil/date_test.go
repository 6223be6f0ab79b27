package civil

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLegalDateChangesAtMidnightInCasablanca(t *testing.T) {
	for _, c := range []struct{ instant, want string }{
		{"2026-09-01T22:59:59Z", "2026-09-01"},
		{"2026-09-01T23:00:00Z", "2026-09-02"},
		{"2026-02-20T23:30:00Z", "2026-02-20"}, // Ramadan: the country is on UTC
	} {
		at, err := time.Parse(time.RFC3339, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := In(at, Casablanca).String(); got != c.want {
			t.Errorf("legal date at %s = %s, want %s", c.instant, got, c.want)
		}
	}
}

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Of(1970, 1, 1).AddDays(rapid.IntRange(-60000, 60000).Draw(t, "days"))
		n := rapid.IntRange(-4000, 4000).Draw(t, "n")
		if d.AddDays(n).Sub(d) != n {
			t.Fatalf("AddDays(%d) is %d days away", n, d.AddDays(n).Sub(d))
		}
		if back, err := Parse(d.String()); err != nil || back != d {
			t.Fatalf("%s parsed back as %s, %v", d, back, err)
		}
		if Of(d.Year(), d.Month(), d.Day()) != d {
			t.Fatalf("%s falls apart", d)
		}
	})
}

func TestNoDate(t *testing.T) {
	var d Date
	if !d.IsZero() || d.String() != "" || !d.Before(Of(1900, 1, 1)) || d.AddDays(3) != d {
		t.Fatal("no date must stay no date and come first")
	}
	b, err := json.Marshal(struct{ D Date }{})
	if err != nil || string(b) != `{"D":""}` {
		t.Fatalf("%s, %v", b, err)
	}
	if _, err := Parse("2026-02-30"); err == nil {
		t.Fatal("30 February was accepted")
	}
}
