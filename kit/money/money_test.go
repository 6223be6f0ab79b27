package money

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseDirhams(t *testing.T) {
	for s, want := range map[string]Centimes{"500": 50000, "500.00": 50000, "12.5": 1250, "0.07": 7, "0": 0} {
		if got, err := ParseDirhams(s); err != nil || got != want {
			t.Errorf("ParseDirhams(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", ".5", "1.", "1.234", "1,50", "-3", "+3", "1e3", "12 000", "9999999999999999"} {
		if got, err := ParseDirhams(s); err == nil {
			t.Errorf("ParseDirhams(%q) = %d, want a refusal", s, got)
		}
	}
}

func TestDirhamsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Centimes(rapid.Int64Range(0, 1e15).Draw(t, "centimes"))
		if back, err := ParseDirhams(c.Dirhams()); err != nil || back != c {
			t.Fatalf("%d written %s read %d, %v", c, c.Dirhams(), back, err)
		}
	})
	if Centimes(-105).Dirhams() != "-1.05" {
		t.Fatal(Centimes(-105).Dirhams())
	}
}
