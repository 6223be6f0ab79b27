package portal

import (
	"slices"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
)

// Roles that an appointment may give: an officer handles dossiers of a unit, a
// head decides for it, a governor attests silence (law 55-19, article 20), a
// treasurer keeps the organisation's accounts.
var Roles = []string{"officer", "head", "governor", "treasurer"}

type appointmentKind struct{}

func (appointmentKind) Prefix() string { return "apt" }

// AppointmentID identifies an appointment: apt_….
type AppointmentID = ids.ID[appointmentKind]

// Appointment lets a person act for a unit of an administration from a day
// until a day, both included; no last day means until further notice.
type Appointment struct {
	ID       AppointmentID
	Subject  string
	Org      string
	OrgName  i18n.Text
	Unit     string
	UnitName i18n.Text
	Roles    []string
	From     civil.Date
	Until    civil.Date
}

// Check refuses an appointment that names nobody, no unit or an unknown role.
func (a Appointment) Check() error {
	e := errs.New(errs.Invalid, "appointment_invalid")
	for _, f := range []struct {
		name  string
		empty bool
	}{
		{"subject", a.Subject == ""}, {"org", a.Org == ""}, {"unit", a.Unit == ""}, {"roles", len(a.Roles) == 0}, {"from", a.From.IsZero()},
	} {
		if f.empty {
			e = e.Field(f.name, "required")
		}
	}
	for _, role := range a.Roles {
		if !slices.Contains(Roles, role) {
			e = e.Field("roles", "choice_invalid")
		}
	}
	if !a.Until.IsZero() && a.Until.Before(a.From) {
		e = e.Field("until", "date_invalid")
	}
	return e.OrNil()
}

// In tells whether the appointment holds on a day.
func (a Appointment) In(today civil.Date) bool {
	return !today.Before(a.From) && (a.Until.IsZero() || !today.After(a.Until))
}

// Acting picks the appointment under which a person acts: the one chosen, or
// the only one. "none" is the choice to visit as a citizen.
func Acting(all []Appointment, choice string, today civil.Date) Appointment {
	var current []Appointment
	for _, a := range all {
		if a.In(today) {
			current = append(current, a)
		}
	}
	for _, a := range current {
		if a.ID.String() == choice {
			return a
		}
	}
	if choice == "" && len(current) == 1 {
		return current[0]
	}
	return Appointment{}
}
