package catalog

import (
	"os"
	"testing"

	"wasl/catalog/catalogapi"
)

func readSeed(t testing.TB) *Seed {
	t.Helper()
	seed, err := ReadSeed(os.DirFS("data"))
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func sheetOf(t testing.TB, code string) catalogapi.Sheet {
	t.Helper()
	for _, s := range readSeed(t).Sheets {
		if s.Code == code {
			return s
		}
	}
	t.Fatalf("no sheet %s", code)
	return catalogapi.Sheet{}
}

func TestSeedHoldsEveryActAndTerritory(t *testing.T) {
	seed := readSeed(t)
	acts, seeds, lists := 0, 0, map[string]int{}
	published, codes := []string{}, map[string]bool{}
	for _, s := range seed.Sheets {
		if codes[s.Code] {
			t.Errorf("%s is there twice", s.Code)
		}
		codes[s.Code] = true
		for _, src := range s.Sources {
			switch {
			case src.Name == "decrees-5519":
				acts++
			case src.Certainty == "second-hand":
				seeds++
			}
		}
		for _, l := range s.Legal {
			if l.List != "" {
				lists[l.Decree]++
			}
		}
		if StatusOf(s) == Published {
			published = append(published, s.Code)
		}
		if s.Theme == "" {
			t.Errorf("%s has no theme", s.Code)
		}
	}
	if acts != 645 || seeds != 157 || len(seed.Sheets) != 801 {
		t.Errorf("%d acts, %d seed sheets, %d procedures", acts, seeds, len(seed.Sheets))
	}
	// 715 live rows: the four annexes' own counts.
	for decree, want := range map[string]int{"2.22.387": 78, "2.22.385": 311, "2.22.386": 317, "2.22.141": 9} {
		if lists[decree] != want {
			t.Errorf("decree %s: %d rows, want %d", decree, lists[decree], want)
		}
	}
	if len(published) != 2 || !codes["passeport-biometrique-adulte"] || !codes["permis-construire"] {
		t.Errorf("published: %v", published)
	}
	kinds := map[string]int{}
	for _, terr := range seed.Territories {
		kinds[terr.Kind]++
	}
	want := map[string]int{"region": 12, "province": 62, "prefecture": 13, "rural": 1282, "municipality": 215, "arrondissement": 41}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, n)
		}
	}
	if got := len(seed.Directory.Units); got != len(seed.Directory.Organisations)+75 {
		t.Errorf("%d units for %d organisations", got, len(seed.Directory.Organisations))
	}
}

func TestOverlaySaysOfEachValueThatItIsADemonstration(t *testing.T) {
	for _, code := range []string{"passeport-biometrique-adulte", "permis-construire"} {
		s := sheetOf(t, code)
		if missing, findings := Missing(s), Lint(s); len(missing) > 0 || Blocked(findings) {
			t.Errorf("%s: missing %v, findings %v", code, missing, findings)
		}
		ok := s.Fee.Demonstration && s.Delay.Demonstration && s.Silence.Demonstration && s.Expertise.Demonstration && Demonstrated(s)
		for _, p := range s.Pieces {
			ok = ok && p.Demonstration && len(p.Title) == 4
		}
		for _, p := range s.Steps {
			ok = ok && p.Demonstration && len(p.Title) == 4 && len(p.Actor) == 4
		}
		for _, f := range s.Fields {
			ok = ok && f.Demonstration && len(f.Label) == 4
		}
		for _, b := range s.Bodies {
			ok = ok && b.Demonstration
		}
		for _, a := range s.Appeals {
			ok = ok && a.Demonstration
		}
		if !ok {
			t.Errorf("%s: a value is not marked or not in four languages", code)
		}
		sum := 0
		for _, step := range s.Steps {
			sum += *step.Days
		}
		if sum != s.Delay.Days {
			t.Errorf("%s: the steps take %d days of %d", code, sum, s.Delay.Days)
		}
	}
}

func TestCanonicalFormIsStable(t *testing.T) {
	s := sheetOf(t, "permis-construire")
	first, err := Canonical(s)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, _ := Canonical(s)
		if string(again) != string(first) {
			t.Fatal("two canonical forms of one sheet")
		}
	}
	if a, b := Hash(first), Hash(append([]byte{}, first...)); a != b || len(a) != 64 {
		t.Error("hash")
	}
}
