package law

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wasl/kit/civil"
)

//go:embed calendar/morocco.json
var moroccoJSON []byte

// Holiday is one day off of the administrations. A Hijri date is a guess (Confirmed false, Candidates) until an edition of the
// calendar confirms it; a trace names each guess on which a date rests.
type Holiday struct {
	Date       civil.Date        `json:"date"`
	ID         string            `json:"id"`
	Kind       string            `json:"kind"`
	Name       map[string]string `json:"name,omitempty"`
	Hijri      string            `json:"hijri,omitempty"`
	LegalRef   string            `json:"legal_ref"`
	Source     string            `json:"source"`
	Confirmed  bool              `json:"confirmed"`
	Candidates []civil.Date      `json:"candidates,omitempty"`
}

// Calendar says which days administrations work: dated, versioned data.
type Calendar struct {
	version  string
	from, to civil.Date
	rest     map[time.Weekday]bool
	days     map[civil.Date]Holiday
	open     []Holiday  // those that nobody has confirmed, by date
	gone     civil.Date // a holiday left out, to see what rests on it
	instead  civil.Date // and the day on which it falls instead
}

// ParseCalendar reads the form of calendar/morocco.json.
func ParseCalendar(data []byte) (Calendar, error) {
	var f struct {
		Version string `json:"version"`
		Covers  struct{ From, To civil.Date }
		Rest    struct{ Days []string }
		Days    []Holiday `json:"days"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return Calendar{}, fmt.Errorf("law: read calendar: %w", err)
	}
	c := Calendar{
		version: f.Version, from: f.Covers.From, to: f.Covers.To, rest: map[time.Weekday]bool{},
		days: map[civil.Date]Holiday{},
	}
	for _, name := range f.Rest.Days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(d.String(), name) {
				c.rest[d] = true
			}
		}
	}
	if len(c.rest) != len(f.Rest.Days) || len(c.rest) == 0 || f.Version == "" {
		return Calendar{}, fmt.Errorf("law: calendar without version or rest days")
	}
	for _, h := range f.Days {
		c.days[h.Date] = h
		if !h.Confirmed {
			c.open = append(c.open, h)
		}
	}
	slices.SortFunc(c.open, func(a, b Holiday) int { return a.Date.Compare(b.Date) })
	return c, nil
}

// Version names the edition of the calendar; a dossier keeps the one its dates came from.
func (c Calendar) Version() string { return c.version }

// Worked tells whether administrations work on d.
func (c Calendar) Worked(d civil.Date) bool {
	_, holiday := c.days[d]
	holiday = holiday && d != c.gone || !d.IsZero() && d == c.instead
	return !holiday && !c.rest[d.Weekday()]
}

// Next returns d if it is worked, else the first worked day after it.
func (c Calendar) Next(d civil.Date) civil.Date {
	for !c.Worked(d) {
		d = d.AddDays(1)
	}
	return d
}

// Holiday returns the holiday that falls on d.
func (c Calendar) Holiday(d civil.Date) (Holiday, bool) {
	h, ok := c.days[d]
	return h, ok
}

// unconfirmed returns the holidays that nobody has confirmed and that fall, or may fall, on a day from first to last.
func (c Calendar) unconfirmed(first, last civil.Date) []Holiday {
	within := func(d civil.Date) bool { return !d.Before(first) && !d.After(last) }
	var out []Holiday
	for _, h := range c.open {
		if within(h.Date) || slices.ContainsFunc(h.Candidates, within) {
			out = append(out, h)
		}
	}
	return out
}

// without is the calendar as if a holiday did not fall on its day.
func (c Calendar) without(h Holiday) Calendar {
	c.gone = h.Date
	return c
}

// moved is the calendar as if a holiday fell on another day.
func (c Calendar) moved(h Holiday, day civil.Date) Calendar {
	c.gone, c.instead = h.Date, day
	return c
}

// Covers tells whether the published holidays reach d; outside, only rest days are known.
func (c Calendar) Covers(d civil.Date) bool { return !d.Before(c.from) && !d.After(c.to) }
