package officer

import (
	"slices"

	"wasl/casework/dossier"
	"wasl/kit/tokens"
)

// Roles of an appointment that work on dossiers.
const (
	Officer  = "officer"
	Head     = "head"
	Governor = "governor"
)

// Works tells whether the visit's appointment works on dossiers at all.
func Works(v tokens.Visit) bool {
	return slices.ContainsFunc([]string{Officer, Head, Governor}, v.HasRole)
}

// Examines tells whether the visitor's unit is the one that handles the dossier.
func Examines(v tokens.Visit, d dossier.Dossier) bool {
	return (v.HasRole(Officer) || v.HasRole(Head)) && d.Org == v.Org && d.Unit == v.Unit && d.State != dossier.Draft
}

// Supervises tells whether the visitor is the governor to whom the person has turned (art. 20).
func Supervises(v tokens.Visit, d dossier.Dossier) bool {
	return v.HasRole(Governor) && d.Competent.GovernorOrg == v.Org && d.Competent.Governor == v.Unit && !d.Escalated.IsZero()
}
