package citizen

import (
	"testing"

	"wasl/casework/dossier"
	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/web"
	"wasl/law"
)

var day = civil.MustParse

func passport(t *testing.T) dossier.Dossier {
	t.Helper()
	d := dossier.NewDraft("sub", "أمينة", "Amina", i18n.French, catalogapi.Revision{ID: "rev", Procedure: "passport", Sheet: catalogapi.Sheet{
		Code: "passport", Title: i18n.Text{"fr": "Passeport"}, Silence: catalogapi.Silence{Effect: catalogapi.SilenceAppeal},
		Delay: catalogapi.Delay{Known: true, Days: 15, Unit: catalogapi.InCalendarDays}, Expertise: catalogapi.Expertise{Case: catalogapi.NoExpertise},
	}}, day("2026-09-01"))
	d.Competent = dossier.Competence{Org: "min", Unit: "prov", Level: law.Deconcentrate}
	out, err := dossier.Deposit(law.Current(), d, day("2026-09-01"))
	if err != nil {
		t.Fatal(err)
	}
	return out.Dossier
}

func TestTheMeterOfAStoppedClockSaysWhatIsLeft(t *testing.T) {
	k := Desk{Desk: &dossier.Desk{Book: law.Current()}}
	d := passport(t)
	if m := k.meter(d, day("2026-09-03")); m.Left != 14 || m.Total != 16 || m.Suspended {
		t.Errorf("running: %+v", m)
	}
	out, err := dossier.Ask(law.Current(), d, "r", law.Request{Ask: law.Information, Grounds: "g"}, day("2026-09-03"))
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []string{"2026-09-03", "2026-09-10", "2026-12-01"} {
		if m := k.meter(out.Dossier, day(on)); !m.Suspended || m.Left < 14 || m.Left > 17 { // the last day may move to a worked one
			t.Errorf("suspended, on %s: %+v", on, m)
		}
	}
	out.Dossier.State = dossier.Refused
	if k.meter(out.Dossier, day("2026-09-10")) != nil || counted(out.Dossier) != nil {
		t.Error("a closed dossier has no delay")
	}
	d.Regime.Immediate = true
	if k.meter(d, day("2026-09-03")) != nil || counted(d) != nil {
		t.Error("an act delivered on the spot has no delay")
	}
}

func TestSixteenDaysBesideFifteenAreExplained(t *testing.T) {
	d := passport(t)
	if got, _ := counted(d).(web.Msg); got.Key != "meter.counted" || got.Args[1] != 15 {
		t.Errorf("%+v", got)
	}
	d.Regime.Unit = law.WorkingDays
	if got, _ := counted(d).(web.Msg); got.Key != "meter.counted_working" {
		t.Errorf("%+v", got)
	}
	d.Regime.Days = 0 // no delay published: the trace says that the cap stands in
	if counted(d) != nil {
		t.Error("nothing was published")
	}
}

func TestWhatThePageSaysOfEachState(t *testing.T) {
	d := passport(t)
	for state, key := range map[dossier.State]string{
		dossier.Deposited: "now.deposited_appeal", dossier.Silent: "now.silent", dossier.Accepted: "now.accepted", dossier.Refused: "now.refused",
		dossier.Withdrawn: "now.withdrawn", dossier.Claimed: "now.claimed", dossier.Returned: "now.returned",
	} {
		d.State, d.DeliverBy = state, day("2026-10-20")
		if got := sentence(d, day("2026-10-20")); got.Key != key {
			t.Errorf("%s: %s", state, got.Key)
		}
	}
	d.State = dossier.Claimed
	if got := sentence(d, day("2026-10-21")); got.Key != "now.claimed_late" {
		t.Errorf("the day after: %s", got.Key)
	}
	d.State, d.Suspended = dossier.Deposited, true
	if got := sentence(d, day("2026-09-05")); got.Key != "now.suspended" {
		t.Error(got.Key)
	}
	d.Suspended, d.Regime.Immediate = false, true
	if got := sentence(d, day("2026-09-05")); got.Key != "now.immediate" {
		t.Error(got.Key)
	}
}

func TestInputTypes(t *testing.T) {
	for field, want := range map[catalogapi.FieldType]string{
		catalogapi.EmailField: "email", catalogapi.NumberField: "number", catalogapi.TextAreaField: "textarea", catalogapi.PhoneField: "tel",
		catalogapi.ChoiceField: "radios", catalogapi.TextField: "text", catalogapi.TerritoryField: "text",
	} {
		if got := inputType(field); got != want {
			t.Errorf("%s: %s", field, got)
		}
	}
}
