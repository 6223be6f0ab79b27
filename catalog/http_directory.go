package catalog

import (
	"net/http"

	"wasl/catalog/catalogapi"
	"wasl/kit/web"
)

type administrationsView struct {
	Query  string
	Groups []orgGroup
	Found  []web.Card
}

type orgGroup struct {
	Level string
	Cards []web.Card
}

// administrationsPage is the directory: national administrations by level, local
// ones by name or through their territory.
func (b *Block) administrationsPage(w http.ResponseWriter, r *http.Request) {
	v := administrationsView{Query: r.URL.Query().Get("q")}
	counts, err := b.store.counts(r.Context(), organisationCounts)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	n := map[string]int{}
	for _, c := range counts {
		n[c.Code] = c.N
	}
	if v.Query != "" {
		found, err := b.store.organisations(r.Context(), "", v.Query, 50)
		if err != nil {
			b.pages.Fail(w, r, err)
			return
		}
		v.Found = orgCards(found, n)
	} else {
		for _, level := range []string{"central", "establishment", "regional"} {
			all, err := b.store.organisations(r.Context(), level, "", 500)
			if err != nil {
				b.pages.Fail(w, r, err)
				return
			}
			v.Groups = append(v.Groups, orgGroup{level, orgCards(all, n)})
		}
	}
	b.pages.Render(w, r, http.StatusOK, "administrations", web.Page{TitleKey: "directory.title", Data: v})
}

func orgCards(all []catalogapi.Organisation, n map[string]int) []web.Card {
	var cards []web.Card
	for _, o := range all {
		card := web.Card{Href: "/administrations/" + o.Code, Title: o.Name}
		if n[o.Code] > 0 {
			card.Note = web.K("directory.procedures", "n", n[o.Code])
		}
		cards = append(cards, card)
	}
	return cards
}

type administrationView struct {
	Org       catalogapi.Organisation
	Parent    *catalogapi.Organisation
	Territory *catalogapi.Territory
	Units     []catalogapi.Unit
	Results   []result
	Total     int
	All       string
}

// administrationPage shows one administration, its units and procedures.
func (b *Block) administrationPage(w http.ResponseWriter, r *http.Request) {
	v, err := b.administrationView(r)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "administration", web.Page{
		Title: v.Org.Name, Crumbs: []web.Crumb{{Text: web.K("directory.title"), Path: "/administrations"}}, Data: v,
	})
}

func (b *Block) administrationView(r *http.Request) (v administrationView, err error) {
	ctx := r.Context()
	if v.Org, err = b.store.organisation(ctx, r.PathValue("code")); err != nil {
		return v, err
	}
	if v.Org.Parent != "" {
		parent, err := b.store.organisation(ctx, v.Org.Parent)
		if err != nil {
			return v, err
		}
		v.Parent = &parent
	}
	if v.Org.Territory != "" {
		t, err := b.store.territory(ctx, v.Org.Territory)
		if err != nil {
			return v, err
		}
		v.Territory = &t
	}
	units, err := b.store.units(ctx, v.Org.Code)
	if err != nil {
		return v, err
	}
	for _, u := range units {
		if u.Code != v.Org.Code { // every organisation is a unit of itself
			v.Units = append(v.Units, u)
		}
	}
	f := Filter{Org: v.Org.Code}
	if v.Org.Level == "communal" {
		f.Org = localAuthorities
	}
	found, total, err := b.store.page(ctx, f, perPage, 0)
	v.Results, v.Total, v.All = resultsOf(proceduresOf(found), nil), total, f.href("")
	return v, err
}

type territoriesView struct {
	Query string
	Found []catalogapi.Territory
	All   []catalogapi.Territory
}

// territoriesPage lists the regions, or finds a territory by name.
func (b *Block) territoriesPage(w http.ResponseWriter, r *http.Request) {
	v := territoriesView{Query: r.URL.Query().Get("q")}
	var err error
	if v.Query != "" {
		v.Found, err = b.store.named(r.Context(), v.Query)
	}
	if err == nil {
		v.All, err = b.store.under(r.Context(), "")
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "territories", web.Page{TitleKey: "territory.title", Data: v})
}

type territoryView struct {
	Territory catalogapi.Territory
	Org       string
	Governor  *catalogapi.Unit
	Inside    []catalogapi.Territory
}

// territoryPage shows a territory, its local authority and what lies in it.
func (b *Block) territoryPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	t, err := b.store.territory(ctx, r.PathValue("code"))
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := territoryView{Territory: t, Org: OrgOf(t)}
	above, err := b.store.above(ctx, t)
	if err == nil {
		v.Inside, err = b.store.under(ctx, t.Code)
	}
	if province := ProvinceOf(t.Code); err == nil && province != "" {
		var unit catalogapi.Unit
		unit, err = b.store.unit(ctx, provincePrefix+province)
		v.Governor = &unit
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	crumbs := []web.Crumb{{Text: web.K("territory.title"), Path: "/territories"}}
	for _, a := range above {
		crumbs = append(crumbs, web.Crumb{Text: a.Name, Path: "/territories/" + a.Code})
	}
	b.pages.Render(w, r, http.StatusOK, "territory", web.Page{Title: t.Name, Crumbs: crumbs, Data: v})
}
