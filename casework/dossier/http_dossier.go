package dossier

import (
	"context"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/law"
	"wasl/locker/lockerapi"
)

// dossierView is a deposited dossier as its person sees it.
type dossierView struct {
	Form      *web.Input
	ID        string
	State     web.Tag
	Now       web.Msg // where it stands, in a sentence
	Next      web.Msg // who acts next
	Rows      []web.Row
	Meter     *web.Meter
	Timeline  []web.Step
	Papers    []web.Document
	Trace     []TraceLine
	Law       string
	Calendar  string
	Missing   []pieceView
	Requests  []requestView
	CanClaim  bool
	CanTurn   bool
	TurnFrom  any
	CanStop   bool
	Receipt   string
	Authority string
}

type requestView struct {
	ID, Ask  string
	Grounds  string
	Piece    *pieceView
	AnswerBy any
}

// TraceLine is one step of law's trace, in words.
type TraceLine struct {
	Article string
	Text    web.Msg
	Default bool
}

// page shows the draft's form or the deposited dossier.
func (k *Desk) page(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err == nil {
		d, err = k.refreshFee(r.Context(), d)
	}
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	if d.State == Draft {
		k.renderForm(w, r, http.StatusOK, d, nil, nil)
		return
	}
	k.renderDossier(w, r, http.StatusOK, d, nil, nil)
}

func (k *Desk) renderDossier(w http.ResponseWriter, r *http.Request, status int, d Dossier, in *web.Input, refused error) {
	events, papers, err := k.past(r.Context(), pg.Person(d.Person), d.ID)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	today := k.Clock.Today()
	view := dossierView{
		Form: in, ID: d.ID.String(), State: stateTag(d.State), Now: d.sentence(), Next: web.K("next." + d.Next()), Rows: d.FactRows(),
		Timeline: Timeline(events), Papers: PaperLinks(papers), Trace: TraceLines(d.Trace), Law: d.LawVersion, Calendar: d.Calendar,
		CanClaim: d.State == Approved, CanStop: !d.State.Closed(), Meter: meter(d, today),
	}
	if len(papers) > 0 {
		view.Receipt = d.path() + "/receipt"
	}
	if d.State == Claimed {
		view.CanTurn = k.Book.MayEscalate(d.Claimed, today) == nil
		view.TurnFrom = d.DeliverBy.AddDays(1)
		view.Authority = string(k.Book.Escalate(d.Regime.Level, today).Authority)
	}
	if d.State == BeingDeposited {
		for _, code := range d.Missing() {
			view.Missing = append(view.Missing, k.pieceView(r, d, code))
		}
	}
	for _, q := range d.Open() {
		v := requestView{ID: q.ID, Ask: string(q.Ask), Grounds: q.Grounds}
		if q.Piece != "" {
			p := k.pieceView(r, d, q.Piece)
			v.Piece = &p
		}
		if !q.AnswerBy.IsZero() {
			v.AnswerBy = q.AnswerBy
		}
		view.Requests = append(view.Requests, v)
	}
	k.Pages.Render(w, r, status, "dossier", web.Page{Title: d.Title(), NoIndex: true, Errors: refused, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}}})
}

// past reads what happened and what was issued.
func (k *Desk) past(ctx context.Context, p pg.Principal, id ID) (events []Event, papers []PaperRow, err error) {
	err = k.DB.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) (err error) {
		if events, err = History(ctx, tx, id); err != nil {
			return err
		}
		papers, err = Papers(ctx, tx, id)
		return err
	})
	return events, papers, err
}

// sentence says where the dossier stands, with the date that matters.
func (d Dossier) sentence() web.Msg {
	day := map[State]civil.Date{BeingDeposited: d.CompleteBy, Deposited: d.LastDay, Approved: d.SilenceOn, Silent: d.AppealBy,
		Claimed: d.DeliverBy, Escalated: d.AttestBy, Attested: d.ClosedOn, Accepted: d.ClosedOn, Refused: d.AppealBy,
		Returned: d.AppealBy, Withdrawn: d.ClosedOn}[d.State]
	key := "now." + string(d.State)
	switch {
	case d.State == Deposited && d.Suspended:
		return web.K("now.suspended")
	case d.State == Deposited && d.Regime.Immediate:
		return web.K("now.immediate")
	case d.State == Deposited:
		return web.K("now.deposited_"+string(law.SilenceWould(d.Regime)), "date", day, "after", d.SilenceOn)
	}
	return web.K(key, "date", day)
}

// FactRows lists the dates and names of a dossier.
func (d Dossier) FactRows() []web.Row {
	rows := []web.Row{{Key: web.K("row.reference"), Value: web.Ref(d.Reference)}, {Key: web.K("row.administration"), Value: d.Competent.UnitName}}
	for _, x := range []struct {
		key string
		day civil.Date
	}{
		{"row.requested", d.Requested}, {"row.complete_by", d.CompleteBy}, {"row.deposited", d.Deposited}, {"row.last_day", d.LastDay},
		{"row.silence_on", d.SilenceOn}, {"row.claimed", d.Claimed}, {"row.deliver_by", d.DeliverBy}, {"row.escalated", d.Escalated},
		{"row.attest_by", d.AttestBy}, {"row.appeal_by", d.AppealBy}, {"row.closed", d.ClosedOn},
	} {
		if !x.day.IsZero() {
			rows = append(rows, web.Row{Key: web.K(x.key), Value: x.day})
		}
	}
	return rows
}

// meter shows the delay that runs now; nil when none does.
func meter(d Dossier, today civil.Date) *web.Meter {
	if d.State != Deposited || d.Regime.Immediate {
		return nil
	}
	if d.Suspended {
		return &web.Meter{Suspended: true, Total: d.Regime.Days}
	}
	return &web.Meter{Left: d.LastDay.Sub(today), Total: d.LastDay.Sub(d.Deposited), LastDay: d.LastDay}
}

func stateTag(s State) web.Tag {
	kind := map[State]string{Draft: "neutral", BeingDeposited: "warn", Deposited: "now", Approved: "ok", Silent: "warn", Claimed: "now",
		Escalated: "now", Attested: "ok", Accepted: "ok", Refused: "stop", Returned: "stop", Withdrawn: "neutral"}[s]
	return web.Tag{Kind: kind, Text: web.K("state." + string(s))}
}

// StateTag is the state of a dossier in a word or two.
func StateTag(s State) web.Tag { return stateTag(s) }

// Timeline says the events of a dossier.
func Timeline(events []Event) []web.Step {
	var out []web.Step
	for i, e := range events {
		state := "done"
		if i == len(events)-1 {
			state = "now"
		}
		out = append(out, web.Step{Title: web.K("event." + e.Code), State: state, On: e.On, Note: web.K("actor." + e.Actor)})
	}
	return out
}

// TraceLines says a trace.
func TraceLines(t law.Trace) []TraceLine {
	var out []TraceLine
	for _, s := range t {
		key, args := Sentence(s)
		out = append(out, TraceLine{Article: s.Article, Text: web.K(key, args...), Default: s.Default != ""})
	}
	return out
}

// PaperLinks lists legal documents; one that is not sealed yet says so and has no link.
func PaperLinks(papers []PaperRow) []web.Document {
	var out []web.Document
	for _, p := range papers {
		doc := web.Document{Title: web.K("paper." + string(p.Kind) + ".title"), Issuer: p.Facts.Issuer, On: p.Facts.On, Reference: web.Ref(p.Facts.Reference)}
		if p.Document == "" {
			doc.Tag = &web.Tag{Kind: "neutral", Text: web.K("paper.being_sealed")}
		} else {
			doc.Href = "/documents/" + p.Document
			doc.Tag = &web.Tag{Kind: "ok", Text: web.K("paper.sealed")}
		}
		out = append(out, doc)
	}
	return out
}

// PieceLine is one published piece as an officer sees it.
type PieceLine struct {
	Title   any
	Href    string // to the file; empty for evidence and for what was not brought
	Name    string
	Preview []web.Row
	There   bool
	Source  web.Msg
}

// PieceLines lists the pieces of the sheet with what was brought for each.
func (k *Desk) PieceLines(r *http.Request, d Dossier, base string) []PieceLine {
	var out []PieceLine
	for _, want := range d.Sheet.Pieces {
		line := PieceLine{Title: want.Title, Source: web.K("piece.missing")}
		p, ok := d.Piece(want.Code)
		switch {
		case ok && p.Document != "":
			line.Href, line.Name, line.Source = base+d.ID.String()+"/pieces/"+p.Code, p.Name, web.K("piece.declared")
		case ok && p.Present():
			line.Preview, line.Source = k.preview(web.Lang(r), p.Content), web.K("piece.evidence_from", "provider", p.Provider)
		}
		line.There = ok && p.Present()
		out = append(out, line)
	}
	return out
}

// pieceContent opens the person's own piece.
func (k *Desk) pieceContent(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	k.ServePiece(w, r, d, r.PathValue("code"), lockerapi.Access{Purpose: "dossier.own", Object: d.ID.String()})
}

// ServePiece sends a piece's file as what it was found to be, never as a page of ours.
func (k *Desk) ServePiece(w http.ResponseWriter, r *http.Request, d Dossier, code string, access lockerapi.Access) {
	p, ok := d.Piece(code)
	if !ok || p.Document == "" {
		k.Pages.Fail(w, r, errs.New(errs.NotFound, "piece_unknown"))
		return
	}
	content, err := k.Locker.Content(r.Context(), p.Document, access)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", p.ContentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	_, _ = io.Copy(w, content)
}
