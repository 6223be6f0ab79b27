package officer

import (
	"slices"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
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

// reads says in which quality and why the visitor looks at a dossier that they may see.
func reads(v tokens.Visit, d dossier.Dossier) exchangeapi.Read {
	by := exchangeapi.Read{Org: v.Org, Unit: v.Unit, Function: exchangeapi.Officer, Why: exchangeapi.Examine}
	switch {
	case !Examines(v, d):
		by.Function, by.Why = exchangeapi.Governor, exchangeapi.Supervise
	case v.HasRole(Head):
		by.Function = exchangeapi.Head
	}
	return by
}

// Examines tells whether the visitor's unit is the one that handles the dossier.
func Examines(v tokens.Visit, d dossier.Dossier) bool {
	return (v.HasRole(Officer) || v.HasRole(Head)) && d.Org == v.Org && d.Unit == v.Unit && d.State != dossier.Draft
}

// Supervises tells whether the visitor is the governor to whom the person has turned (art. 20).
func Supervises(v tokens.Visit, d dossier.Dossier) bool {
	return v.HasRole(Governor) && d.Competent.GovernorOrg == v.Org && d.Competent.Governor == v.Unit && !d.Escalated.IsZero()
}
