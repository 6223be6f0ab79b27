package portal

import (
	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/kit/money"
)

// offer is one line of the procedures that the home page shows.
type offer struct {
	Code         string
	Title        i18n.Text
	Days         int
	DelayKnown   bool
	Fee          money.Centimes
	FeeKnown     bool
	Open         bool // a dossier can be opened
	Demonstrated bool // delay or fee are demonstration values
}

// offersShown is how many procedures the home page shows.
const offersShown = 6

// offered picks the procedures of the home page from those that the events of
// life lead to: first those that can be opened here, then those of which the
// sheet states delay and fee. Each comes once.
func offered(found []catalogapi.Procedure) []offer {
	var picked []offer
	seen := map[string]bool{}
	for pass := range 3 {
		for _, p := range found {
			open := p.Status == "published"
			if seen[p.Code] || rank(open, p.Delay.Known && p.Fee.Known) != pass || len(picked) == offersShown {
				continue
			}
			seen[p.Code] = true
			picked = append(picked, offer{
				Code: p.Code, Title: p.Title, Days: p.Delay.Days, DelayKnown: p.Delay.Known, Fee: p.Fee.Amount,
				FeeKnown: p.Fee.Known, Open: open, Demonstrated: p.Delay.Demonstration || p.Fee.Demonstration,
			})
		}
	}
	return picked
}

func rank(open, stated bool) int {
	switch {
	case open:
		return 0
	case stated:
		return 1
	}
	return 2
}
