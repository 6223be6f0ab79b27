package catalog

import (
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/kit/i18n"
)

// Patterns name local authorities and governors' units after their territory,
// by kind: {"municipality": {"fr": "Commune de {name}", …}}. The key "fr-elided"
// is the French form before a vowel.
type Patterns map[string]map[string]string

// Directory is what the catalogue knows of administrations.
type Directory struct {
	Organisations []catalogapi.Organisation
	Units         []catalogapi.Unit
}

// Expand adds to the organisations of the seeds the local authorities and the
// units of walis and governors that follow from the territories. Every
// organisation is also a unit of itself, under the same code.
func Expand(orgs []catalogapi.Organisation, territories []catalogapi.Territory, names Patterns) Directory {
	d := Directory{Organisations: append([]catalogapi.Organisation(nil), orgs...)}
	for _, t := range territories {
		level := "communal"
		switch {
		case t.Kind == "region":
			level = "regional"
		case isProvince(t.Kind):
			level = "provincial"
			d.Units = append(d.Units, catalogapi.Unit{
				Code: provincePrefix + t.Code, Org: interior, Territory: t.Code, Name: names.of(t.Kind, t.Name),
			})
		}
		pattern := t.Kind
		if isProvince(t.Kind) {
			pattern = "council"
		}
		d.Organisations = append(d.Organisations, catalogapi.Organisation{
			Code: OrgOf(t), Level: level, Territory: t.Code, Name: names.of(pattern, t.Name),
		})
	}
	for _, o := range d.Organisations {
		d.Units = append(d.Units, catalogapi.Unit{Code: o.Code, Org: o.Code, Territory: o.Territory, Name: o.Name})
	}
	return d
}

// of fills a pattern. A language without its own form of the name takes the
// French one, the Latin script being common to both.
func (p Patterns) of(kind string, name i18n.Text) i18n.Text {
	filled := i18n.Text{}
	for lang, pattern := range p[kind] {
		l := i18n.Lang(lang)
		own := name[l]
		if l == i18n.English {
			own = name[i18n.French]
		}
		if own == "" {
			continue
		}
		if elided := p[kind][lang+"-elided"]; elided != "" && startsWithVowel(own) {
			pattern = elided
		}
		if !strings.Contains(lang, "-") {
			filled[l] = strings.ReplaceAll(pattern, "{name}", own)
		}
	}
	return filled
}

func startsWithVowel(name string) bool {
	folded := search.Fold(name)
	return folded != "" && strings.ContainsRune("aeiouh", rune(folded[0]))
}
