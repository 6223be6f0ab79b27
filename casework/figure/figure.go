// Package figure counts what administrations do as it is written, so that their figures are sums of a few rows and never a walk over
// dossiers.
package figure

import "wasl/kit/civil"

// Count is one thing that an administration did in a month, counted as it is written: governance reads sums, never dossiers.
type Count struct {
	Name Name
	On   civil.Date
	Days int // from the complete deposit to the decision; 0 where that says nothing
}

// Name is what is counted.
type Name string

// What is counted.
const (
	Deposited Name = "deposited"
	Decided   Name = "decided"
	InTime    Name = "in_time" // decided on or before the last day
	Silence   Name = "silence"
)
