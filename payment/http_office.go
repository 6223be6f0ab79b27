package payment

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

// officeView is the treasurer's list of cases: the open ones, or the closed.
type officeView struct {
	Closed bool
	Total  int
	Table  web.Table
	Pager  web.Pager
}

// officePage lists the cases of the treasurer's organisation.
func (b *Block) officePage(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.treasurer(w, r)
	if !ok {
		return
	}
	closed, page := r.URL.Query().Get("closed") == "1", web.PageNumber(r)
	var cases []Case
	var total int
	err := b.db.Tx(r.Context(), pg.Org(visit.Org), func(ctx context.Context, tx pgx.Tx) (err error) {
		cases, total, err = casesOfOrg(ctx, tx, visit.Org, closed, page)
		return err
	})
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "office", web.Page{
		TitleKey: "office.title", NoIndex: true, Wide: true, Data: viewOffice(cases, total, page, closed),
	})
}

func viewOffice(cases []Case, total, page int, closed bool) officeView {
	v := officeView{Closed: closed, Total: total, Pager: web.Pager{Page: page, Last: max(1, (total+casesPage-1)/casesPage), Href: "/payments/office"}}
	last := web.K("case.to_do")
	if closed {
		v.Pager.Href += "?closed=1"
		last = web.K("case.finding")
	}
	v.Table = web.Table{
		Head:  []any{web.K("case.kind"), web.K("order.reference"), web.K("order.amount"), web.K("case.opened"), last},
		Empty: web.K("office.empty"), Numbers: []int{2},
	}
	for _, c := range cases {
		last := web.K("case.remedy." + string(c.Remedy))
		if closed {
			last = web.K("case.finding." + string(c.Finding))
		}
		v.Table.Rows = append(v.Table.Rows, []any{
			web.Link{Href: "/payments/office/cases/" + c.ID.String(), Text: web.K("case.kind." + string(c.Kind))},
			web.Ref(c.Reference), c.Amount, c.OpenedAt, last,
		})
	}
	return v
}

// caseView is one case with what the treasurer may find about it.
type caseView struct {
	Form   *web.Input
	Why    web.Msg
	To     web.Msg
	Rows   []web.Row
	Offers []web.Choice
}

// casePage shows a case.
func (b *Block) casePage(w http.ResponseWriter, r *http.Request) {
	if visit, ok := b.treasurer(w, r); ok {
		b.renderCase(w, r, visit, http.StatusOK, nil, nil)
	}
}

func (b *Block) renderCase(w http.ResponseWriter, r *http.Request, visit tokens.Visit, status int, in *web.Input, refused error) {
	id, err := ids.Parse[caseKind](r.PathValue("case"))
	if err != nil {
		b.pages.Fail(w, r, errs.New(errs.NotFound, "not_found"))
		return
	}
	var c Case
	err = b.db.Tx(r.Context(), pg.Org(visit.Org), func(ctx context.Context, tx pgx.Tx) (err error) {
		c, err = caseByID(ctx, tx, id)
		return err
	})
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, status, "case", web.Page{
		TitleKey: "case.kind." + string(c.Kind), NoIndex: true, Errors: refused, Data: viewCase(c, in),
		Crumbs: []web.Crumb{{Text: web.K("office.title"), Path: "/payments/office"}},
	})
}

func viewCase(c Case, in *web.Input) caseView {
	v := caseView{
		Form: in, Why: web.K("case.why." + string(c.Kind)), To: web.K("case.to." + string(c.Remedy)),
		Rows: []web.Row{
			{Key: web.K("order.reference"), Value: web.Ref(c.Reference)},
			{Key: web.K("order.amount"), Value: c.Amount},
			{Key: web.K("case.attempt"), Value: web.Ref(c.Attempt)},
			{Key: web.K("case.opened"), Value: c.OpenedAt},
			{Key: web.K("case.to_do"), Value: web.K("case.remedy." + string(c.Remedy))},
		},
	}
	if c.Transaction != "" {
		v.Rows = append(v.Rows, web.Row{Key: web.K("case.transaction"), Value: web.Ref(c.Transaction)})
	}
	if c.Finding != NoFinding {
		v.Rows = append(v.Rows, web.Row{Key: web.K("case.finding"), Value: web.K("case.finding." + string(c.Finding))})
	}
	if c.Proof != "" {
		v.Rows = append(v.Rows, web.Row{Key: web.K("case.proof"), Value: web.Ref(c.Proof)})
	}
	if !c.Open() {
		v.To = web.K("case.to.closed")
		v.Rows = append(v.Rows, web.Row{Key: web.K("case.closed"), Value: c.ClosedAt})
	}
	for _, f := range c.Offers() {
		v.Offers = append(v.Offers, web.Choice{Value: string(f), Label: web.K("case.offer." + string(f))})
	}
	return v
}

// postCase writes what the treasurer found at the bank.
func (b *Block) postCase(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.treasurer(w, r)
	if !ok {
		return
	}
	in, err := web.Form(r, 0)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	err = b.findByHand(r.Context(), visit, r.PathValue("case"), Finding(in.Get("finding")), in.Get("proof"))
	switch {
	case errs.KindOf(err) == errs.Invalid && err != nil:
		b.renderCase(w, r, visit, http.StatusUnprocessableEntity, in, in.Fail(err))
	case err != nil:
		b.pages.Fail(w, r, err)
	default:
		web.Redirect(w, r, "/payments/office/cases/"+r.PathValue("case"))
	}
}

// findByHand decides a treasurer's finding in their organisation's transaction.
// The order is locked before the case, as everywhere.
func (b *Block) findByHand(ctx context.Context, visit tokens.Visit, printed string, f Finding, proof string) error {
	id, err := ids.Parse[caseKind](printed)
	if err != nil {
		return errs.New(errs.NotFound, "not_found")
	}
	return b.db.Tx(ctx, pg.Org(visit.Org), func(ctx context.Context, tx pgx.Tx) error {
		c, err := caseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		o, err := lockOrder(ctx, tx, c.Order)
		if err != nil {
			return err
		}
		if c, err = lockCase(ctx, tx, id); err != nil {
			return err
		}
		if c, err = c.Find(f, proof, b.deps.Clock.Now()); err != nil {
			return err
		}
		who := said{by: "treasurer", proof: c.Proof}
		switch {
		case c.Kind.OfOrder() && f == Taken:
			return b.take(ctx, tx, o, c.Attempt, who)
		case c.Kind.OfOrder():
			return b.undo(ctx, tx, o, c.Attempt, who)
		}
		return b.find(ctx, tx, c, who)
	})
}

// treasurer lets in who keeps the accounts of an organisation; row-level
// security then shows that organisation's cases and no other's.
func (b *Block) treasurer(w http.ResponseWriter, r *http.Request) (tokens.Visit, bool) {
	v, ok := b.pages.SignedIn(w, r)
	if ok && !KeepsAccounts(v.Org, v.Roles) {
		b.pages.Fail(w, r, errs.New(errs.Forbidden, "treasurers_only"))
		return v, false
	}
	return v, ok
}
