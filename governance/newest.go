package governance

import (
	"cmp"
	"slices"

	"wasl/governance/governanceapi"
)

// Newest keeps of what a block publishes at most limit figures: whole months, the newest first, so that a cut loses the oldest
// month and never half of one. cut is how many are left out; a month alone beyond the limit is cut in itself. A figure that stands
// twice counts once.
func Newest(list []governanceapi.Indicator, limit int) (kept []governanceapi.Indicator, cut int) {
	key := func(a, b governanceapi.Indicator) int {
		return cmp.Or(b.Month.Compare(a.Month), cmp.Compare(a.Org, b.Org), cmp.Compare(a.Name, b.Name))
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, key)
	list = slices.CompactFunc(list, func(a, b governanceapi.Indicator) bool { return key(a, b) == 0 })
	if len(list) <= limit {
		return list, 0
	}
	end := limit
	for end > 0 && list[end-1].Month == list[limit].Month {
		end--
	}
	if end == 0 {
		end = limit
	}
	return list[:end], len(list) - end
}
