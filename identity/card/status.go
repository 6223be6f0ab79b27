package card

import (
	"slices"
	"time"

	"wasl/kit/errs"
)

// Status is the state of a card in identity's books.
type Status string

// The states of a card.
//
//	issued ─▶ active ◀─▶ suspended
//	   └────────┴────────────┴─▶ revoked, for good
const (
	StatusIssued    Status = "issued" // made, not yet handed over
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended" // blocked: by the holder, or until a doubt is settled
	StatusRevoked   Status = "revoked"   // loss, theft, damage, death (decree 2.20.521, art. 6), or replaced by another card
)

// Statuses lists them in the order of a card's life.
var Statuses = []Status{StatusIssued, StatusActive, StatusSuspended, StatusRevoked}

// Known tells whether the state is one of those.
func (s Status) Known() bool { return slices.Contains(Statuses, s) }

// Reason is why a card in this state cannot log in, or None.
func (s Status) Reason() Reason {
	switch s {
	case StatusActive:
		return None
	case StatusIssued:
		return NotActivated
	case StatusSuspended:
		return Suspended
	}
	return Revoked
}

// blocks tells whether nobody can log in with a card that had been handed over; such a state has a cause.
func (s Status) blocks() bool { return s == StatusSuspended || s == StatusRevoked }

// Cause is why a card is suspended or revoked.
type Cause string

// The causes: those of decree 2.20.521, art. 6, and two of the issuer.
const (
	NoCause   Cause = ""
	Lost      Cause = "lost"
	Stolen    Cause = "stolen"
	Damaged   Cause = "damaged"
	Deceased  Cause = "deceased"
	Replaced  Cause = "replaced"  // by another card
	Withdrawn Cause = "withdrawn" // by the issuer, for a cause of its own
)

// Causes lists them.
var Causes = []Cause{Lost, Stolen, Damaged, Deceased, Replaced, Withdrawn}

// HolderCauses are those for which holders block their own card.
var HolderCauses = []Cause{Lost, Stolen}

// Known tells whether the cause is one of those.
func (c Cause) Known() bool { return slices.Contains(Causes, c) }

// Standing is the state of a card, why, and since when.
type Standing struct {
	Status Status
	Cause  Cause
	Since  time.Time
}

// Check refuses a standing that means nothing.
func (s Standing) Check(now time.Time) error {
	e := errs.New(errs.Invalid, "card_state_invalid")
	switch {
	case !s.Status.Known():
		e = e.Field("status", "card_status_unknown")
	case s.Status.blocks() && !s.Cause.Known():
		e = e.Field("reason", "card_cause_unknown")
	case !s.Status.blocks() && s.Cause != NoCause:
		e = e.Field("reason", "card_cause_needless")
	}
	if s.Since.IsZero() || s.Since.After(now) {
		e = e.Field("at", "card_date")
	}
	return e.OrNil()
}

// Outcome is what became of an announcement.
type Outcome string

// The outcomes.
const (
	Changed Outcome = "changed"
	Same    Outcome = "same"  // the card is in that state already
	Older   Outcome = "older" // a newer state is known
)

// Become decides what an announcement makes of a card that is in state s. A revoked card stays revoked, in whatever order
// announcements arrive: a revocation always counts. Otherwise the newer one does. An announcement that comes twice changes nothing.
func (s Standing) Become(next Standing, now time.Time) (Standing, Outcome, error) {
	if err := next.Check(now); err != nil {
		return s, "", err
	}
	switch {
	case s.Status == next.Status && (s.Cause == next.Cause || s.Status == StatusRevoked):
		return s, Same, nil
	case next.Status == StatusRevoked:
		return next, Changed, nil
	case next.Since.Before(s.Since) || next.Since.Equal(s.Since) && !next.Status.blocks(): // of two at once the block counts
		return s, Older, nil
	case s.Status == StatusRevoked:
		return s, "", errs.New(errs.Conflict, "card_revoked_for_good")
	case next.Status == StatusIssued:
		return s, "", errs.New(errs.Conflict, "card_handed_over") // no card goes back to the issuer's shelf
	}
	return next, Changed, nil
}
