package catalog

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/law"
)

func TestNoSheetPromisesApprovalThatTheListsDoNotGive(t *testing.T) {
	unlisted := 0
	for _, s := range readSeed(t).Sheets {
		if s.Silence.Effect == catalogapi.SilenceApproves && !approvable(s) {
			t.Errorf("%s: silence approves, but no list of art. 19 holds the act", s.Code)
		}
		if s.Silence.Unlisted {
			unlisted++
			if s.Silence.Effect != catalogapi.SilenceAppeal || s.Silence.Article != "21" || StatusOf(s) == Published {
				t.Errorf("%s: %+v %s", s.Code, s.Silence, StatusOf(s))
			}
		}
	}
	if unlisted != 9 {
		t.Errorf("%d sheets whose source claims approval without a list, want 9", unlisted)
	}
}

func TestNothingIsATranslationOfATitleThatNobodyStated(t *testing.T) {
	untitled := 0
	for _, s := range readSeed(t).Sheets {
		if s.Title[i18n.Arabic] != "" {
			continue
		}
		untitled++
		if len(s.Translated) != 0 {
			t.Errorf("%s: translated into %v from no official title", s.Code, s.Translated)
		}
		if v := sheetViewOf(catalogapi.Revision{Sheet: s}, nil, i18n.French); !v.Untitled || v.Translated {
			t.Errorf("%s: the page does not say that its official title is not known", s.Code)
		}
	}
	if untitled != 25 {
		t.Errorf("%d sheets without an Arabic title, want 25", untitled)
	}
}

func TestNoCitizenReadsARawNote(t *testing.T) {
	for _, s := range readSeed(t).Sheets {
		texts := []i18n.Text{s.Fee.Note, s.Delay.Note}
		for _, c := range s.Fee.Cases {
			texts = append(texts, c.Case)
		}
		for _, c := range s.Delay.Cases {
			texts = append(texts, c.Case)
		}
		for _, n := range s.Notes {
			texts = append(texts, n.Text)
		}
		for _, text := range texts {
			for _, lang := range []i18n.Lang{i18n.Arabic, i18n.French} {
				if _, in := text.In(lang); !text.IsZero() && in == i18n.English {
					t.Errorf("%s: %q is shown in English on the page in %s", s.Code, text[i18n.English], lang)
				}
			}
		}
	}
}

func TestASeedWithAWordOfNoVocabularyDoesNotLoad(t *testing.T) {
	for name, bad := range map[string]string{
		"delay unit":      `"delay":{"known":true,"days":2,"unit":"moons"},"silence":{"effect":"appeal"},"expertise":{"case":"none"}`,
		"effect":          `"delay":{"known":false},"silence":{"effect":"approved"},"expertise":{"case":"none"}`,
		"expertise":       `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"perhaps"}`,
		"list":            `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"lists":["silences"]`,
		"from":            `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"pieces":[{"code":"p","title":{"fr":"p"},"from":"bearer"}]`,
		"field":           `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"fields":[{"name":"f","type":"date","label":{"fr":"f"}}]`,
		"remark":          `"delay":{"known":false,"note":{"en":"never translated"}},"silence":{"effect":"appeal"},"expertise":{"case":"none"}`,
		"list of a delay": `"delay":{"known":true,"days":3,"unit":"calendar","by_list":[{"list":"x","days":1}]},"silence":{"effect":"appeal"},"expertise":{"case":"none"}`,
		"part":            `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"bodies":[{"part":"watches"}]`,
		"place":           `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"bodies":[{"part":"receives","place":"moon"}]`,
		"certainty":       `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"sources":[{"name":"s","certainty":"sure"}]`,
		"attested":        `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"pieces":[{"code":"p","title":{"fr":"p"},"from":"user","attested":"twice"}]`,
		"recourse":        `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"appeals":[{"to":"king","on":"refusal","article":"21"}]`,
		"occasion":        `"delay":{"known":false},"silence":{"effect":"appeal"},"expertise":{"case":"none"},"appeals":[{"to":"minister","on":"whim","article":"21"}]`,
	} {
		fsys := fstest.MapFS{"procedures.json": {Data: []byte(`[{"code":"x","title":{"fr":"x"},"fee":{"known":false,"amount":0},` + bad + `}]`)}}
		for _, f := range []string{"organisations.json", "territories.json", "names.json", "demonstration.json", "remarks.json"} {
			data, err := os.ReadFile("data/" + f)
			if err != nil {
				t.Fatal(err)
			}
			if f == "demonstration.json" {
				data = []byte("{}")
			}
			fsys[f] = &fstest.MapFile{Data: data}
		}
		if _, err := ReadSeed(fsys); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// TestTheLawCountsEveryUnitOfTheCatalogue: one translator for linter and dossiers.
func TestTheLawCountsEveryUnitOfTheCatalogue(t *testing.T) {
	for _, u := range catalogapi.DelayUnits {
		if !law.Published(u).Known() || !u.Known() {
			t.Errorf("the law cannot count %q", u)
		}
	}
	if catalogapi.DelayUnit("moons").Known() || !slices.Contains(catalogapi.DelayUnits, catalogapi.InMonths) {
		t.Error("units")
	}
}
