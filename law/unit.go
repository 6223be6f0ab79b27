package law

import "slices"

// Unit tells how a delay is counted. The law counts calendar days; some texts count working days.
type Unit string

// The two units of delays.
const (
	CalendarDays Unit = "calendar"
	WorkingDays  Unit = "working"
)

// Known tells whether the unit is one of the two, or left out: then the law counts calendar days.
func (u Unit) Known() bool { return slices.Contains([]Unit{"", CalendarDays, WorkingDays}, u) }

// Published is the unit in which a published sheet words its delay.
type Published string

// The units of published sheets.
const (
	InCalendarDays Published = "calendar"
	InWorkingDays  Published = "working"
	InHours        Published = "hours"
	InMonths       Published = "months"
	InDays         Published = "unknown" // the source says "days" only
	Unstated       Published = ""
)

// Known tells whether the unit is one of those that the law can count.
func (p Published) Known() bool {
	return slices.Contains([]Published{InCalendarDays, InWorkingDays, InHours, InMonths, InDays, Unstated}, p)
}

// monthDays is a month of a delay: thirty full days (code of obligations and contracts, art. 133).
const monthDays = 30

// Days says n of a sheet's units in the days that the clock counts. A delay of some hours has at least the day on which it ends.
func (p Published) Days(n int) (int, Unit) {
	switch p {
	case InWorkingDays:
		return n, WorkingDays
	case InMonths:
		return n * monthDays, CalendarDays
	case InHours:
		return (n + 23) / 24, CalendarDays
	}
	return n, CalendarDays
}
