package officer

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

const inboxLimit = 200

type inboxView struct {
	Stats []web.Stat
	Table web.Table
}

// inbox lists the unit's open dossiers, those that the law will decide first on top.
func (k Desk) inbox(w http.ResponseWriter, r *http.Request) {
	v, ok := k.works(w, r)
	if !ok {
		return
	}
	list, err := k.open(r.Context(), v)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	title := "inbox.title"
	if v.HasRole(Governor) {
		title = "inbox.claims_title"
	}
	k.Pages.Render(w, r, http.StatusOK, "inbox", web.Page{TitleKey: title, Wide: true, NoIndex: true, Data: viewInbox(list, k.Clock.Today())})
}

// works returns the visitor when his appointment works on dossiers.
func (k Desk) works(w http.ResponseWriter, r *http.Request) (tokens.Visit, bool) {
	v, ok := k.Pages.SignedIn(w, r)
	if ok && !Works(v) {
		k.Pages.Fail(w, r, errs.New(errs.Forbidden, "officers_only"))
		return v, false
	}
	return v, ok
}

func (k Desk) open(ctx context.Context, v tokens.Visit) (list []dossier.Dossier, err error) {
	err = k.DB.Tx(ctx, pg.Org(v.Org), func(ctx context.Context, tx pgx.Tx) (err error) {
		if v.HasRole(Governor) {
			list, err = dossier.Granted(ctx, tx, v.Org, v.Unit, inboxLimit)
			return err
		}
		list, err = dossier.Inbox(ctx, tx, v.Org, v.Unit, inboxLimit)
		return err
	})
	return list, err
}

func viewInbox(list []dossier.Dossier, today civil.Date) inboxView {
	slices.SortStableFunc(list, func(a, b dossier.Dossier) int { return a.RiskOn(today).Rank() - b.RiskOn(today).Rank() })
	count := map[dossier.Risk]int{}
	t := web.Table{
		Caption: web.K("inbox.caption"), Empty: web.K("inbox.empty"), Numbers: []int{5},
		Head: []any{web.K("inbox.risk"), web.K("row.procedure"), web.K("row.reference"), web.K("inbox.state"), web.K("inbox.due"), web.K("inbox.days_left")},
	}
	for _, d := range list {
		risk := d.RiskOn(today)
		said, left := dossier.RiskWords(d, today), any(d.DaysLeft(today))
		if d.Due().IsZero() {
			left = web.K("inbox.suspended")
		}
		switch {
		case d.State.Closed(): // kept in sight of the governor, a risk no more
			said, left = "–", "–"
		case said == nil:
			said, left = "–", "–"
		default:
			count[risk]++
		}
		t.Rows = append(t.Rows, []any{
			said,
			web.Link{Href: "/office/" + d.ID.String(), Text: d.Title()},
			web.Ref(d.Reference), web.K("state." + string(d.State)), d.Due(), left,
		})
	}
	view := inboxView{Table: t}
	for _, risk := range []dossier.Risk{dossier.Overdue, dossier.Urgent, dossier.Soon, dossier.OnTime} {
		view.Stats = append(view.Stats, web.Stat{Value: count[risk], Label: web.K("risk." + string(risk))})
	}
	return view
}
