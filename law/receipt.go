package law

import "wasl/kit/civil"

// Mention is one of the two mentions that a receipt may bear (art. 10).
type Mention string

// The two mentions; None is for acts delivered on the spot, which get no receipt.
const (
	None           Mention = ""
	Deposited      Mention = "deposited"       // complete: the clock starts
	BeingDeposited Mention = "being_deposited" // pieces missing: listed in one go, 30 full days to bring them
)

// Receipt is what the administration must hand over at once. Missing is exclusive: nothing else may be asked later
// as missing. CompleteBy is zero when nothing is missing.
type Receipt struct {
	Mention    Mention
	Missing    []string
	CompleteBy civil.Date
	Trace      Trace
}

// Receipt decides the mention from the pieces that are missing on the day of the request.
func (b Book) Receipt(r Regime, deposit civil.Date, missing []string) Receipt {
	if r.Immediate {
		return Receipt{Trace: Trace{step("10", "immediate", deposit).by(b.Defaults.On("immediate.clock", deposit))}}
	}
	if len(missing) == 0 {
		return Receipt{Mention: Deposited, Trace: Trace{step("10", "deposited", deposit)}}
	}
	by, trace := b.Full("10", deposit, completionDays)
	trace = append(Trace{step("10", "being_deposited", deposit, "count", itoa(len(missing)))}, trace...)
	return Receipt{Mention: BeingDeposited, Missing: missing, CompleteBy: by, Trace: append(trace, step("10", "complete_by", by))}
}

// MayComplete decides whether missing pieces may still be brought: until the 30 full days end, and after them
// until the administration has returned the dossier.
func (b Book) MayComplete(completeBy, today civil.Date, returned bool) error {
	late := b.Defaults.On("completion.late", completeBy)
	if returned || (today.After(completeBy) && !late.Is("until_return")) {
		return refuse("10", "returned")
	}
	return nil
}

// MayReturn decides whether a dossier may be sent back (art. 10): only once the delay to bring the pieces, or the
// replacement, has passed. The return is a reasoned act and opens the appeal of art. 21.
func (b Book) MayReturn(by, today civil.Date) error {
	if by.IsZero() { // information and originals are awaited without limit (art. 7-4, 14)
		return refuse("10", "return_nothing_due")
	}
	if !today.After(by) {
		return refuse("10", "return_too_early", "date", by.String())
	}
	return nil
}
