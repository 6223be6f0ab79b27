package dossier

import (
	"slices"

	"wasl/kit/civil"
)

// Count is one thing that an administration did in a month, counted as it is written: governance reads sums, never dossiers.
type Count struct {
	Name CountName
	On   civil.Date
	Days int // from the complete deposit to the decision; 0 where that says nothing
}

// CountName is what is counted.
type CountName string

// What is counted.
const (
	CountDeposited CountName = "deposited"
	CountDecided   CountName = "decided"
	CountInTime    CountName = "in_time" // decided on or before the last day
	CountSilence   CountName = "silence"
)

// Counts says what an outcome adds to the figures of its administration.
func Counts(before Dossier, out Outcome) []Count {
	var list []Count
	d := out.Dossier
	if before.Deposited.IsZero() && !d.Deposited.IsZero() {
		list = append(list, Count{Name: CountDeposited, On: d.Deposited})
	}
	decided := []State{Accepted, Refused}
	if !slices.Contains(decided, before.State) && slices.Contains(decided, d.State) && !d.Deposited.IsZero() {
		list = append(list, Count{Name: CountDecided, On: d.ClosedOn, Days: d.ClosedOn.Sub(d.Deposited)})
		if !d.LastDay.IsZero() && !d.ClosedOn.After(d.LastDay) {
			list = append(list, Count{Name: CountInTime, On: d.ClosedOn})
		}
	}
	for _, e := range out.Events {
		if slices.Contains([]EventCode{silenceEvent("approval"), silenceEvent("appeal")}, e.Code) {
			list = append(list, Count{Name: CountSilence, On: e.On})
		}
	}
	return list
}
