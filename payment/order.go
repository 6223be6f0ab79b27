package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/money"
	"wasl/payment/paymentapi"
)

type orderKind struct{}

func (orderKind) Prefix() string { return "ord" }

// OrderID identifies an order; it derives from the caller and its key.
type OrderID = ids.ID[orderKind]

// State is where an order stands, more finely than people need to know.
type State string

// The states of an order.
//
//	open ──refusal──▶ failed ──success──▶ authorised ──bank confirms──▶ captured
//	  └──────────────success──────────────────▲
//	open, failed ──expiry──▶ expired
const (
	Open       State = "open"
	Failed     State = "failed"     // the last attempt was refused
	Authorised State = "authorised" // the bank holds the amount and was told to take it
	Captured   State = "captured"   // the bank confirmed that it took it
	Expired    State = "expired"
)

// Public folds the state into what callers and people see.
func (s State) Public() string {
	switch s {
	case Authorised, Captured:
		return paymentapi.Paid
	case Failed:
		return paymentapi.Failed
	case Expired:
		return paymentapi.Expired
	}
	return paymentapi.Open
}

// Paid reports whether the amount counts as paid.
func (s State) Paid() bool { return s == Authorised || s == Captured }

// Order is one fee to be paid by one person to one administration.
type Order struct {
	ID          OrderID
	Reference   string // short, with check digits
	Caller      string // block that asked for it
	Notify      string // block that hears of the payment
	Payer       string // subject of the portal's sector
	Org         string // creditor
	Dossier     string
	Revision    string // published revision from which the fee is taken
	Amount      money.Centimes
	Label       i18n.Text
	ReturnPath  string
	Provider    string // which acquirer's contract serves this order
	State       State
	CreatedAt   time.Time
	ExpiresAt   time.Time
	PaidAt      time.Time
	Attempt     string // the bank's order number that paid
	Transaction string // the bank's transaction that paid
	Document    string // the quittance in the locker, once sealed
}

// Format keeps the order's people out of logs and messages.
func (o Order) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "order %s", o.ID) }

// At is the order as it stands at an instant: what expired by then is expired,
// whether or not a sweep has written it down.
func (o Order) At(now time.Time) Order {
	if (o.State == Open || o.State == Failed) && !now.Before(o.ExpiresAt) {
		o.State = Expired
	}
	return o
}

// API is the order as the contract shows it.
func (o Order) API() paymentapi.Order {
	return paymentapi.Order{
		ID: o.ID.String(), Reference: o.Reference, Status: o.State.Public(), Dossier: o.Dossier, Amount: o.Amount,
		PayPath: o.PayPath(), PaidAt: o.PaidAt, Quittance: o.Document,
	}
}

// PayPath is the portal's path of the order, without language.
func (o Order) PayPath() string { return "/payments/" + o.ID.String() }

// maxAmount stops a slip of the keyboard: no public fee comes near it.
const maxAmount money.Centimes = 1_000_000_00

// OpenOrder checks a demand and opens the order. Only the fee of a published
// revision can be charged, so an order without a revision is refused
// (Law 55-19, article 6, item 4).
func OpenOrder(n paymentapi.NewOrder, caller, provider string, now time.Time, days int) (Order, error) {
	bad := errs.New(errs.Invalid, "order_invalid")
	for _, f := range []struct{ name, value string }{
		{"payer", n.Payer}, {"org", n.Org}, {"revision", n.Revision}, {"key", n.Key}, {"dossier", n.Dossier},
	} {
		if f.value == "" {
			bad = bad.Field(f.name, "required")
		}
	}
	if n.Amount <= 0 || n.Amount > maxAmount {
		bad = bad.Field("amount", "order_amount_range")
	}
	if n.Label.IsZero() {
		bad = bad.Field("label", "required")
	}
	if !strings.HasPrefix(n.ReturnPath, "/") || strings.HasPrefix(n.ReturnPath, "//") || strings.ContainsAny(n.ReturnPath, "\\\r\n") {
		bad = bad.Field("return_path", "order_path_foreign")
	}
	if n.Notify != "" && n.Notify != caller {
		bad = bad.Field("notify", "order_block_unknown")
	}
	if err := bad.OrNil(); err != nil {
		return Order{}, err
	}
	return Order{
		ID: ids.Derive[orderKind](caller, n.Key), Reference: ids.NewReference(), Caller: caller, Notify: n.Notify,
		Payer: n.Payer, Org: n.Org, Dossier: n.Dossier, Revision: n.Revision, Amount: n.Amount, Label: n.Label,
		ReturnPath: n.ReturnPath, Provider: provider, State: Open, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days),
	}, nil
}

// Fingerprint is the digest of a demand: the same key with another one is
// another fact, and refused. Where and how to tell the payer is not part of it.
func Fingerprint(n paymentapi.NewOrder) string {
	n.Email, n.Lang = "", ""
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and numbers only
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
