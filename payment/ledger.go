package payment

import (
	"errors"
	"slices"
	"time"

	"wasl/kit/civil"
	"wasl/kit/ids"
	"wasl/kit/money"
)

type entryKind struct{}

func (entryKind) Prefix() string { return "ent" }

// EntryID identifies an entry; it derives from the fact that is entered.
type EntryID = ids.ID[entryKind]

// Account is where an amount stands. An amount that leaves one enters another;
// the sign is the side: plus debits, minus credits.
type Account string

// The accounts. The first two are the clearing of what banks hold: an
// authorisation is neither money nor revenue.
const (
	CardHolds          Account = "card_holds"          // held by the bank on payers' cards
	AwaitingCapture    Account = "awaiting_capture"    // fees that become revenue once they are captured
	AcquirerReceivable Account = "acquirer_receivable" // captured by the bank, not yet settled
	FeeRevenue         Account = "fee_revenue"         // the administration's income
	RefundsPayable     Account = "refunds_payable"     // captured, but owed back to the payer
)

// Accounts lists the accounts.
var Accounts = []Account{CardHolds, AwaitingCapture, AcquirerReceivable, FeeRevenue, RefundsPayable}

// Known reports whether a is an account.
func (a Account) Known() bool { return slices.Contains(Accounts, a) }

// EntryKind is what happened. "payment" is what the first release entered when
// a payment was authorised; its revenue was reversed where the capture was not
// confirmed.
type EntryKind string

// The kinds of entry.
const (
	Authorisation EntryKind = "authorisation"
	Capture       EntryKind = "capture"
	Reversed      EntryKind = "reversal"
	StrayCapture  EntryKind = "stray_capture" // the bank took a payment that no order needs
	RefundMade    EntryKind = "refund"
	OldPayment    EntryKind = "payment"
)

// EntryKinds lists the kinds.
var EntryKinds = []EntryKind{Authorisation, Capture, Reversed, StrayCapture, RefundMade, OldPayment}

// Known reports whether k is a kind of entry.
func (k EntryKind) Known() bool { return slices.Contains(EntryKinds, k) }

// Line is one movement on one account of one organisation.
type Line struct {
	Account Account
	Org     string
	Amount  money.Centimes // never 0
}

// Entry is a set of lines whose sum is zero. It is never changed: a mistake is
// corrected by its reversal.
type Entry struct {
	ID    EntryID
	Kind  EntryKind
	Order OrderID
	Org   string
	At    time.Time
	Day   civil.Date
	Lines []Line
}

var (
	errUnbalanced = errors.New("payment: lines do not sum to zero")
	errNoLines    = errors.New("payment: entry without lines")
	errZeroLine   = errors.New("payment: line without amount")
	errUnknown    = errors.New("payment: unknown account or kind of entry")
)

// Check refuses what the database would refuse as well.
func (e Entry) Check() error {
	if len(e.Lines) == 0 {
		return errNoLines
	}
	if !e.Kind.Known() {
		return errUnknown
	}
	var sum money.Centimes
	for _, l := range e.Lines {
		if l.Amount == 0 {
			return errZeroLine
		}
		if !l.Account.Known() {
			return errUnknown
		}
		sum += l.Amount
	}
	if sum != 0 {
		return errUnbalanced
	}
	return nil
}

// AuthorisationEntry notes in the clearing that the bank holds an order's
// amount. The id names the attempt: an order may be authorised again after its
// first authorisation came to nothing.
func AuthorisationEntry(o Order, day civil.Date) Entry {
	return Entry{
		ID: ids.Derive[entryKind]("authorisation", o.ID.String(), o.Attempt), Kind: Authorisation, Order: o.ID, Org: o.Org, At: o.HeldAt, Day: day,
		Lines: []Line{
			{CardHolds, o.Org, o.Amount},
			{AwaitingCapture, o.Org, -o.Amount},
		},
	}
}

// CaptureEntry enters a paid order: the clearing is emptied, the acquirer owes
// the amount, the administration earned it. The receivable stands until a
// settlement clears it.
func CaptureEntry(o Order, day civil.Date) Entry {
	return Entry{
		ID: ids.Derive[entryKind]("capture", o.ID.String()), Kind: Capture, Order: o.ID, Org: o.Org, At: o.PaidAt, Day: day,
		Lines: []Line{
			{CardHolds, o.Org, -o.Amount},
			{AwaitingCapture, o.Org, o.Amount},
			{AcquirerReceivable, o.Org, o.Amount},
			{FeeRevenue, o.Org, -o.Amount},
		},
	}
}

// Reversal undoes an entry by its mirror image.
func Reversal(e Entry, at time.Time, day civil.Date) Entry {
	r := Entry{ID: ids.Derive[entryKind]("reversal", e.ID.String()), Kind: Reversed, Order: e.Order, Org: e.Org, At: at, Day: day}
	for _, l := range e.Lines {
		l.Amount = -l.Amount
		r.Lines = append(r.Lines, l)
	}
	return r
}

// StrayEntry enters a captured payment that no order needs: it is owed back.
func StrayEntry(c Case, at time.Time, day civil.Date) Entry {
	return Entry{
		ID: ids.Derive[entryKind]("stray_capture", c.ID.String()), Kind: StrayCapture, Order: c.Order, Org: c.Org, At: at, Day: day,
		Lines: []Line{
			{AcquirerReceivable, c.Org, c.Amount},
			{RefundsPayable, c.Org, -c.Amount},
		},
	}
}

// RefundEntry enters that it was given back.
func RefundEntry(c Case, at time.Time, day civil.Date) Entry {
	r := Reversal(StrayEntry(c, at, day), at, day)
	r.ID, r.Kind = ids.Derive[entryKind]("refund", c.ID.String()), RefundMade
	return r
}
