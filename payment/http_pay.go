package payment

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

// payView is the page of one order. Form is empty when it cannot be paid now.
type payView struct {
	Order  Order
	Rows   []web.Row
	State  string // public state
	Gate   string // address of the bank's page
	Form   []est3dgate.Field
	Retry  bool // an attempt failed before
	Closed bool // no acquirer is configured
}

// payPage shows what is owed and carries the form to the bank.
func (b *Block) payPage(w http.ResponseWriter, r *http.Request) {
	o, attempt, err := b.orderOfVisit(r, true)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := payView{Order: o, Rows: orderRows(o), State: o.State.Public(), Closed: !b.cfg.cards()}
	page := web.Page{TitleKey: "pay.title", NoIndex: true}
	if attempt.Number != "" {
		v.Retry = o.State == Failed
		v.Gate = b.cfg.GateURL
		v.Form = purchase(o, attempt, web.Lang(r), b.cfg.ClientID, b.deps.PortalURL, b.cfg.CallbackURL).Form(b.cfg.StoreKey)
		page.FormAction = []string{origin(b.cfg.GateURL)}
	}
	page.Data = v
	b.pages.Render(w, r, http.StatusOK, "pay", page)
}

// returnPage says how the order stands by what the bank told us itself.
func (b *Block) returnPage(w http.ResponseWriter, r *http.Request) {
	o, _, err := b.orderOfVisit(r, false)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "return", web.Page{
		TitleKey: "return.title." + o.State.Public(), NoIndex: true,
		Data: payView{Order: o, Rows: orderRows(o), State: o.State.Public()},
	})
}

type listView struct{ Orders []web.Card }

// listPage lists the payer's orders.
func (b *Block) listPage(w http.ResponseWriter, r *http.Request) {
	visit := web.Visit(r)
	if !visit.SignedIn() {
		b.pages.Fail(w, r, errs.New(errs.Unauthenticated, "sign_in"))
		return
	}
	var v listView
	err := b.db.Tx(r.Context(), pg.Person(visit.Subject), func(ctx context.Context, tx pgx.Tx) error {
		orders, err := ordersOf(ctx, tx, visit.Subject)
		for _, o := range orders {
			o = o.At(b.deps.Clock.Now())
			v.Orders = append(v.Orders, orderCard(o))
		}
		return err
	})
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.pages.Render(w, r, http.StatusOK, "list", web.Page{TitleKey: "list.title", NoIndex: true, Data: v})
}

// orderOfVisit loads an order in the payer's own transaction, where nobody
// else's exist. To pay, it also readies the attempt.
func (b *Block) orderOfVisit(r *http.Request, toPay bool) (o Order, a Attempt, err error) {
	visit := web.Visit(r)
	if !visit.SignedIn() {
		return o, a, errs.New(errs.Unauthenticated, "sign_in")
	}
	id, err := ids.Parse[orderKind](r.PathValue("id"))
	if err != nil {
		return o, a, errs.New(errs.NotFound, "not_found")
	}
	err = b.db.Tx(r.Context(), pg.Person(visit.Subject), func(ctx context.Context, tx pgx.Tx) error {
		load := orderByID
		if toPay {
			load = lockOrder // two tabs must not open two attempts
		}
		if o, err = load(ctx, tx, id); err != nil {
			return err
		}
		o = o.At(b.deps.Clock.Now())
		if !toPay || !b.cfg.cards() || o.State.Paid() || o.State == Expired {
			return nil
		}
		a, err = b.readyAttempt(ctx, tx, o)
		return err
	})
	return o, a, err
}

// readyAttempt returns the attempt that the next redirect uses. Reading the
// page again does not open a second one.
func (b *Block) readyAttempt(ctx context.Context, tx pgx.Tx, o Order) (Attempt, error) {
	attempts, err := attemptsOf(ctx, tx, o.ID)
	if err != nil {
		return Attempt{}, err
	}
	if !Next(attempts) {
		return attempts[len(attempts)-1], nil
	}
	n := len(attempts) + 1
	a := Attempt{Number: AttemptNumber(o.Reference, n), Nonce: rand.Text(), At: b.deps.Clock.Now()}
	return a, insertAttempt(ctx, tx, o, n, a)
}

// orderRows is the summary of an order.
func orderRows(o Order) []web.Row {
	rows := []web.Row{
		{Key: web.K("order.label"), Value: o.Label},
		{Key: web.K("order.amount"), Value: o.Amount},
		{Key: web.K("order.reference"), Value: web.Ref(o.Reference)},
		{Key: web.K("order.state"), Value: web.K("state." + o.State.Public())},
	}
	if o.State.Paid() {
		rows = append(rows, web.Row{Key: web.K("order.paid_at"), Value: o.PaidAt})
	}
	return rows
}

var stateTags = map[string]string{paymentapi.Open: "now", paymentapi.Paid: "ok", paymentapi.Failed: "warn", paymentapi.Expired: "stop"}

func orderCard(o Order) web.Card {
	state := o.State.Public()
	return web.Card{
		Href: o.PayPath(), Title: o.Label, Note: o.Amount,
		Tag: &web.Tag{Kind: stateTags[state], Text: web.K("state." + state)},
	}
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
