package dossier

import (
	"time"

	"wasl/exchange/exchangeapi"
)

// Looked are the looks at a person's data that one audit entry proves: what was opened, and each evidence that was shown with it.
func Looked(entry string, d Dossier, what exchangeapi.What, item string, by exchangeapi.Read, at time.Time) []exchangeapi.Read {
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
