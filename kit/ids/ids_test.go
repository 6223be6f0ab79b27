package ids

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type dossier struct{}

func (dossier) Prefix() string { return "dos" }

type order struct{}

func (order) Prefix() string { return "ord" }

func TestAnIdentifierNeverPassesForAnotherKind(t *testing.T) {
	id := New[dossier]()
	if _, err := Parse[order](id.String()); err == nil {
		t.Fatal("a dossier passed for an order")
	}
	back, err := Parse[dossier](id.String())
	if err != nil || back != id {
		t.Fatalf("%s came back as %s, %v", id, back, err)
	}
	var fromJSON ID[dossier]
	b, _ := json.Marshal(id)
	if err := json.Unmarshal(b, &fromJSON); err != nil || fromJSON != id {
		t.Fatal(fromJSON, err)
	}
}

func TestDerivedFromTheFact(t *testing.T) {
	if a, b := Derive[order]("dos_1", "fee"), Derive[order]("dos_1", "fee"); a != b {
		t.Fatal("the same fact gave two identifiers")
	}
	if Derive[order]("a", "bc") == Derive[order]("ab", "c") || Derive[order]("a").UUID() == Derive[dossier]("a").UUID() {
		t.Fatal("two facts share an identifier")
	}
}

func TestReferenceToleratesPeopleAndCatchesSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref := reference(rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 8, 8, -1).Draw(t, "random"))
		typed := strings.ToLower(strings.ReplaceAll(ref, "-", " "))
		if got, ok := CheckReference(typed); !ok || got != ref {
			t.Fatalf("%q read as %q, %v", typed, got, ok)
		}
		plain := strings.ReplaceAll(ref, "-", "")
		i := rapid.IntRange(0, 7).Draw(t, "place")
		c := alphabet[rapid.IntRange(0, 31).Draw(t, "char")]
		if wrong := plain[:i] + string(c) + plain[i+1:]; wrong != plain {
			if _, ok := CheckReference(wrong); ok {
				t.Fatalf("%s accepted instead of %s", wrong, plain)
			}
		}
		if j := i + 1; j < 8 && plain[i] != plain[j] {
			if _, ok := CheckReference(plain[:i] + plain[j:j+1] + plain[i:i+1] + plain[j+1:]); ok {
				t.Fatalf("two signs of %s were exchanged and nobody noticed", plain)
			}
		}
	})
}

// Found by chance: an 8 read as B passed the digits of the first release.
func TestAnEightReadAsBIsNoticed(t *testing.T) {
	ref := strings.ReplaceAll(reference("9WMR8NPF"), "-", "")
	if _, ok := CheckReference(strings.Replace(ref, "8", "B", 1)); ok {
		t.Error("9WMRBNPF passes with the digits of 9WMR8NPF")
	}
	if got := NewReference(); got != reference(strings.ReplaceAll(got[:9], "-", "")) {
		t.Errorf("%s has other digits", got)
	}
}

func TestACodeToleratesPeople(t *testing.T) {
	code := NewCode()
	if code == NewCode() {
		t.Error("two codes are the same")
	}
	if code := DeriveCode("quittance", "ord_1"); code != DeriveCode("quittance", "ord_1") || code == DeriveCode("quittanc", "eord_1") {
		t.Error("a derived code belongs to one fact")
	}
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(strings.ReplaceAll(code, "0", "o"), "1", "l")} {
		if got, ok := CheckCode(typed); !ok || got != code {
			t.Errorf("%q gives %q", typed, got)
		}
	}
	for _, typed := range []string{"", code[:18], code + "0", "U" + code[1:], NewReference(), strings.Repeat("0", 41)} {
		if _, ok := CheckCode(typed); ok {
			t.Errorf("%q is taken for a code", typed)
		}
	}
}
