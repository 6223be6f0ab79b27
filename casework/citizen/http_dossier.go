package citizen

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/kit/civil"
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
	Counted   any // why there are more days than the sheet says
	Timeline  []web.Step
	Papers    []web.Document
	Trace     []dossier.TraceLine
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

// page shows the draft's form or the deposited dossier.
func (k Desk) page(w http.ResponseWriter, r *http.Request) {
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
	if d.State == dossier.Draft {
		k.renderForm(w, r, http.StatusOK, d, nil, nil)
		return
	}
	k.renderDossier(w, r, http.StatusOK, d, nil, nil)
}

func (k Desk) renderDossier(w http.ResponseWriter, r *http.Request, status int, d dossier.Dossier, in *web.Input, refused error) {
	events, papers, err := k.past(r.Context(), pg.Person(d.Person), d.ID)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	today := k.Clock.Today()
	view := dossierView{
		Form: in, ID: d.ID.String(), State: dossier.StateTag(d.State), Now: sentence(d, today), Next: web.K("next." + d.Next()), Rows: d.FactRows(),
		Timeline: dossier.Timeline(d, events), Papers: dossier.PaperLinks(papers, inLocker), Trace: dossier.TraceLines(d.Trace), Law: d.LawVersion, Calendar: d.Calendar,
		CanClaim: d.State == dossier.Approved, CanStop: !d.State.Closed(), Meter: k.meter(d, today), Counted: counted(d),
	}
	if len(papers) > 0 {
		view.Receipt = path(d) + "/receipt"
	}
	if d.State == dossier.Claimed {
		view.CanTurn = k.Book.MayEscalate(d.Claimed, today) == nil
		view.TurnFrom = d.DeliverBy.AddDays(1)
		view.Authority = string(k.Book.Escalate(d.Regime.Level, today).Authority)
	}
	if d.State == dossier.BeingDeposited {
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
	k.Pages.Render(w, r, status, "dossier", web.Page{
		Title: d.Title(), NoIndex: true, Errors: refused, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}},
	})
}

// past reads what happened and what was issued.
func (k Desk) past(ctx context.Context, p pg.Principal, id dossier.ID) (events []dossier.Event, papers []dossier.PaperRow, err error) {
	err = k.DB.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) (err error) {
		if events, err = dossier.History(ctx, tx, id); err != nil {
			return err
		}
		papers, err = dossier.Papers(ctx, tx, id)
		return err
	})
	return events, papers, err
}

// inLocker is the page of a document in the person's locker.
func inLocker(p dossier.PaperRow) string { return "/documents/" + p.Document }

// sentence says where the dossier stands, with the date that matters.
func sentence(d dossier.Dossier, today civil.Date) web.Msg {
	day := map[dossier.State]civil.Date{
		dossier.BeingDeposited: d.CompleteBy, dossier.Deposited: d.LastDay, dossier.Approved: d.SilenceOn, dossier.Silent: d.AppealBy,
		dossier.Claimed: d.DeliverBy, dossier.Escalated: d.AttestBy, dossier.Attested: d.ClosedOn, dossier.Accepted: d.ClosedOn, dossier.Refused: d.AppealBy,
		dossier.Returned: d.AppealBy, dossier.Withdrawn: d.ClosedOn,
	}[d.State]
	key := "now." + string(d.State)
	switch {
	case d.State == dossier.Deposited && d.Suspended:
		return web.K("now.suspended")
	case d.State == dossier.Deposited && d.Regime.Immediate:
		return web.K("now.immediate")
	case d.State == dossier.Deposited:
		return web.K("now.deposited_"+string(law.SilenceWould(d.Regime)), "date", day, "after", d.SilenceOn)
	case d.State == dossier.Claimed && today.After(d.DeliverBy):
		return web.K("now.claimed_late", "date", day)
	}
	return web.K(key, "date", day)
}

// meter shows the delay that runs now, or that stands still; nil when there is none.
func (k Desk) meter(d dossier.Dossier, today civil.Date) *web.Meter {
	if d.State != dossier.Deposited || d.Regime.Immediate {
		return nil
	}
	last := d.LastDay
	if d.Suspended {
		last = k.Book.Deadline(d.AnsweredOn(today)).Last
	}
	return &web.Meter{Suspended: d.Suspended, Left: last.Sub(today), Total: last.Sub(d.Deposited), LastDay: d.LastDay}
}

// counted says why the last day lies further away than the days that the sheet publishes (art. 31).
func counted(d dossier.Dossier) any {
	if d.State != dossier.Deposited || d.Regime.Immediate || d.Regime.Days == 0 {
		return nil
	}
	if d.Regime.Unit == law.WorkingDays {
		return web.K("meter.counted_working", "n", d.Regime.Days)
	}
	return web.K("meter.counted", "n", d.Regime.Days)
}

// pieceContent opens the person's own piece.
func (k Desk) pieceContent(w http.ResponseWriter, r *http.Request) {
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
