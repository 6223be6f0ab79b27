package law

import (
	"slices"

	"wasl/kit/civil"
)

// Level is the kind of administration that delivers the act; it decides who is above it (art. 20, 21).
type Level string

// The levels that the law tells apart.
const (
	Central       Level = "central"       // ministry: the minister or his delegate
	Body          Level = "body"          // establishment or body: its head
	Deconcentrate Level = "deconcentrate" // service of the State in a region or province: wali or governor
	Local         Level = "local"         // commune, province or region as local authority: its president, then the governor
)

// Known tells whether the level is one of the four, or left out: then the act is central.
func (l Level) Known() bool {
	return slices.Contains([]Level{"", Central, Body, Deconcentrate, Local}, l)
}

// Regime is what a published revision says about the delay of an act. A dossier keeps the regime of its deposit.
type Regime struct {
	Days       int    `json:"days"`                 // published delay; 0 = none published
	Unit       Unit   `json:"unit,omitempty"`       // empty = calendar
	Immediate  bool   `json:"immediate,omitempty"`  // delivered on the spot: no receipt, clock or silence
	Listed     bool   `json:"listed,omitempty"`     // decree 2.22.387 or 2.22.141: silence = approval
	Extendable bool   `json:"extendable,omitempty"` // decree 2.22.386: expertise or public inquiry
	Investment bool   `json:"investment,omitempty"` // decree 2.22.385: at most 30 days
	Level      Level  `json:"level,omitempty"`      // empty = central
	LegalRef   string `json:"legal_ref,omitempty"`
}

// Cap returns the longest delay that art. 16 allows.
func (r Regime) Cap() int {
	if r.Investment {
		return maxInvestment
	}
	return maxDays
}

// Delay returns the days that the administration has. Without a published delay the cap of art. 16 stands in.
func (b Book) Delay(r Regime, on civil.Date) (int, Trace) {
	if r.Days > 0 {
		return r.Days, Trace{step("16", "delay_"+string(r.unit()), on, "days", itoa(r.Days))}
	}
	return r.Cap(), Trace{step("16", "delay_missing", on, "days", itoa(r.Cap())).by(b.Defaults.On("delay.missing", on))}
}

// Shorter settles two delays given for one act: the shorter binds. Zero means "not given".
func (b Book) Shorter(delays ...int) int {
	given := slices.DeleteFunc(slices.Clone(delays), func(d int) bool { return d <= 0 })
	if len(given) == 0 {
		return 0
	}
	return slices.Min(given)
}

func (r Regime) unit() Unit {
	if r.Unit == "" {
		return CalendarDays
	}
	return r.Unit
}
