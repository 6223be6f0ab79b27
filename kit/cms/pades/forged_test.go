package pades_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"wasl/kit/cms/pades"
)

// forgeries are all of them.
func forgeries() map[string]forgery {
	all := map[string]forgery{}
	for _, some := range []map[string]forgery{tables, contents, annotations, seals} {
		maps.Copy(all, some)
	}
	return all
}

// A person who is shown another text than the one that was sealed must not read "intact". The judges are the programs
// that show the text: whatever is called intact looks and reads in each of them as the sealed file does. So that the
// judges can convict, most forgeries must be seen by one of them at least.
func TestNoForgeryIsCalledIntact(t *testing.T) {
	if testing.Short() {
		t.Skip("draws each forgery in three programs")
	}
	ca, data := sealed(t)
	own := trust(ca)
	all := forgeries()
	if len(all) < 60 {
		t.Fatalf("only %d forgeries", len(all))
	}
	readers := newReaders(t)
	genuine := readers.look(t, data)
	for name, shown := range genuine {
		if shown == "refused" {
			t.Fatalf("%s does not show the sealed file", name)
		}
	}
	bites := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		forged := all[name](newVictim(t, data))
		r := pades.Validate(forged, own)
		differences := differ(genuine, readers.look(t, forged))
		if len(differences) > 0 {
			bites++
		}
		switch {
		case r.Verdict == pades.Intact:
			t.Errorf("%s: called intact; another look in %v", name, differences)
		case r.Verdict != pades.Tampered && len(differences) > 0:
			t.Errorf("%s: called %s; another look in %v", name, r.Verdict, differences)
		}
	}
	if bites*10 < len(all)*7 {
		t.Errorf("only %d of %d forgeries are seen by any reader: the judges are blind", bites, len(all))
	}
	t.Logf("%d forgeries, %d seen by a reader", len(all), bites)
}

// What our own writer appends to a sealed file shows nothing: the reason why it may be called intact.
func TestFurtherSealsLookAsTheFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("draws in three programs")
	}
	ca, data := sealed(t)
	readers := newReaders(t)
	genuine := readers.look(t, data)
	for n := range 3 {
		data = seal(t, ca, data, ca.Seal("Wilaya", nil))
		if r := pades.Validate(data, trust(ca)); r.Verdict != pades.Intact || len(r.Signatures) != n+2 {
			t.Fatalf("%+v", r)
		}
		if differences := differ(genuine, readers.look(t, data)); len(differences) > 0 {
			t.Errorf("after %d further seals another look in %v", n+1, differences)
		}
	}
}

// What each forgery is called, in words that stand beside the tests: quick, since nothing is drawn.
func TestEachForgeryIsCalledAsBefore(t *testing.T) {
	ca, data := sealed(t)
	var called strings.Builder
	for _, name := range slices.Sorted(maps.Keys(forgeries())) {
		r := pades.Validate(forgeries()[name](newVictim(t, data)), trust(ca))
		fmt.Fprintf(&called, "%s: %s", name, r.Verdict)
		for _, s := range r.Signatures {
			fmt.Fprintf(&called, " %s", s.Verdict)
		}
		called.WriteByte('\n')
	}
	const path = "testdata/forgeries.txt"
	if *write {
		if err := os.WriteFile(path, []byte(called.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := called.String(); got != string(want) {
		got, want := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("line %d of %s differs: got %q", i+1, path, got[min(i, len(got)-1)])
			}
		}
	}
}

var write = flag.Bool("write", false, "write testdata/forgeries.txt anew")
