package payment

import (
	"errors"
	"time"

	"wasl/kit/civil"
	"wasl/kit/ids"
	"wasl/kit/money"
)

type entryKind struct{}

func (entryKind) Prefix() string { return "ent" }

// EntryID identifies an entry; it derives from the fact that is entered.
type EntryID = ids.ID[entryKind]

// Accounts. An amount that leaves one enters another; the sign is the side:
// plus debits, minus credits.
const (
	AcquirerReceivable = "acquirer_receivable" // authorised by the bank, not yet settled
	FeeRevenue         = "fee_revenue"         // the administration's income
)

// Line is one movement on one account of one organisation.
type Line struct {
	Account string
	Org     string
	Amount  money.Centimes // never 0
}

// Entry is a set of lines whose sum is zero. It is never changed: a mistake is
// corrected by its reversal.
type Entry struct {
	ID    EntryID
	Kind  string // what happened: payment, reversal
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
)

// Check refuses what the database would refuse at commit as well.
func (e Entry) Check() error {
	if len(e.Lines) == 0 {
		return errNoLines
	}
	var sum money.Centimes
	for _, l := range e.Lines {
		if l.Amount == 0 {
			return errZeroLine
		}
		sum += l.Amount
	}
	if sum != 0 {
		return errUnbalanced
	}
	return nil
}

// PaymentEntry enters a paid order: the acquirer owes the amount, the
// administration earned it. Authorisation is not money yet: the receivable
// stands until a settlement clears it.
func PaymentEntry(o Order, day civil.Date) Entry {
	return Entry{
		ID: ids.Derive[entryKind]("payment", o.ID.String()), Kind: "payment", Order: o.ID, Org: o.Org, At: o.PaidAt, Day: day,
		Lines: []Line{
			{AcquirerReceivable, o.Org, o.Amount},
			{FeeRevenue, o.Org, -o.Amount},
		},
	}
}

// Reversal undoes an entry by its mirror image.
func Reversal(e Entry, at time.Time, day civil.Date) Entry {
	r := Entry{ID: ids.Derive[entryKind]("reversal", e.ID.String()), Kind: "reversal", Order: e.Order, Org: e.Org, At: at, Day: day}
	for _, l := range e.Lines {
		l.Amount = -l.Amount
		r.Lines = append(r.Lines, l)
	}
	return r
}
