package payment

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/money"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

// payView is the page of one order. Form is empty when it cannot be paid now.
type payView struct {
	Order  Order
	Rows   []web.Row
	State  paymentapi.Status
	Told   []toldCase
	Gate   string // address of the bank's page
	Form   []est3dgate.Field
	Retry  string // what became of the last attempt: refused, released, or ""
	Closed bool   // no acquirer is configured
}

// payPage shows what is owed and carries the form to the bank.
func (b *Block) payPage(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.pages.SignedIn(w, r)
	if !ok {
		return
	}
	o, attempt, cases, err := b.orderOfVisit(r, visit, true)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := payView{Order: o, Rows: orderRows(o), State: o.State.Public(), Told: told(cases), Closed: !b.cfg.cards()}
	page := web.Page{TitleKey: "pay.title", NoIndex: true}
	if attempt.Number != "" {
		v.Retry = map[State]string{Failed: "refused", Voided: "released"}[o.State]
		v.Gate = b.cfg.GateURL
		v.Form = purchase(o, attempt, web.Lang(r), b.cfg.ClientID, b.deps.PortalURL, b.cfg.CallbackURL).Form(b.cfg.StoreKey)
		page.FormAction = []string{origin(b.cfg.GateURL)}
	}
	page.Data = v
	b.pages.Render(w, r, http.StatusOK, "pay", page)
}

// askNow bounds how long the page waits for the bank's word about an amount
// that it holds.
const askNow = 2 * time.Second

// returnPage says how the order stands by what the bank told us itself.
func (b *Block) returnPage(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.pages.SignedIn(w, r)
	if !ok {
		return
	}
	o, _, cases, err := b.orderOfVisit(r, visit, false)
	if err == nil && o.State == Authorised && b.cfg.CenterURL != "" {
		ctx, cancel := context.WithTimeout(r.Context(), askNow)
		_, _ = b.pursue(ctx, o.Attempt) // the sweep says and repeats what fails
		cancel()
		o, _, cases, err = b.orderOfVisit(r, visit, false)
	}
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	v := payView{Order: o, Rows: orderRows(o), State: o.State.Public(), Told: told(cases)}
	if o.State == Voided {
		v.Retry = "released"
	}
	b.pages.Render(w, r, http.StatusOK, "return", web.Page{TitleKey: "return.title." + string(o.State.Public()), NoIndex: true, Data: v})
}

// toldCase is what the payer is told of a case: the alert's kind, its sentence
// and the amount.
type toldCase struct {
	Kind   string
	Text   web.Msg
	Amount money.Centimes
}

// told lists what the payer is to know of payments that their order did not
// need; what concerns the order's own payment is the order's state.
func told(cases []Case) (list []toldCase) {
	for _, c := range cases {
		if c.Kind.OfOrder() {
			continue
		}
		kind, key := "warn", "told."+string(c.Remedy)
		if !c.Open() {
			kind, key = "info", "told."+string(c.Finding)
		}
		list = append(list, toldCase{kind, web.K(key, "amount", c.Amount), c.Amount})
	}
	return list
}

type listView struct{ Orders []web.Card }

// listPage lists the payer's orders.
func (b *Block) listPage(w http.ResponseWriter, r *http.Request) {
	visit, ok := b.pages.SignedIn(w, r)
	if !ok {
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

// orderOfVisit loads an order and its cases in the payer's own transaction,
// where nobody else's exist. To pay, it also readies the attempt.
func (b *Block) orderOfVisit(r *http.Request, visit tokens.Visit, toPay bool) (o Order, a Attempt, cases []Case, err error) {
	id, err := ids.Parse[orderKind](r.PathValue("id"))
	if err != nil {
		return o, a, nil, errs.New(errs.NotFound, "not_found")
	}
	err = b.db.Tx(r.Context(), pg.Person(visit.Subject), func(ctx context.Context, tx pgx.Tx) error {
		load := orderByID
		if toPay {
			load = lockOrder // two tabs must not open the same attempt
		}
		if o, err = load(ctx, tx, id); err != nil {
			return err
		}
		o = o.At(b.deps.Clock.Now())
		if cases, err = casesOfOrder(ctx, tx, id); err != nil {
			return err
		}
		if !toPay || !b.cfg.cards() || !o.State.Payable() {
			return nil
		}
		a, err = b.newAttempt(ctx, tx, o)
		return err
	})
	return o, a, cases, err
}

// newAttempt opens the attempt of the redirect that this showing of the page
// carries. A page that is shown again, after the browser's Back for example,
// carries another: the bank never sees one number twice.
func (b *Block) newAttempt(ctx context.Context, tx pgx.Tx, o Order) (Attempt, error) {
	now := b.deps.Clock.Now()
	all, lately, err := attemptsOf(ctx, tx, o.ID, now.Add(-attemptsWindow))
	if err != nil {
		return Attempt{}, err
	}
	if lately >= attemptsMost {
		return Attempt{}, errs.New(errs.TooMany, "payment_attempts")
	}
	a := Attempt{Number: AttemptNumber(o.Reference, all+1), Nonce: rand.Text(), At: now}
	return a, insertAttempt(ctx, tx, o, all+1, a)
}

// orderRows is the summary of an order.
func orderRows(o Order) []web.Row {
	rows := []web.Row{
		{Key: web.K("order.label"), Value: o.Label},
		{Key: web.K("order.amount"), Value: o.Amount},
		{Key: web.K("order.reference"), Value: web.Ref(o.Reference)},
		{Key: web.K("order.state"), Value: web.K("state." + string(o.State.Public()))},
	}
	if o.State == Captured {
		rows = append(rows, web.Row{Key: web.K("order.paid_at"), Value: o.PaidAt})
	}
	return rows
}

var stateTags = map[paymentapi.Status]string{
	paymentapi.Open: "now", paymentapi.Confirming: "now", paymentapi.Paid: "ok", paymentapi.Failed: "warn", paymentapi.Expired: "stop",
}

func orderCard(o Order) web.Card {
	state := o.State.Public()
	return web.Card{
		Href: o.PayPath(), Title: o.Label, Note: o.Amount,
		Tag: &web.Tag{Kind: stateTags[state], Text: web.K("state." + string(state))},
	}
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
