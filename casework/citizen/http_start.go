package citizen

import (
	"context"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/catalog/catalogapi"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

// own returns the visitor and the dossier's id; an id of another kind is a page that does not exist.
func (k Desk) own(w http.ResponseWriter, r *http.Request) (tokens.Visit, dossier.ID, bool) {
	v, ok := k.Pages.SignedIn(w, r)
	if !ok {
		return v, dossier.ID{}, false
	}
	id, err := dossier.ParseID(r.PathValue("id"))
	if err != nil {
		k.Pages.Fail(w, r, errs.New(errs.NotFound, "dossier_unknown"))
		return v, dossier.ID{}, false
	}
	return v, id, true
}

type listView struct {
	Dossiers []web.Card
}

// listPage shows the person's dossiers; with ?procedure= it begins one.
func (k Desk) listPage(w http.ResponseWriter, r *http.Request) {
	v, ok := k.Pages.SignedIn(w, r)
	if !ok {
		return
	}
	if code := r.URL.Query().Get("procedure"); code != "" {
		web.Redirect(w, r, "/dossiers/new?procedure="+url.QueryEscape(code))
		return
	}
	mine, err := k.Mine(r.Context(), v.Subject, 50)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	view := listView{}
	for _, d := range mine {
		tag := dossier.StateTag(d.State)
		view.Dossiers = append(view.Dossiers, web.Card{Href: "/dossiers/" + d.ID.String(), Title: d.Title(), Note: web.Ref(d.Reference), Tag: &tag})
	}
	k.Pages.Render(w, r, http.StatusOK, "dossiers", web.Page{TitleKey: "dossiers.title", Data: view})
}

type startView struct {
	Code, Title any
	Pieces      []catalogapi.Piece
	Fee         catalogapi.Fee
	Delay       int
}

// startPage says what a dossier of this procedure will need. A draft that already exists is resumed instead.
func (k Desk) startPage(w http.ResponseWriter, r *http.Request) {
	v, ok := k.Pages.SignedIn(w, r)
	if !ok {
		return
	}
	code := r.URL.Query().Get("procedure")
	draft, err := k.draftOf(r.Context(), v.Subject, code)
	if err == nil && !draft.IsZero() {
		web.Redirect(w, r, "/dossiers/"+draft.String())
		return
	}
	var rev catalogapi.Revision
	if err == nil {
		rev, err = k.published(r.Context(), code)
	}
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	k.Pages.Render(w, r, http.StatusOK, "start", web.Page{Title: rev.Sheet.Title, Data: startView{
		Code: code, Title: rev.Sheet.Title, Pieces: rev.Sheet.Pieces, Fee: rev.Sheet.Fee, Delay: dossier.RegimeOf(rev.Sheet, "").Days,
	}})
}

// start creates the draft, or finds the one that is there.
func (k Desk) start(w http.ResponseWriter, r *http.Request) {
	v, ok := k.Pages.SignedIn(w, r)
	if !ok {
		return
	}
	in, err := web.Form(r, 0)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	id, err := k.begin(r.Context(), v, web.Lang(r), in.Get("procedure"))
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, "/dossiers/"+id.String())
}

func (k Desk) begin(ctx context.Context, v tokens.Visit, lang i18n.Lang, procedure string) (dossier.ID, error) {
	rev, err := k.published(ctx, procedure)
	if err != nil {
		return dossier.ID{}, err
	}
	if err := dossier.MayStart(rev); err != nil {
		return dossier.ID{}, err
	}
	d := dossier.NewDraft(v.Subject, v.NameAr, v.NameFr, lang, rev, k.Clock.Today())
	err = k.DB.Tx(ctx, pg.Person(v.Subject), func(ctx context.Context, tx pgx.Tx) error {
		if err := dossier.Insert(ctx, tx, d); err != nil {
			return err
		}
		d.ID, err = dossier.FindDraft(ctx, tx, v.Subject, procedure)
		return err
	})
	return d.ID, err
}

func (k Desk) draftOf(ctx context.Context, person, procedure string) (id dossier.ID, err error) {
	err = k.DB.Tx(ctx, pg.Person(person), func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = dossier.FindDraft(ctx, tx, person, procedure)
		return err
	})
	return id, err
}

// published returns the current revision of a procedure that is open to deposit.
func (k Desk) published(ctx context.Context, code string) (catalogapi.Revision, error) {
	if code == "" {
		return catalogapi.Revision{}, errs.New(errs.NotFound, "procedure_unknown")
	}
	p, err := k.Catalog.Procedure(ctx, code)
	if err != nil {
		return catalogapi.Revision{}, err
	}
	if p.Status != "published" {
		return catalogapi.Revision{}, errs.New(errs.Conflict, "procedure_not_open")
	}
	return k.Catalog.Revision(ctx, p.Revision)
}
