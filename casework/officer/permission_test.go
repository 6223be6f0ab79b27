package officer

import (
	"testing"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
	"wasl/kit/civil"
	"wasl/kit/tokens"
)

func visit(org, unit string, roles ...string) tokens.Visit {
	return tokens.Visit{Subject: "sub", Org: org, Unit: unit, Roles: roles}
}

func deposited() dossier.Dossier {
	return dossier.Dossier{
		Org: "com_1", Unit: "urbanism", State: dossier.Deposited,
		Competent: dossier.Competence{Org: "com_1", Unit: "urbanism", GovernorOrg: "min", Governor: "prov_1"},
	}
}

func TestWhoWorksOnDossiers(t *testing.T) {
	for role, want := range map[string]bool{"officer": true, "head": true, "governor": true, "editor": false, "": false} {
		if got := Works(visit("com_1", "urbanism", role)); got != want {
			t.Errorf("%q: %v", role, got)
		}
	}
	if Works(visit("com_1", "urbanism")) {
		t.Error("no role")
	}
}

// TestOnlyAnOfficerOrHeadOfTheUnitExamines: the one who may, and each who almost may.
func TestOnlyAnOfficerOrHeadOfTheUnitExamines(t *testing.T) {
	draft := deposited()
	draft.State = dossier.Draft
	for who, c := range map[string]struct {
		v    tokens.Visit
		d    dossier.Dossier
		want bool
	}{
		"officer of the unit":            {visit("com_1", "urbanism", Officer), deposited(), true},
		"head of the unit":               {visit("com_1", "urbanism", Head), deposited(), true},
		"governor of that very unit":     {visit("com_1", "urbanism", Governor), deposited(), false},
		"somebody of the unit, no role":  {visit("com_1", "urbanism"), deposited(), false},
		"editor of the unit":             {visit("com_1", "urbanism", "editor"), deposited(), false},
		"officer of another unit":        {visit("com_1", "roads", Officer), deposited(), false},
		"officer of another commune":     {visit("com_2", "urbanism", Officer), deposited(), false},
		"officer, but it is still draft": {visit("com_1", "urbanism", Officer), draft, false},
		"nobody":                         {tokens.Visit{}, dossier.Dossier{State: dossier.Deposited}, false},
	} {
		if got := Examines(c.v, c.d); got != c.want {
			t.Errorf("%s: %v", who, got)
		}
	}
}

// TestOnlyTheGovernorToWhomThePersonTurnedSupervises holds each of the conditions by itself.
func TestOnlyTheGovernorToWhomThePersonTurnedSupervises(t *testing.T) {
	escalated := deposited()
	escalated.State, escalated.Escalated = dossier.Escalated, civil.MustParse("2026-10-14")
	for who, c := range map[string]struct {
		v    tokens.Visit
		d    dossier.Dossier
		want bool
	}{
		"the governor":                          {visit("min", "prov_1", Governor), escalated, true},
		"the governor of another province":      {visit("min", "prov_2", Governor), escalated, false},
		"a governor of another organisation":    {visit("other", "prov_1", Governor), escalated, false},
		"an officer of the governor's unit":     {visit("min", "prov_1", Officer), escalated, false},
		"the governor before the person turned": {visit("min", "prov_1", Governor), deposited(), false},
	} {
		if got := Supervises(c.v, c.d); got != c.want {
			t.Errorf("%s: %v", who, got)
		}
	}
}

func TestInWhichQualitySomebodyLooks(t *testing.T) {
	escalated := deposited()
	escalated.Escalated = civil.MustParse("2026-10-14")
	for _, c := range []struct {
		v        tokens.Visit
		function exchangeapi.Function
		why      exchangeapi.Why
	}{
		{visit("com_1", "urbanism", Officer), exchangeapi.Officer, exchangeapi.Examine},
		{visit("com_1", "urbanism", Head), exchangeapi.Head, exchangeapi.Examine},
		{visit("min", "prov_1", Governor), exchangeapi.Governor, exchangeapi.Supervise},
	} {
		got := reads(c.v, escalated)
		if got.Function != c.function || got.Why != c.why || got.Org != c.v.Org || got.Unit != c.v.Unit {
			t.Errorf("%v: %+v", c.v.Roles, got)
		}
	}
}

func TestTheInboxCountsOnlyWhatStillRuns(t *testing.T) {
	today := civil.MustParse("2026-09-10")
	open := deposited()
	open.Deposited, open.LastDay = civil.MustParse("2026-09-01"), civil.MustParse("2026-09-12")
	closed := open
	closed.State = dossier.Refused
	waiting := dossier.Dossier{State: dossier.BeingDeposited, CompleteBy: civil.MustParse("2026-10-01")}
	view := viewInbox([]dossier.Dossier{closed, waiting, open}, today)
	if view.Stats[1].Value != 1 || len(view.Table.Rows) != 3 {
		t.Errorf("%+v", view.Stats)
	}
	for _, row := range view.Table.Rows {
		if state := row[3]; state == nil {
			t.Errorf("%v", row)
		}
	}
	overdue := open
	overdue.LastDay = civil.MustParse("2026-09-01")
	list := []dossier.Dossier{waiting, open, overdue}
	viewInbox(list, today)
	for i, want := range []dossier.Risk{dossier.Overdue, dossier.Urgent} {
		if got := list[i].RiskOn(today); got != want {
			t.Errorf("what burns most stands first: %s at place %d", got, i+1)
		}
	}
}
