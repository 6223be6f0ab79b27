package law_test

import (
	"slices"
	"strings"
	"testing"

	"wasl/kit/civil"
	"wasl/law"
)

func TestEditionsThatCannotBeRead(t *testing.T) {
	rest := `"rest":{"days":["saturday","sunday"]}`
	for what, text := range map[string]string{
		"no JSON": `{`, "no version": `{` + rest + `}`, "no rest days": `{"version":"1"}`, "rest days of no week": `{"version":"1","rest":{"days":["noday"]}}`,
	} {
		if _, err := law.ParseCalendar([]byte(text)); err == nil {
			t.Errorf("calendar, %s: read", what)
		}
	}
	c, err := law.ParseCalendar([]byte(`{"version":"1","rest":{"days":["friday"]}}`))
	if err != nil || c.Worked(d("2026-09-04")) || !c.Worked(d("2026-09-05")) || c.Version() != "1" {
		t.Errorf("another week: %v", err)
	}
	var rows []string
	for _, row := range law.Current().Defaults.Rows {
		if row.ID != "half.divisor" {
			rows = append(rows, `{"id":"`+row.ID+`","value":"x","legal_ref":"y","valid_from":"2020-09-28"}`)
		}
	}
	edition := func(divisor string) []byte {
		return []byte(`{"version":"1","defaults":[` + strings.Join(append(rows, `{"id":"half.divisor","value":`+divisor+`,"legal_ref":"y","valid_from":"2020-09-28"}`), ",") + `]}`)
	}
	for divisor, ok := range map[string]bool{"1": true, "2": true, "0": false, `"two"`: false} {
		if _, err := law.ParseDefaults(edition(divisor)); (err == nil) != ok {
			t.Errorf("half.divisor %s: %v", divisor, err)
		}
	}
	if _, err := law.ParseDefaults([]byte(strings.ReplaceAll(string(edition("2")), `"legal_ref":"y"`, `"legal_ref":""`))); err == nil {
		t.Error("defaults without their legal reference were read")
	}
	if _, err := law.ParseDefaults([]byte(strings.ReplaceAll(string(edition("2")), "claim.limit_days", "claim.limit_nights"))); err == nil {
		t.Error("defaults that leave a question open were read")
	}
	if _, err := law.ParseDefaults([]byte(`{`)); err == nil {
		t.Error("defaults that are no JSON were read")
	}
}

func TestADefaultIsInForceFromItsDay(t *testing.T) {
	def := law.Defaults{Rows: []law.Default{
		{ID: "q", Value: "old", ValidFrom: d("2020-09-28")},
		{ID: "other", Value: "x", ValidFrom: d("2021-01-01")},
		{ID: "q", Value: "new", ValidFrom: d("2026-01-01")},
	}}
	for day, want := range map[string]string{"2019-01-01": "old", "2025-12-31": "old", "2026-01-01": "new", "2030-01-01": "new"} {
		if got := def.On("q", d(day)); !got.Is(want) {
			t.Errorf("%s: %v", day, got.Value)
		}
	}
}

func TestAStepIsSaidWithItsDates(t *testing.T) {
	day := d("2026-10-02")
	key, args := law.Step{Article: "31", Code: "expiry", Date: &day, Params: map[string]string{"from": "2026-09-01"}}.Sentence()
	if key != "law.expiry" || len(args) != 4 || args[0] != "date" || args[1] != day || args[3] != d("2026-09-01") {
		t.Errorf("%s %v", key, args)
	}
	several := law.Step{Code: "x", Params: map[string]string{"from": "2026-09-01", "day": "2026-11-06", "otherwise": "2026-11-09", "holiday": "marche-verte"}}
	for range 20 { // in whatever order they come
		if _, args := several.Sentence(); len(args) != 2*len(several.Params) {
			t.Fatalf("a sentence lost a part of what it says: %v", args)
		}
	}
	if _, args := (law.Step{Code: "x", Params: map[string]string{"days": "30"}}).Sentence(); len(args) != 2 || args[1] != "30" {
		t.Errorf("%v", args)
	}
	if err := law.Current().MayClaim(law.OpenAppeal, day, day); err.Error() != "law: claim_not_listed (art. 19)" {
		t.Error(err)
	}
}

func TestWhatChangedNothingAndWhatWasExtendedIsSaid(t *testing.T) {
	b := law.Current()
	c := law.Clock{Regime: law.Regime{Days: 30}, Complete: d("2026-09-01"), Spans: []law.Span{span("2026-10-05", "2026-10-20"), span("2026-11-05", "2026-11-20")}}
	late := 0
	for _, s := range b.Deadline(c).Trace {
		if s.Code == "suspension_too_late" {
			late++
		}
	}
	if late != 2 {
		t.Errorf("two requests came after the delay, %d are said to have", late)
	}
	if hasStep(b.Deadline(c).Trace, "extension") {
		t.Error("art. 17: an extension of nobody is told")
	}
	c.Extension = 10
	if i := slices.IndexFunc(b.Deadline(c).Trace, func(s law.Step) bool { return s.Code == "extension" && s.Article == "17" && s.Params["days"] == "10" }); i < 0 {
		t.Error("art. 17: the extension of ten days is not told")
	}
}

func TestWhatNeedsAClock(t *testing.T) {
	b := law.Current()
	r := law.Request{Ask: law.Information, Grounds: "g", Sent: d("2026-09-02")}
	wantRefusal(t, b.MayAsk(law.Clock{Regime: law.Regime{Days: 30}}, nil, nil, r), "no_clock")
	wantRefusal(t, b.MayAsk(law.Clock{Regime: law.Regime{Immediate: true}, Complete: d("2026-09-01")}, nil, nil, r), "no_clock")
	wantRefusal(t, b.MayReturn(civil.Date{}, d("2026-09-02")), "return_nothing_due")
	c := law.Clock{Regime: law.Regime{Days: 30, Extendable: true}, Complete: d("2026-09-01")}
	wantRefusal(t, b.MayExtend(c, 0, d("2026-09-02")), "extension_days")
	wantRefusal(t, b.MayExtend(c, 1, d("2026-09-02")), "")
	wantRefusal(t, b.MayExtend(c, 60, d("2026-09-02")), "")
	wantRefusal(t, b.MayExtend(c, 61, d("2026-09-02")), "extension_over_limit")
	c.Spans = []law.Span{span("2026-09-05", "")}
	wantRefusal(t, b.MayExtend(c, 10, d("2027-09-02")), "") // a suspended clock has not expired
	for level, want := range map[law.Level]string{law.Local: "extension.local", law.Central: "extension.limit"} {
		got := b.Deadline(law.Clock{Regime: law.Regime{Days: 30, Extendable: true, Level: level}, Complete: d("2026-09-01"), Extension: 5})
		for _, s := range got.Trace {
			if s.Code == "extension" && s.Default != want {
				t.Errorf("%s: rests on %s", level, s.Default)
			}
		}
	}
	for regime, want := range map[law.Regime]law.Effect{{Immediate: true}: law.NoSilence, {Listed: true}: law.Approval, {}: law.OpenAppeal} {
		if got := law.SilenceWould(regime); got != want {
			t.Errorf("%+v: %s", regime, got)
		}
	}
	for got, want := range map[int]int{b.Shorter(): 0, b.Shorter(0, 7, 9): 7, b.Shorter(8, 0): 8, b.Shorter(9, 7): 7, b.Shorter(-1, 5): 5} {
		if got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

func TestClaimsInWords(t *testing.T) {
	b := law.Current()
	early, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Listed: true, Claimed: d("2026-10-02")})
	if err != nil || early.DeliverBy != nil || !hasStep(early.Trace, "claim_too_early") {
		t.Errorf("the day before silence: %v %v", err, early.Trace)
	}
	other, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Claimed: d("2026-10-05")})
	if err != nil || other.DeliverBy != nil || !hasStep(other.Trace, "claim_not_listed") || other.AppealUntil == nil {
		t.Errorf("not listed: %v %v", err, other.Trace)
	}
	onTime, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Listed: true, Refused: d("2026-10-02")})
	if err != nil || onTime.SilenceOn != nil || onTime.AppealUntil == nil {
		t.Errorf("refused on the last day is in time: %v %+v", err, onTime)
	}
	open, err := b.Explain(law.Input{Days: 30, Deposit: d("2026-09-01"), Listed: true, Suspensions: []law.Span{span("2026-09-05", "")}})
	if err != nil || open.LastDay != nil || open.SilenceOn != nil || open.FirstHalf != nil {
		t.Errorf("suspended: %v %+v", err, open)
	}
	spot, err := b.Explain(law.Input{Deposit: d("2026-09-01")})
	if err != nil || spot.LastDay != nil || spot.FirstHalf != nil || spot.Silence != law.NoSilence {
		t.Errorf("on the spot: %v %+v", err, spot)
	}
}
