package catalog

import (
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/kit/web"
)

// origins are the names that the seed gives its sources, in the languages of the law's readers.
var origins = map[string]web.Msg{
	"decrees-5519":                      web.K("source.decrees"),
	"demonstration":                     web.K("source.demonstration"),
	"idarati (May 2026)":                web.K("source.idarati"),
	"Daud dataset (2022)":               web.K("source.daud"),
	"press":                             web.K("source.press"),
	"press, older guide":                web.K("source.press_older_guide"),
	"press (medias24) and public guide": web.K("source.press_and_guide"),
	"public material on law 31-13":      web.K("source.law_3113"),
	"public material on chikaya":        web.K("source.chikaya"),
}

// origin names a source for a reader. A name that is none of the seed's is shown as it was written.
func origin(s catalogapi.Source) (names []any) {
	for name := range strings.SplitSeq(s.Name, "; ") {
		year, ofYear := strings.CutPrefix(name, "press ")
		switch said, there := origins[name]; {
		case there:
			names = append(names, said)
		case ofYear && len(year) == 4 && strings.Trim(year, "0123456789") == "":
			names = append(names, web.K("source.press_of", "year", year))
		default:
			names = append(names, name)
		}
	}
	return names
}

// Origin names a source in a template.
func (sheetView) Origin(s catalogapi.Source) []any { return origin(s) }
