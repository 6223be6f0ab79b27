// Package civil holds the calendar day: a date without hour or zone, which is what the law counts in.
//
// A Date is stored as PostgreSQL DATE and written as ISO 8601 (2006-01-02). Instants belong to kit/clock.
package civil

import (
	"database/sql/driver"
	"fmt"
	"time"
	_ "time/tzdata" // the legal zone must exist on a machine without zoneinfo
)

// Casablanca is the zone of the legal date (UTC+1, with the change of Ramadan).
var Casablanca = mustLoad("Africa/Casablanca")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // tzdata is embedded: only a broken build comes here
	}
	return loc
}

// Date is one calendar day. The zero value means "no date"; dates are comparable with ==.
type Date struct {
	days  int32 // days since 1970-01-01
	valid bool
}

// Of returns the day y-m-d; values out of range roll over as in time.Date.
func Of(y int, m time.Month, d int) Date {
	return fromTime(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// In returns the day on which t falls in loc.
func In(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return Of(y, m, d)
}

// Parse reads an ISO date such as 2026-09-01.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return fromTime(t), nil
}

// MustParse is Parse for constants in tables and tests; it panics on a malformed date.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func fromTime(t time.Time) Date {
	return Date{days: int32(t.Unix() / 86400), valid: true} // midnight UTC: the division is exact
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return !d.valid }

// AddDays returns the day n days later (earlier when n is negative); no date stays no date.
func (d Date) AddDays(n int) Date {
	if !d.valid {
		return d
	}
	return Date{days: d.days + int32(n), valid: true}
}

// Sub returns the number of days from o to d.
func (d Date) Sub(o Date) int { return int(d.days - o.days) }

// Compare returns -1, 0 or 1; no date comes before every date.
func (d Date) Compare(o Date) int {
	switch {
	case d == o:
		return 0
	case !d.valid, o.valid && d.days < o.days:
		return -1
	}
	return 1
}

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is later than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Time returns midnight UTC of the day, for formatting only.
func (d Date) Time() time.Time { return time.Unix(int64(d.days)*86400, 0).UTC() }

// Year returns the year.
func (d Date) Year() int { return d.Time().Year() }

// Month returns the month.
func (d Date) Month() time.Month { return d.Time().Month() }

// Day returns the day of the month.
func (d Date) Day() int { return d.Time().Day() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// String writes the ISO form, or "" for no date.
func (d Date) String() string {
	if !d.valid {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes the ISO form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form; empty text is no date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = Parse(string(b))
	return err
}

// Value stores the day as DATE, no date as NULL.
func (d Date) Value() (driver.Value, error) {
	if !d.valid {
		return nil, nil
	}
	return d.Time(), nil
}

// Scan reads a DATE column; NULL is no date.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = In(v, time.UTC)
	case string:
		return d.UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("civil: cannot scan %T into Date", src)
	}
	return nil
}
