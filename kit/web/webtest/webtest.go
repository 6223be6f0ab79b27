// Package webtest renders the pages of a block in the four languages and checks
// what every page must keep: one h1, sound nesting, labels, no inline style or
// script, no missing text, no foreign script without its language.
package webtest

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/jba/templatecheck"

	"wasl/kit/i18n"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

// Citizen is a signed-in person for tests.
var Citizen = tokens.Visit{Subject: "p-1", NameAr: "فاطمة الزهراء", NameFr: "Fatima Zahra", ACR: "high"}

// Check type-checks the template of a page against its data, renders it in the
// four languages for an anonymous and a signed-in visitor, and reports every
// fault. It returns the Arabic page.
func Check(t testing.TB, p *web.Pages, name string, page web.Page) string {
	t.Helper()
	if tmpl, err := p.Template(i18n.Arabic, name); err != nil {
		t.Error(err)
	} else if page.Data != nil {
		if err := templatecheck.CheckHTML(tmpl, page.Data); err != nil {
			t.Errorf("page %s: %v", name, err)
		}
	}
	var arabic string
	for _, lang := range i18n.Langs {
		for _, visit := range []tokens.Visit{{}, Citizen} {
			r := httptest.NewRequest("GET", "/"+string(lang)+"/"+name, nil)
			r = r.WithContext(tokens.WithVisit(r.Context(), visit))
			body, err := p.HTML(r, name, page)
			if err != nil {
				t.Errorf("page %s in %s: %v", name, lang, err)
				continue
			}
			for _, fault := range Faults(lang, string(body)) {
				t.Errorf("page %s in %s: %s", name, lang, fault)
			}
			if lang == i18n.Arabic {
				arabic = string(body)
			}
		}
	}
	return arabic
}

// All checks every page of the block and fails for a page without an example.
func All(t *testing.T, p *web.Pages, examples map[string]web.Page) {
	t.Helper()
	for _, name := range p.Names() {
		page, ok := examples[name]
		if !ok {
			t.Errorf("no example for the page %q", name)
			continue
		}
		t.Run(name, func(t *testing.T) { Check(t, p, name, page) })
	}
	for name := range examples {
		if !slices.Contains(p.Names(), name) {
			t.Errorf("an example for %q, which is no page", name)
		}
	}
}
