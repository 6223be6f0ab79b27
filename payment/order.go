package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wasl/catalog/catalogapi"
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

// The states of an order. Only captured is paid: an authorisation is the
// bank's word that it holds the amount, and may still come to nothing.
//
//	open ──refusal──▶ failed ──success──▶ authorised ──bank took it──▶ captured
//	  └──────────────success──────────────────▲ │
//	                                          │ └──not taken in time──▶ voided
//	                                          └───────success──────────────┘
//	open, failed, voided ──expiry──▶ expired
const (
	Open       State = "open"
	Failed     State = "failed"     // the last attempt was refused
	Authorised State = "authorised" // the bank holds the amount and was told to take it
	Captured   State = "captured"   // the bank took it
	Voided     State = "voided"     // the bank held it, never took it, and released it
	Expired    State = "expired"
)

// States lists the states of an order.
var States = []State{Open, Failed, Authorised, Captured, Voided, Expired}

// Known reports whether s is a state.
func (s State) Known() bool { return slices.Contains(States, s) }

// Public folds the state into what callers and people see.
func (s State) Public() paymentapi.Status {
	switch s {
	case Authorised:
		return paymentapi.Confirming
	case Captured:
		return paymentapi.Paid
	case Failed, Voided:
		return paymentapi.Failed
	case Expired:
		return paymentapi.Expired
	}
	return paymentapi.Open
}

// Payable reports whether the payer may go to the bank's page.
func (s State) Payable() bool { return s == Open || s == Failed || s == Voided }

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
	Provider    Provider
	State       State
	CreatedAt   time.Time
	ExpiresAt   time.Time
	HeldAt      time.Time // when the bank said that it holds the amount; zero unless authorised or captured
	PaidAt      time.Time // when the bank said that it took it; zero unless captured
	Attempt     string    // the bank's order number of that payment
	Transaction string    // the bank's number of that payment
	Document    string    // the quittance in the locker, once sealed
}

// Format keeps the order's people out of logs and messages.
func (o Order) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "order %s", o.ID) }

// At is the order as it stands at an instant: what expired by then is expired,
// whether or not a sweep has written it down.
func (o Order) At(now time.Time) Order {
	if o.State.Payable() && !now.Before(o.ExpiresAt) {
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

// OpenOrder checks a demand and opens the order.
func OpenOrder(n paymentapi.NewOrder, caller string, provider Provider, now time.Time, days int) (Order, error) {
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

// CheckFee refuses a demand that is not the fee which the named revision
// publishes, as the catalogue holds it: only a published fee can be charged
// (Law 55-19, article 6, item 4).
func CheckFee(n paymentapi.NewOrder, rev catalogapi.Revision) error {
	bad := errs.New(errs.Invalid, "order_invalid")
	fee := rev.Sheet.Fee
	switch {
	case rev.ID != n.Revision || rev.Status != "published":
		return bad.Field("revision", "order_revision_unpublished")
	case !fee.Known || fee.Amount != n.Amount:
		return bad.Field("amount", "order_amount_unpublished")
	}
	return nil
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
