package law

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"wasl/kit/civil"
)

//go:embed calendar/morocco.json
var moroccoJSON []byte

// Holiday is one day off of the administrations. A Hijri date is a guess (Confirmed false, Candidates) until an
// officer confirms the announcement; only then are open deadlines computed again.
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
	maybe    map[civil.Date]Holiday // every candidate of an unconfirmed holiday
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
		days: map[civil.Date]Holiday{}, maybe: map[civil.Date]Holiday{},
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		for _, name := range f.Rest.Days {
			c.rest[d] = c.rest[d] || strings.EqualFold(d.String(), name)
		}
	}
	if len(c.rest) == 0 || f.Version == "" {
		return Calendar{}, fmt.Errorf("law: calendar without version or rest days")
	}
	for _, h := range f.Days {
		c.days[h.Date] = h
		for _, d := range h.Candidates {
			c.maybe[d] = h
		}
	}
	return c, nil
}

// Version names the edition of the calendar; a dossier keeps the one its dates came from.
func (c Calendar) Version() string { return c.version }

// Worked tells whether administrations work on d.
func (c Calendar) Worked(d civil.Date) bool {
	_, holiday := c.days[d]
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

// Provisional returns the unconfirmed holiday that may fall on d, so that a date near it may still move.
func (c Calendar) Provisional(d civil.Date) (Holiday, bool) {
	h, ok := c.maybe[d]
	return h, ok && !h.Confirmed
}

// Covers tells whether the published holidays reach d; outside, only rest days are known.
func (c Calendar) Covers(d civil.Date) bool { return !d.Before(c.from) && !d.After(c.to) }
