package catalog

import (
	"slices"

	"wasl/catalog/catalogapi"
)

// Item is one of the seven statements that art. 6 of law 55-19 requires of a
// published sheet.
type Item string

// The seven items of art. 6, in its order.
const (
	ItemReferences Item = "references" // 1 name and legal references
	ItemBodies     Item = "bodies"     // 2 administrations that receive, study, process
	ItemPieces     Item = "pieces"     // 3 pieces, who brings each, ways to deposit
	ItemFee        Item = "fee"        // 4 fees with their legal basis
	ItemDelay      Item = "delay"      // 5 delay
	ItemSilence    Item = "silence"    // 6 effect of silence and routes of appeal
	ItemExpertise  Item = "expertise"  // 7 cases of expertise or public inquiry
)

// Items lists the seven in the order of art. 6.
var Items = []Item{ItemReferences, ItemBodies, ItemPieces, ItemFee, ItemDelay, ItemSilence, ItemExpertise}

// Missing names the items of art. 6 that a sheet does not state in full. Only
// a sheet that misses none can be published.
func Missing(s catalogapi.Sheet) []Item {
	var missing []Item
	for _, item := range Items {
		if !states(s, item) {
			missing = append(missing, item)
		}
	}
	return missing
}

func states(s catalogapi.Sheet, item Item) bool {
	switch item {
	case ItemReferences:
		return s.Title["ar"] != "" && len(s.Legal) > 0 && !unknown(s, "legal_refs")
	case ItemBodies:
		return hasPart(s, "receives") && hasPart(s, "studies") && hasPart(s, "processes")
	case ItemPieces:
		return len(s.Pieces) > 0 && len(s.Channels) > 0 && !unknown(s, "pieces") && !unknown(s, "pieces_rest") && allAttributed(s.Pieces)
	case ItemFee:
		return s.Fee.Known && (s.Fee.Amount == 0 || len(s.Fee.Basis) > 0) && !unknown(s, "fee")
	case ItemDelay:
		return s.Delay.Known && (s.Delay.Unit == "calendar" || s.Delay.Unit == "working") && !unknown(s, "delay")
	case ItemSilence:
		return s.Silence.Effect != "" && s.Silence.Effect != "unknown" && len(s.Appeals) > 0
	default:
		return s.Expertise.Case == "none" || s.Expertise.Case == "possible"
	}
}

func unknown(s catalogapi.Sheet, what string) bool { return slices.Contains(s.Unknown, what) }

func hasPart(s catalogapi.Sheet, part catalogapi.Part) bool {
	return slices.ContainsFunc(s.Bodies, func(b catalogapi.Body) bool {
		return b.Part == part && (b.Org != "" || b.Place != "")
	})
}

// allAttributed holds when each piece says who brings it (art. 6, item 3) and
// each one that the administration fetches says what evidence that is.
func allAttributed(pieces []catalogapi.Piece) bool {
	return !slices.ContainsFunc(pieces, func(p catalogapi.Piece) bool {
		return p.From != "user" && (p.From != "administration" || p.Evidence == "")
	})
}
