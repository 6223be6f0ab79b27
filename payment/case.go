package payment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/money"
	"wasl/payment/est3dgate"
)

type caseKind struct{}

func (caseKind) Prefix() string { return "pca" }

// CaseID identifies a case; it derives from the payment and the kind.
type CaseID = ids.ID[caseKind]

// CaseKind is why a payment needs somebody's eyes.
type CaseKind string

// The kinds of case.
const (
	NoCase             CaseKind = ""
	AmountDiffers      CaseKind = "amount_differs"      // signed by the bank, but not what was asked
	TransactionMissing CaseKind = "transaction_missing" // a success that names no transaction
	TransactionUsed    CaseKind = "transaction_used"    // a success that names another payment's transaction
	PaidTwice          CaseKind = "paid_twice"          // a success for an order that has its payment
	LateSuccess        CaseKind = "late_success"        // a success for an order that has expired
	CaptureOverdue     CaseKind = "capture_overdue"     // the bank holds the amount and did not take it in time
	CaptureUnconfirmed CaseKind = "capture_unconfirmed" // the provider cannot be asked whether it took the amount
)

// CaseKinds lists the kinds.
var CaseKinds = []CaseKind{
	AmountDiffers, TransactionMissing, TransactionUsed, PaidTwice, LateSuccess, CaptureOverdue, CaptureUnconfirmed,
}

// Known reports whether k is a kind of case.
func (k CaseKind) Known() bool { return slices.Contains(CaseKinds, k) }

// OfOrder reports whether the case is about the payment on which its order
// rests; the others are about a payment that no order needs.
func (k CaseKind) OfOrder() bool { return k == CaptureOverdue || k == CaptureUnconfirmed }

// Remedy is what is ordered to be done about a case.
type Remedy string

// The remedies.
const (
	Void   Remedy = "void"   // the bank releases what it holds
	Refund Remedy = "refund" // the treasury gives back what was taken
	Check  Remedy = "check"  // the treasurer compares with the bank's own list
)

// Remedies lists the remedies.
var Remedies = []Remedy{Void, Refund, Check}

// Known reports whether r is a remedy.
func (r Remedy) Known() bool { return slices.Contains(Remedies, r) }

// Remedy is what a new case of the kind orders.
func (k CaseKind) Remedy() Remedy {
	switch k {
	case PaidTwice, LateSuccess, CaptureOverdue:
		return Void
	}
	return Check
}

// Finding is what became of the money of a case.
type Finding string

// The findings. Taken leaves a payment that no order needs open: it is owed.
const (
	NoFinding Finding = ""
	Released  Finding = "released"  // the bank released what it held
	Taken     Finding = "taken"     // the bank took the amount
	Refunded  Finding = "refunded"  // it was given back
	Unfounded Finding = "unfounded" // the bank neither holds nor took anything
)

// Findings lists the findings.
var Findings = []Finding{Released, Taken, Refunded, Unfounded}

// Known reports whether f is a finding.
func (f Finding) Known() bool { return slices.Contains(Findings, f) }

// Case is one payment that ended otherwise than in the payer's order, or has
// not ended. It is open until there is a finding that closes it.
type Case struct {
	ID          CaseID
	Order       OrderID
	Reference   string // of the order
	Org         string
	Payer       string
	Kind        CaseKind
	Attempt     string // the bank's order number
	Transaction string // "" when the bank named none that is of use
	Amount      money.Centimes
	Remedy      Remedy
	Finding     Finding
	OpenedAt    time.Time
	ClosedAt    time.Time // zero while it is open
	Proof       string    // what the treasurer read at the bank: its reference
}

// Format keeps the case's people out of logs and messages.
func (c Case) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "case %s", c.ID) }

// Open reports whether something is still to be done.
func (c Case) Open() bool { return c.ClosedAt.IsZero() }

// OpenCase opens the case of a payment.
func OpenCase(k CaseKind, o Order, n est3dgate.Notice, now time.Time) Case {
	return Case{
		ID: CaseIDOf(k, n.OrderID, n.Transaction), Order: o.ID, Reference: o.Reference, Org: o.Org, Payer: o.Payer, Kind: k,
		Attempt: n.OrderID, Transaction: n.Transaction, Amount: n.Amount, Remedy: k.Remedy(), OpenedAt: now,
	}
}

// CaseIDOf is the id of the case of a payment: the same payment has one case
// of a kind, however often the bank repeats itself.
func CaseIDOf(k CaseKind, attempt, transaction string) CaseID {
	return ids.Derive[caseKind](string(k), attempt, transaction)
}

// Offers lists what a treasurer may find about the case as it stands.
func (c Case) Offers() []Finding {
	switch {
	case !c.Open():
		return nil
	case c.Kind.OfOrder():
		return []Finding{Taken, Released}
	case c.Remedy == Refund:
		return []Finding{Refunded}
	case c.Remedy == Void:
		return []Finding{Released, Taken}
	}
	return []Finding{Unfounded, Released, Taken}
}

// maxProof bounds what a treasurer quotes from the bank's list.
const maxProof = 64

// Find closes the case with a finding, or turns it into a refund when the bank
// took money that no order needs. Proof is what the finding rests on.
func (c Case) Find(f Finding, proof string, now time.Time) (Case, error) {
	bad := errs.New(errs.Invalid, "case_invalid")
	if !c.Open() {
		return c, errs.New(errs.Conflict, "case_closed")
	}
	if !slices.Contains(c.Offers(), f) {
		bad = bad.Field("finding", "choice_invalid")
	}
	if proof = strings.TrimSpace(proof); proof == "" {
		bad = bad.Field("proof", "required")
	} else if len(proof) > maxProof || strings.ContainsFunc(proof, func(r rune) bool { return r < ' ' || r > '~' }) {
		bad = bad.Field("proof", "case_proof_invalid")
	}
	if err := bad.OrNil(); err != nil {
		return c, err
	}
	return c.Found(f, proof, now), nil
}

// Found is the case after a finding, the bank's own included.
func (c Case) Found(f Finding, proof string, now time.Time) Case {
	c.Finding, c.Proof = f, proof
	if f == Taken && !c.Kind.OfOrder() {
		c.Remedy = Refund
		return c
	}
	c.ClosedAt = now
	return c
}

// Treasurer is the role of an appointment that keeps an organisation's accounts.
const Treasurer = "treasurer"

// KeepsAccounts tells whether an appointment with these roles sees and closes
// the organisation's cases.
func KeepsAccounts(org string, roles []string) bool {
	return org != "" && slices.Contains(roles, Treasurer)
}
