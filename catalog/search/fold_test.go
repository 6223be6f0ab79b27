package search

import "testing"

func TestFoldingMakesSpellingsEqual(t *testing.T) {
	for _, same := range [][]string{
		{"رخصة البناء", "رُخْصَةُ البِنَاءِ", "رخصه البناء", "رخصـــة البناء"},
		{"الإيداع", "الايداع", "الأيداع"},
		{"Permis d’habiter", "PERMIS D'HABITER", "permis  d habiter"},
		{"Électricité", "electricite", "ELECTRICITE"},
		{"ⵜⵓⵔⴰⴳⵜ ⵏ ⵓⵙⴽⴰ", "turagt n uska"},
		{"١٢٣", "123"},
		{"ﻻ", "لا"},
	} {
		for _, s := range same[1:] {
			if Fold(s) != Fold(same[0]) {
				t.Errorf("%q folds to %q, %q to %q", same[0], Fold(same[0]), s, Fold(s))
			}
		}
	}
	if Sound(Fold("صفر")) != Sound(Fold("سفر")) || Sound(Fold("passeport")) != Sound(Fold("paseport")) {
		t.Error("words heard alike differ")
	}
}

func FuzzFoldIsIdempotent(f *testing.F) {
	for _, s := range []string{"رخصة البناء", "Électricité", "ⵜⵓⵔⴰⴳⵜ", "a\u0301", "ﷺ", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Errorf("%q folds to %q, then to %q", s, once, Fold(once))
		}
	})
}

func TestPopularityDecidesAmongEqualsOnly(t *testing.T) {
	if Rank(0.5, 1, 1, 1000) <= Rank(0.5, 1, 1, 0) || Rank(0.5, 1, 1, 1_000_000) >= Rank(0.5, 1, 2, 0) {
		t.Error("popularity weighs more than standing, or nothing")
	}
}

func TestNearSpellingIsSuggested(t *testing.T) {
	x := testIndex(t, "")
	defer x.Close()
	for asked, want := range map[string]string{"bayometric": "", "جواز صفر": "جواز السفر", "pasport": "passeport", "passeport": ""} {
		if got := x.Suggest(asked); want != "" && got != want || asked == "passeport" && got != "" {
			t.Errorf("%q: suggested %q, want %q", asked, got, want)
		}
	}
}
