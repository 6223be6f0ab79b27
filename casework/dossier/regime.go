package dossier

import (
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/law"
)

// RegimeOf reads what a published sheet says of delay and silence. An act counts as listed only when the sheet says
// "approval" and one of the lists of art. 19 holds it: nothing else is ever approved by silence.
func RegimeOf(s catalogapi.Sheet, level law.Level) law.Regime {
	days := 0
	if s.Delay.Known {
		days = s.Delay.Days
	}
	given := []int{days}
	for _, d := range s.Delay.ByList {
		given = append(given, d.Days)
	}
	r := law.Regime{
		Days:       law.Current().Shorter(given...),
		Immediate:  s.Delay.Known && s.Delay.Days == 0 && len(s.Delay.ByList) == 0,
		Listed:     s.Silence.Effect == "approval" && onList(s, "silence", "local-silence"),
		Extendable: onList(s, "extension"),
		Investment: onList(s, "investment"),
		Level:      level,
	}
	if s.Delay.Unit == "working" {
		r.Unit = law.WorkingDays
	}
	for _, l := range s.Legal {
		if l.Decree != "" && r.LegalRef == "" {
			r.LegalRef = l.Decree + " / " + l.Row
		}
	}
	return r
}

func onList(s catalogapi.Sheet, lists ...string) bool {
	return slices.ContainsFunc(lists, func(l string) bool { return slices.Contains(s.Lists, l) })
}

// CompetenceOf keeps of the catalogue's answer what a dossier needs, and tells the level by which art. 20 and 21 choose who
// is above: a governor above it makes a local authority, a unit apart from its organisation a service of the State.
func CompetenceOf(c catalogapi.Competence) Competence {
	out := Competence{Org: c.Org.Code, OrgName: c.Org.Name, Unit: c.Unit.Code, UnitName: c.Unit.Name, Level: law.Central}
	switch {
	case c.Governor != nil:
		out.Level, out.Governor, out.GovernorOrg, out.GovernorName = law.Local, c.Governor.Code, c.Governor.Org, c.Governor.Name
	case c.Org.Level == "establishment":
		out.Level = law.Body
	case c.Unit.Code != c.Org.Code && c.Unit.Territory != "":
		out.Level = law.Deconcentrate
	}
	return out
}
