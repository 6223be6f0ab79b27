package catalog

import (
	"encoding/json"
	"net/http"
	"net/url"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/web"
)

const perPage = 20

type browseView struct {
	Results    []result
	Total      int
	Pager      web.Pager
	Filtered   []web.Link // filters that are on; the link takes one off
	Themes     []facet
	Audiences  []facet
	Orgs       []facet
	Published  int
	Everything int
}

// facet is a value by which the list can be narrowed, and how many there are.
type facet struct {
	Text any
	Href string
	N    int
}

// browsePage lists procedures by theme, audience and administration.
func (b *Block) browsePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f := Filter{Theme: q.Get("theme"), Audience: q.Get("audience"), Org: q.Get("org"), Status: q.Get("status")}
	page := web.PageNumber(r)
	found, total, err := b.store.page(r.Context(), f, perPage, (page-1)*perPage)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	view, err := b.browseView(r, f, found, total, page)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "browse", web.Page{TitleKey: "browse.title", NoIndex: page > 1, Data: view})
}

func (b *Block) browseView(r *http.Request, f Filter, found []catalogapi.Revision, total, page int) (browseView, error) {
	ctx := r.Context()
	v := browseView{Total: total, Pager: web.Pager{Page: page, Last: (total + perPage - 1) / perPage, Href: f.href("")}}
	procedures := proceduresOf(found)
	orgs, err := b.store.counts(ctx, organisationCounts)
	if err != nil {
		return v, err
	}
	codes := append(orgsOf(procedures), f.Org)
	for _, c := range orgs {
		codes = append(codes, c.Code)
	}
	names, err := b.store.names(ctx, codes)
	if err != nil {
		return v, err
	}
	v.Results, v.Filtered = resultsOf(procedures, names), f.links(names, b.pages.Bundle())
	for _, c := range orgs {
		v.Orgs = append(v.Orgs, facet{Text: names[c.Code], Href: f.with("org", c.Code), N: c.N})
	}
	for _, group := range []struct {
		query, name string
		into        *[]facet
	}{{themeCounts, "theme", &v.Themes}, {audienceCounts, "audience", &v.Audiences}} {
		all, err := b.store.counts(ctx, group.query)
		if err != nil {
			return v, err
		}
		for _, c := range all {
			*group.into = append(*group.into, facet{Text: web.K(group.name + "." + c.Code), Href: f.with(group.name, c.Code), N: c.N})
		}
	}
	statuses, err := b.store.counts(ctx, statusCounts)
	for _, c := range statuses {
		v.Everything += c.N
		if c.Code == Published {
			v.Published = c.N
		}
	}
	return v, err
}

func (f Filter) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"theme": f.Theme, "audience": f.Audience, "org": f.Org, "status": f.Status} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (f Filter) with(name, value string) string {
	v := f.values()
	v.Set(name, value)
	return "/procedures?" + v.Encode()
}

// href is the list without one of its filters.
func (f Filter) href(without string) string {
	v := f.values()
	v.Del(without)
	if len(v) == 0 {
		return "/procedures"
	}
	return "/procedures?" + v.Encode()
}

func (f Filter) links(names map[string]i18n.Text, bundle *i18n.Bundle) []web.Link {
	var all []web.Link
	for _, group := range []struct{ name, value string }{{"theme", f.Theme}, {"audience", f.Audience}, {"status", f.Status}} {
		if key := group.name + "." + group.value; group.value != "" && bundle.Has(key) {
			all = append(all, web.Link{Href: f.href(group.name), Text: web.K(key)})
		}
	}
	if name := names[f.Org]; len(name) > 0 {
		all = append(all, web.Link{Href: f.href("org"), Text: name})
	}
	return all
}

type searchView struct {
	Query       string
	Results     []result
	Total       int
	Pager       web.Pager
	Suggestion  string
	SuggestHref string
	Places      []catalogapi.Territory
}

// maxQuery bounds a question; longer ones are cut, as the field does.
const maxQuery = 120

// maxFound bounds the answers that pages of results go through.
const maxFound = 100

// searchPage finds procedures. Nothing found leads to the help centre.
func (b *Block) searchPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("q")
	if letters := []rune(q); len(letters) > maxQuery {
		q = string(letters[:maxQuery])
	}
	page := min(web.PageNumber(r), maxFound/perPage)
	v := searchView{Query: q}
	if len(search.Terms(q)) > 0 {
		if err := b.searchView(r, &v, page); err != nil {
			b.pages.Fail(w, r, err)
			return
		}
	}
	b.pages.Render(w, r, http.StatusOK, "search", web.Page{TitleKey: "find.title", NoIndex: true, Data: v})
}

func (b *Block) searchView(r *http.Request, v *searchView, page int) error {
	found, err := b.findPage(r.Context(), v.Query, (page-1)*perPage, page*perPage)
	if err != nil {
		return err
	}
	v.Total, v.Suggestion = found.Total, found.Suggestion
	v.SuggestHref = "/search?" + url.Values{"q": {found.Suggestion}}.Encode()
	v.Pager = web.Pager{Page: page, Last: (min(found.Total, maxFound) + perPage - 1) / perPage, Href: "/search?" + url.Values{"q": {v.Query}}.Encode()}
	shown := make([]catalogapi.Procedure, 0, len(found.Hits))
	for _, hit := range found.Hits {
		shown = append(shown, hit.Procedure)
	}
	names, err := b.store.names(r.Context(), orgsOf(shown))
	if err != nil {
		return err
	}
	v.Results = resultsOf(shown, names)
	if v.Total == 0 {
		v.Places, err = b.store.named(r.Context(), v.Query)
	}
	return err
}

// exportPage gives the current revisions of all procedures as JSON (law 31-13,
// art. 6 and 10: published information may be reused).
func (b *Block) exportPage(w http.ResponseWriter, r *http.Request) {
	all, err := b.store.after(r.Context(), "", maxProcedures)
	if err != nil {
		b.pages.Fail(w, r, errs.Wrap("catalog: export", err))
		return
	}
	for i := range all {
		if all[i].Seal != nil {
			all[i].Seal.CMS = nil // by revision, at …/revisions/{number}.p7s
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", `attachment; filename="procedures.json"`)
	_ = json.NewEncoder(w).Encode(map[string]any{"procedures": all})
}
