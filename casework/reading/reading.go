// Package reading tells each person who of an administration looked at their dossier: a look leaves a row in the transaction of its
// audit entry, and the row leaves once the exchange, which owns the page "who looked at my data", has it.
//
//	officer opens ─► audit entry + rows (Save) ─► job every two seconds ─► exchange POST /v1/reads ─► rows deleted
package reading

import (
	"time"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
)

// Looked are the looks at a person's data that one audit entry proves: what was opened, and each evidence that was shown with it.
func Looked(entry string, d dossier.Dossier, what exchangeapi.What, item string, by exchangeapi.Read, at time.Time) []exchangeapi.Read {
	by.ID, by.Subject, by.What, by.Item, by.At = entry, d.Person, what, item, at
	by.Procedure, by.Dossier, by.Reference = d.Procedure, d.ID.String(), d.Reference
	out := []exchangeapi.Read{by}
	if what != exchangeapi.DossierRead {
		return out
	}
	for _, p := range d.Pieces {
		if p.Evidence != "" && p.Document == "" {
			shown := by
			shown.ID, shown.What, shown.Item = entry+"/"+p.Code, exchangeapi.EvidenceRead, p.Code
			out = append(out, shown)
		}
	}
	return out
}
