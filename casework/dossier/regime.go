package dossier

import (
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/law"
)

// RegimeOf reads what a published sheet says of delay and silence, in the units in which the law counts (law.Published). Of
// several delays the shorter binds (by case, by list of acts). An act counts as listed only when the sheet says "approval" and one
// of the lists of art. 19 holds it: nothing else is ever approved by silence.
func RegimeOf(s catalogapi.Sheet, level law.Level) law.Regime {
	days, unit := law.Published(s.Delay.Unit).Days(s.Delay.Days)
	if !s.Delay.Known {
		days = 0
	}
	given := []int{days}
	for _, d := range s.Delay.ByList {
		given = append(given, d.Days)
	}
	for _, c := range s.Delay.Cases {
		n, _ := law.Published(s.Delay.Unit).Days(c.Days)
		given = append(given, n)
	}
	days = law.Current().Shorter(given...)
	r := law.Regime{
		Days: days, Unit: unit, Immediate: s.Delay.Known && days == 0,
		Listed:     s.Silence.Effect == catalogapi.SilenceApproves && onList(s, catalogapi.ListSilence, catalogapi.ListLocalSilence),
		Extendable: onList(s, catalogapi.ListExtension),
		Investment: onList(s, catalogapi.ListInvestment),
		Level:      level,
	}
	for _, l := range s.Legal {
		if l.Decree != "" && r.LegalRef == "" {
			r.LegalRef = l.Decree + " / " + l.Row
		}
	}
	return r
}

func onList(s catalogapi.Sheet, lists ...catalogapi.List) bool {
	return slices.ContainsFunc(lists, func(l catalogapi.List) bool { return slices.Contains(s.Lists, l) })
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
