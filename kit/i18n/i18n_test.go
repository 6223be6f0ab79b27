package i18n_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/money"
)

func locales(ar, fr, zgh, en string) fstest.MapFS {
	return fstest.MapFS{
		"locales/ar.json":  {Data: []byte(ar)},
		"locales/fr.json":  {Data: []byte(fr)},
		"locales/zgh.json": {Data: []byte(zgh)},
		"locales/en.json":  {Data: []byte(en)},
	}
}

func TestArabicCountsInSixForms(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 يوم", 1: "يوم واحد", 2: "يومان", 3: "3 أيام", 10: "10 أيام", 11: "11 يوماً", 60: "60 يوماً",
		99: "99 يوماً", 100: "100 يوم", 102: "102 يوم", 103: "103 أيام", 111: "111 يوماً",
	} {
		if got := i18n.Days(i18n.Arabic, n); got != want {
			t.Errorf("%d days: got %q, want %q", n, got, want)
		}
	}
}

func TestFrenchZeroIsSingular(t *testing.T) {
	for n, want := range map[int]string{0: "0 jour", 1: "1 jour", 2: "2 jours"} {
		if got := i18n.Days(i18n.French, n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDatesUseMoroccanMonths(t *testing.T) {
	day := civil.Of(2027, time.August, 1)
	for lang, want := range map[i18n.Lang]string{
		i18n.Arabic: "1 غشت 2027", i18n.French: "1er août 2027", i18n.English: "1 August 2027",
	} {
		if got := i18n.Date(lang, day); got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
	if got := i18n.Date(i18n.French, civil.Date{}); got != "" {
		t.Errorf("no date must give no text, got %q", got)
	}
}

func TestAmountsFollowTheCountry(t *testing.T) {
	for lang, want := range map[i18n.Lang]string{
		i18n.Arabic: "1.234,50\u00a0د.م.", i18n.French: "1.234,50\u00a0MAD",
		i18n.Tamazight: "1\u00a0234,50\u00a0MAD", i18n.English: "1,234.50\u00a0MAD",
	} {
		if got := i18n.Amount(lang, money.Centimes(123450)); got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
	if got := i18n.Amount(i18n.French, -5); got != "\u22120,05\u00a0MAD" {
		t.Errorf("got %q", got)
	}
}

func TestLoadRefusesIncompleteTranslations(t *testing.T) {
	cases := map[string]struct {
		fs   fstest.MapFS
		want string
	}{
		"missing key":      {locales(`{"a":"x","b":"y"}`, `{"a":"x","b":"y"}`, `{"a":"x"}`, `{"a":"x","b":"y"}`), `zgh: no text "b"`},
		"missing argument": {locales(`{"a":"{x}"}`, `{"a":"{x}"}`, `{"a":"{x}"}`, `{"a":"y"}`), `en: "a" lacks {x}`},
		"missing form":     {locales(`{"a":{"one":"x","other":"y"}}`, `{"a":"x"}`, `{"a":"x"}`, `{"a":"x"}`), `ar: "a" has no form "few"`},
		"foreign form":     {locales(`{"a":"x"}`, `{"a":{"one":"x","few":"y","other":"z"}}`, `{"a":"x"}`, `{"a":"x"}`), `does not use`},
		"twice":            {locales(`{"a":"x","a":"y"}`, `{"a":"x"}`, `{"a":"x"}`, `{"a":"x"}`), `twice`},
		"empty":            {locales(`{"a":""}`, `{"a":"x"}`, `{"a":"x"}`, `{"a":"x"}`), `empty`},
		"open brace":       {locales(`{"a":"{x"}`, `{"a":"x"}`, `{"a":"x"}`, `{"a":"x"}`), `argument`},
	}
	for name, c := range cases {
		if _, err := i18n.Load(c.fs); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestArgumentsAreIsolatedFromTheSentence(t *testing.T) {
	b, err := i18n.Load(locales(`{"a":"وصل {ref}"}`, `{"a":"Récépissé {ref}"}`, `{"a":"{ref}"}`, `{"a":"Receipt {ref}"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := b.T(i18n.Arabic, "a", "ref", "K7M2-9QXD-67"); got != "وصل \u2068K7M2-9QXD-67\u2069" {
		t.Errorf("got %q", got)
	}
	if got := b.T(i18n.French, "a", map[string]any{"ref": "K7M2"}); got != "Récépissé K7M2" {
		t.Errorf("got %q", got)
	}
	if got := b.T(i18n.French, "a", "ref", i18n.Text{"ar": "سلا"}); got != "Récépissé \u2068سلا\u2069" {
		t.Errorf("got %q", got)
	}
	if got := b.T(i18n.French, "none"); got != "⟦none⟧" {
		t.Errorf("got %q", got)
	}
}

func TestAcceptLanguage(t *testing.T) {
	for header, want := range map[string]i18n.Lang{
		"": "ar", "de": "ar", "fr-MA,fr;q=0.9,en;q=0.8": "fr", "de,en;q=0.5": "en", "en;q=0.4,ar;q=0.6": "ar", "zgh": "zgh", "fr;q=0": "ar",
	} {
		if got := i18n.Accept(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}

func TestMissingTextFallsBackAndSaysItsLanguage(t *testing.T) {
	name := i18n.Text{"ar": "جواز السفر", "fr": "Passeport"}
	if s, lang := name.In(i18n.Tamazight); s != "جواز السفر" || lang != i18n.Arabic {
		t.Errorf("got %q in %s", s, lang)
	}
	if s, lang := name.In(i18n.French); s != "Passeport" || lang != i18n.French {
		t.Errorf("got %q in %s", s, lang)
	}
}
