package catalog

import (
	"net/http"
	"strconv"
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/web"
)

// sheetPage shows a procedure: the revision in force today, or on the date
// asked for. The same address with .json or .jsonld gives it to programs.
func (b *Block) sheetPage(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("code")
	if linked, is := strings.CutSuffix(code, ".jsonld"); is {
		b.linkedData(w, r, linked)
		return
	}
	rev, err := b.revisionAsked(r, code)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	orgs := []string{}
	for _, body := range rev.Sheet.Bodies {
		orgs = append(orgs, body.Org)
	}
	names, err := b.store.names(r.Context(), orgs)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	view := sheetViewOf(rev, names, web.Lang(r))
	if view.History, err = b.store.history(r.Context(), code); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	if err := b.nameBefore(r, &view); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.opened.note(code)
	b.pages.Render(w, r, http.StatusOK, "sheet", web.Page{
		Title: rev.Sheet.Title,
		Crumbs: []web.Crumb{
			{Text: web.K("browse.title"), Path: "/procedures"},
			{Text: web.K("theme." + rev.Sheet.Theme), Path: "/procedures?theme=" + rev.Sheet.Theme},
		},
		Data: view,
	})
}

// revisionAsked is the current revision, or with ?on=DATE the one that was in
// force on that date.
func (b *Block) revisionAsked(r *http.Request, code string) (catalogapi.Revision, error) {
	on := r.URL.Query().Get("on")
	if on == "" {
		return b.store.current(r.Context(), code)
	}
	day, err := civil.Parse(on)
	if err != nil {
		return catalogapi.Revision{}, errs.New(errs.Invalid, "date_invalid")
	}
	return b.store.on(r.Context(), code, day)
}

// nameBefore replaces the codes of prerequisites by titles.
func (b *Block) nameBefore(r *http.Request, v *sheetView) error {
	all, err := b.store.currents(r.Context(), v.Sheet.Prerequisites)
	if err != nil {
		return err
	}
	v.Before = v.Before[:0]
	for _, p := range all {
		v.Before = append(v.Before, web.Link{Href: "/procedures/" + p.Procedure, Text: p.Sheet.Title})
	}
	return nil
}

// revisionFile gives the exact bytes of a revision ("3.json") or their detached
// seal ("3.p7s"), so that anyone can check one against the other.
func (b *Block) revisionFile(w http.ResponseWriter, r *http.Request) {
	name, kind, _ := strings.Cut(r.PathValue("number"), ".")
	number, err := strconv.Atoi(name)
	if err != nil {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "revision_unknown"))
		return
	}
	content, seal, err := b.store.bytes(r.Context(), r.PathValue("code"), number)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	media, out := "application/json", content
	if kind == "p7s" {
		media, out = "application/pkcs7-signature", seal
	}
	if kind != "json" && kind != "p7s" || len(out) == 0 {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "revision_unknown"))
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", `attachment; filename="`+r.PathValue("code")+"-"+name+"."+kind+`"`)
	_, _ = w.Write(out)
}
