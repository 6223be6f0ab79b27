package governance

import (
	"cmp"
	"slices"
	"strings"

	"wasl/governance/governanceapi"
	"wasl/kit/civil"
)

// Enough is how many cases a rate or a median must rest on to be shown: below it, it says more about persons than about the
// administration.
const Enough = 5

// Figure is one published indicator with the block that published it.
type Figure struct {
	Block string
	governanceapi.Indicator
}

// Rests says whether a figure is a rate or median, which needs Enough cases.
func Rests(name string) bool {
	return strings.Contains(name, "median") || strings.HasSuffix(name, "_rate")
}

// Shown says whether a figure may be published.
func (f Figure) Shown() bool { return !Rests(f.Name) || f.N >= Enough }

// Valid refuses what no honest block sends: names and months out of form, negative numbers.
func Valid(i governanceapi.Indicator) bool {
	return i.Name != "" && len(i.Name) <= 80 && !i.Month.IsZero() && i.Month.Day() == 1 && i.Value >= 0 && i.N >= 0 && len(i.Org) <= 80
}

// Month is what the page says of one month, over all administrations. A nil rate or median rests on too few cases.
type Month struct {
	First           civil.Date
	Deposited       int
	Decided         int
	InTime          *float64 // percent of the decided
	Silences        int
	MedianDays      *float64
	Exchanges       int
	Authentications int
	Payments        int
}

// Months sums the figures by month, oldest first.
func Months(figures []Figure) []Month {
	byMonth := map[civil.Date][]Figure{}
	for _, f := range figures {
		byMonth[f.Month] = append(byMonth[f.Month], f)
	}
	var out []Month
	for first, list := range byMonth {
		m := sum(list)
		m.First = first
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Month) int { return a.First.Compare(b.First) })
	return out
}

// Lately returns the last n months up to the given one. A month in which a block published nothing counts zero, since blocks
// count from their rows; its rates stay nil.
func Lately(list []Month, last civil.Date, n int) []Month {
	out := make([]Month, n)
	for i := n - 1; i >= 0; i-- {
		last = firstOf(last)
		out[i].First = last
		for _, m := range list {
			if m.First == last {
				out[i] = m
			}
		}
		last = last.AddDays(-1)
	}
	return out
}

func firstOf(d civil.Date) civil.Date { return d.AddDays(1 - d.Day()) }

// sum adds up what may be added up; a rate is computed from its counts, and the median from the administrations' medians, each
// weighing as many cases as it rests on.
func sum(list []Figure) Month {
	total := func(name string) int {
		var n float64
		for _, f := range list {
			if f.Name == name {
				n += f.Value
			}
		}
		return int(n)
	}
	m := Month{
		Deposited: total("dossiers.deposited"), Decided: total("dossiers.decided"), Silences: total("dossiers.silence"),
		Exchanges: total("exchanges"), Authentications: total("authentications"), Payments: total("payments"),
	}
	if m.Decided >= Enough {
		rate := 100 * float64(total("dossiers.in_time")) / float64(m.Decided)
		m.InTime = &rate
	}
	m.MedianDays = weightedMedian(list, "dossiers.median_days")
	return m
}

// weightedMedian is the median of the medians; nil when they rest on too few cases together.
func weightedMedian(list []Figure, name string) *float64 {
	var of []Figure
	cases := 0
	for _, f := range list {
		if f.Name == name && f.N > 0 {
			of = append(of, f)
			cases += f.N
		}
	}
	if cases < Enough {
		return nil
	}
	slices.SortFunc(of, func(a, b Figure) int { return cmp.Compare(a.Value, b.Value) })
	seen := 0
	for _, f := range of {
		if seen += f.N; 2*seen >= cases {
			return &f.Value
		}
	}
	return nil
}

// Organisation is one administration's line of the table, over the months shown.
type Organisation struct {
	Code      string
	Deposited int
	Decided   int
	InTime    *float64
	Silences  int
	Exchanges int
}

// Organisations sums the figures by administration, by code.
func Organisations(figures []Figure) []Organisation {
	byOrg := map[string][]Figure{}
	for _, f := range figures {
		if f.Org != "" {
			byOrg[f.Org] = append(byOrg[f.Org], f)
		}
	}
	var out []Organisation
	for code, list := range byOrg {
		m := sum(list)
		out = append(out, Organisation{Code: code, Deposited: m.Deposited, Decided: m.Decided, InTime: m.InTime, Silences: m.Silences, Exchanges: m.Exchanges})
	}
	slices.SortFunc(out, func(a, b Organisation) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
