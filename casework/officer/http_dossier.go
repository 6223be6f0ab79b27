package officer

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/casework/reading"
	"wasl/exchange/exchangeapi"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/law"
	"wasl/locker/lockerapi"
)

type officeView struct {
	Form      *web.Input
	ID        string
	State     web.Tag
	Risk      any
	Rows      []web.Row
	Request   []web.Row
	Pieces    []dossier.PieceLine
	Requests  []web.Row
	Timeline  []web.Step
	Papers    []web.Document
	Trace     []dossier.TraceLine
	CanDecide bool
	CanRefuse bool
	CanAsk    bool
	CanReturn bool
	CanAttest bool
	AskUntil  any
	Asks      []web.Choice
	PieceList []web.Choice
}

// page shows the dossier; opening it is an access to a person's data and leaves an audit entry.
func (k Desk) page(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.visitor(w, r)
	if !ok {
		return
	}
	seen, err := k.examine(r.Context(), v, id, exchangeapi.DossierRead, "")
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	k.render(w, r, http.StatusOK, v, seen, nil, nil)
}

// visitor returns the officer and the id of the dossier.
func (k Desk) visitor(w http.ResponseWriter, r *http.Request) (tokens.Visit, dossier.ID, bool) {
	v, ok := k.works(w, r)
	if !ok {
		return v, dossier.ID{}, false
	}
	id, err := dossier.ParseID(r.PathValue("id"))
	if err != nil {
		k.Pages.Fail(w, r, errs.New(errs.NotFound, "dossier_unknown"))
		return v, id, false
	}
	return v, id, true
}

// seen is a dossier with its past, as an officer has just opened it.
type seen struct {
	dossier.Dossier
	events []dossier.Event
	papers []dossier.PaperRow
}

// opened are the audit acts of looks; the detail names what was opened.
var opened = map[exchangeapi.What]string{
	exchangeapi.DossierRead: "dossier.opened", exchangeapi.PieceRead: "piece.opened", exchangeapi.DocumentRead: "paper.opened",
}

// examine reads a dossier for an officer: row-level security by their organisation, then their unit and role, then the audit entry
// of the look and the announcement of it to the person, in one transaction: nobody looks without a trace.
func (k Desk) examine(ctx context.Context, v tokens.Visit, id dossier.ID, what exchangeapi.What, item string) (out seen, err error) {
	err = k.Read(ctx, pg.Org(v.Org), id, func(ctx context.Context, tx pgx.Tx, d dossier.Dossier) error {
		if !Examines(v, d) && !Supervises(v, d) {
			return errs.New(errs.NotFound, "dossier_unknown")
		}
		if _, there := d.Piece(item); what == exchangeapi.PieceRead && !there {
			return errs.New(errs.NotFound, "piece_unknown")
		}
		out.Dossier = d
		if out.events, err = dossier.History(ctx, tx, id); err != nil {
			return err
		}
		if out.papers, err = dossier.Papers(ctx, tx, id); err != nil {
			return err
		}
		kind, there := kindOf(out.papers, item)
		if what == exchangeapi.DocumentRead && !there {
			return errs.New(errs.NotFound, "paper_unknown")
		}
		detail, named := map[string]string{}, item
		if there { // the person reads the kind of a document, not its number
			named = string(kind)
		}
		if item != "" {
			detail[string(what)] = item
		}
		entry, err := audit.Record(ctx, tx, k.Clock, audit.Entry{Act: opened[what], Object: id.String(), Org: v.Org, Subject: d.Person, Detail: detail})
		if err != nil {
			return errs.Wrap("casework: audit", err)
		}
		return reading.Save(ctx, tx, d, reading.Looked(entry, d, what, named, reads(v, d), k.Clock.Now()))
	})
	return out, err
}

func kindOf(papers []dossier.PaperRow, id string) (dossier.PaperKind, bool) {
	i := slices.IndexFunc(papers, func(p dossier.PaperRow) bool { return p.ID.String() == id })
	if i < 0 {
		return "", false
	}
	return papers[i].Kind, true
}

func (k Desk) render(w http.ResponseWriter, r *http.Request, status int, v tokens.Visit, s seen, in *web.Input, refused error) {
	today := k.Clock.Today()
	d := s.Dossier
	view := officeView{
		Form: in, ID: d.ID.String(), State: dossier.StateTag(d.State), Risk: dossier.RiskWords(d, today), Rows: d.FactRows(),
		Request: append([]web.Row{{Key: web.K("row.person"), Value: d.NameAr}, {Key: web.K("row.person_latin"), Value: d.NameFr}}, dossier.AnswerRows(d)...),
		Pieces:  k.PieceLines(r, d, "/office/"), Timeline: dossier.Timeline(d, s.events),
		Papers: dossier.PaperLinks(s.papers, paperPath), Trace: dossier.TraceLines(d.Trace),
	}
	for _, q := range d.Requests {
		view.Requests = append(view.Requests, web.Row{Key: web.K("ask." + string(q.Ask)), Value: q.Grounds, Note: q.Answer})
	}
	if Examines(v, d) {
		k.offer(&view, d)
	}
	view.CanAttest = Supervises(v, d) && d.State == dossier.Escalated
	k.Pages.Render(w, r, status, "office", web.Page{
		Title: d.Title(), Wide: true, NoIndex: true, Errors: refused, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("inbox.title"), Path: "/office"}},
	})
}

// offer shows the acts that the law allows today; the rule decides again when one is sent.
func (k Desk) offer(view *officeView, d dossier.Dossier) {
	today := k.Clock.Today()
	switch d.State {
	case dossier.Deposited, dossier.Approved, dossier.Silent, dossier.Claimed, dossier.Escalated:
		view.CanDecide, view.CanRefuse = true, dossier.MayRefuse(k.Book, d, today)
	}
	view.CanReturn = dossier.MayReturn(k.Book, d, today)
	if d.State != dossier.Deposited || d.Regime.Immediate {
		return
	}
	until, _ := k.Book.FirstHalf(d.Clock())
	view.CanAsk = until.IsZero() || !today.After(until)
	if !until.IsZero() {
		view.AskUntil = until
	}
	for _, a := range law.Asks {
		view.Asks = append(view.Asks, web.Choice{Value: string(a), Label: web.K("ask." + string(a))})
	}
	for _, p := range d.Sheet.Pieces {
		view.PieceList = append(view.PieceList, web.Choice{Value: p.Code, Label: p.Title})
	}
}

// piece sends a piece's file to the officer; the locker writes into its holder's log who opened it and why.
func (k Desk) piece(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.visitor(w, r)
	if !ok {
		return
	}
	code := r.PathValue("code")
	s, err := k.examine(r.Context(), v, id, exchangeapi.PieceRead, code)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	k.ServePiece(w, r, s.Dossier, code, lockerapi.Access{Org: v.Org, Purpose: "dossier.examine", Object: id.String()})
}

func paperPath(p dossier.PaperRow) string {
	return "/office/" + p.Dossier.String() + "/papers/" + p.ID.String()
}

// paper sends a sealed document of the dossier to the officer.
func (k Desk) paper(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.visitor(w, r)
	if !ok {
		return
	}
	name := r.PathValue("paper")
	s, err := k.examine(r.Context(), v, id, exchangeapi.DocumentRead, name)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	for _, p := range s.papers {
		if p.ID.String() == name && p.Document != "" {
			k.ServeFile(w, r, p.Document, "application/pdf", string(p.Kind)+".pdf", lockerapi.Access{Org: v.Org, Purpose: "dossier.examine", Object: id.String()})
			return
		}
	}
	k.Pages.Fail(w, r, errs.New(errs.NotFound, "paper_unknown"))
}
