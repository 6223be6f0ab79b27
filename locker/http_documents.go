package locker

import (
	"net/http"

	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/locker/lockerapi"
)

const perPage = 20

type listView struct {
	Documents []web.Document
	Pager     web.Pager
}

// own returns the person's document named in the path, or answers that there is none: another's is not told from a missing one.
func (b *Block) own(w http.ResponseWriter, r *http.Request) (d Document, ok bool) {
	v, ok := b.pages.SignedIn(w, r)
	if !ok {
		return d, false
	}
	id, err := parseDocument(r.PathValue("id"))
	if err == nil {
		d, err = b.store.one(r.Context(), pg.Person(v.Subject), selectDocument, id)
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return d, false
	}
	return d, true
}

func (b *Block) listPage(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.pages.SignedIn(w, r)
	if !ok {
		return
	}
	page := web.PageNumber(r)
	n, err := b.store.count(r.Context(), visit.Subject)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	documents, err := b.store.many(r.Context(), pg.Person(visit.Subject), selectDocuments, visit.Subject, perPage, (page-1)*perPage)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := listView{Pager: web.Pager{Page: page, Last: (n + perPage - 1) / perPage, Href: "/documents"}}
	for _, d := range documents {
		v.Documents = append(v.Documents, b.card(r, d))
	}
	b.pages.Render(w, r, http.StatusOK, "documents", web.Page{TitleKey: "documents.title", NoIndex: true, Data: v})
}

// card shows a document in a list.
func (b *Block) card(r *http.Request, d Document) web.Document {
	path := "/documents/" + d.ID.String()
	c := web.Document{
		Title: d.Title, Issuer: b.orgs.name(r.Context(), d.Issuer), On: d.At, Reference: web.Ref(d.Reference), Size: d.Size, Href: path,
		Tag: kindTag(d), Actions: []web.Link{{Href: path + "/file", Text: web.K("common.open")}},
	}
	if d.Destroyed {
		c.Title, c.Actions = web.K("document.destroyed"), nil
	} else if d.Kind == lockerapi.Issued {
		c.Actions = append(c.Actions, web.Link{Href: path + "/share", Text: web.K("document.share")})
	}
	return c
}

func kindTag(d Document) *web.Tag {
	if d.Kind == lockerapi.Issued {
		return &web.Tag{Kind: "ok", Text: web.K("kind.issued")}
	}
	return &web.Tag{Kind: "neutral", Text: web.K("kind.declared")}
}

type documentView struct {
	Type     string
	Tag      web.Tag
	Rows     []web.Row
	Path     string
	Sealed   bool
	Shares   []shareView
	Activity []activityView
}

type activityView struct {
	At           any
	Who          any
	What         any
	Why, Dossier any
}

func (b *Block) documentPage(w http.ResponseWriter, r *http.Request) {
	d, ok := b.own(w, r)
	if !ok {
		return
	}
	shares, err := b.store.shares(r.Context(), d.Owner, d.ID)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	activity, err := b.store.activity(r.Context(), d.Owner, d.ID)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := documentView{Type: d.Type, Tag: *kindTag(d), Rows: b.rows(r, d), Path: "/documents/" + d.ID.String(), Sealed: d.Seal != ""}
	for _, s := range shares {
		v.Shares = append(v.Shares, viewShare(s, b.deps.Clock.Now()))
	}
	for _, a := range activity {
		v.Activity = append(v.Activity, b.viewActivity(r, a))
	}
	b.pages.Render(w, r, http.StatusOK, "document", web.Page{
		Title: d.Title, Crumbs: []web.Crumb{{Text: web.K("documents.title"), Path: "/documents"}}, NoIndex: true, Data: v,
	})
}

func (b *Block) rows(r *http.Request, d Document) []web.Row {
	rows := []web.Row{
		{Key: web.K("document.type"), Value: typeName(d.Type)},
		{Key: web.K("document.issuer"), Value: b.orgs.name(r.Context(), d.Issuer)},
		{Key: web.K("document.at"), Value: d.At},
	}
	if d.Reference != "" {
		rows = append(rows, web.Row{Key: web.K("document.reference"), Value: web.Ref(d.Reference)})
	}
	return append(rows, web.Row{Key: web.K("document.fingerprint"), Value: web.Ref(hexOf(d.SHA256))})
}

// purposes are the purposes of other blocks that have a sentence of their own.
var purposes = map[string]bool{"dossier.examine": true, "dossier.own": true, "dossier.decide": true}

func (b *Block) viewActivity(r *http.Request, a Activity) activityView {
	v := activityView{At: a.At, What: web.K("act." + a.Act)}
	switch a.By {
	case ByHolder:
		v.Who = web.K("by.holder")
	case ByOrg:
		v.Who = b.orgs.name(r.Context(), a.Actor)
	case ByRecipient:
		v.Who = a.Actor
	default:
		v.Who = web.K("by.block")
	}
	switch {
	case a.Purpose == "":
	case !a.Share.IsZero():
		v.Why = a.Purpose // the holder's own words
	case purposes[a.Purpose]:
		v.Why = web.K("purpose." + a.Purpose)
	default:
		v.Why = web.K("purpose.other")
	}
	return v
}

func (b *Block) documentFile(w http.ResponseWriter, r *http.Request) {
	d, ok := b.own(w, r)
	if !ok {
		return
	}
	b.serve(w, r, d, Activity{Document: d.ID, Owner: d.Owner, Act: ActOpened, By: ByHolder})
}

func (b *Block) documentProof(w http.ResponseWriter, r *http.Request) {
	if d, ok := b.own(w, r); ok {
		b.serveProof(w, r, d)
	}
}
