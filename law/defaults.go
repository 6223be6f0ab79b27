package law

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"wasl/kit/civil"
)

//go:embed defaults.json
var defaultsJSON []byte

// Default answers one question that the text of the law leaves open: our reading, not law, until Confirmed.
type Default struct {
	ID        string     `json:"id"`
	Value     any        `json:"value"`
	LegalRef  string     `json:"legal_ref"`
	ValidFrom civil.Date `json:"valid_from"`
	Confirmed bool       `json:"confirmed"`
}

// Is tells whether the default has this value.
func (d Default) Is(value string) bool { return d.Value == value }

// Days returns a number of days, zero when the value is not a number.
func (d Default) Days() int {
	n, _ := d.Value.(float64)
	return int(n)
}

// Defaults is one edition of the answers, several dated rows per question allowed.
type Defaults struct {
	Version string    `json:"version"`
	Rows    []Default `json:"defaults"`
}

// known lists the questions; an edition answers each of them.
var known = []string{
	"expiry.roll", "half.divisor", "suspension.extra_days", "complement.limit_days",
	"replacement.once_per", "completion.late", "extension.local", "extension.limit", "delay.missing", "delay.several",
	"immediate.clock", "refusal.after_silence", "claim.limit_days", "attestation.after",
}

// ParseDefaults reads the form of defaults.json and refuses an edition that leaves a question without answer.
func ParseDefaults(data []byte) (Defaults, error) {
	var d Defaults
	if err := json.Unmarshal(data, &d); err != nil {
		return Defaults{}, fmt.Errorf("law: read defaults: %w", err)
	}
	for _, id := range known {
		if !slices.ContainsFunc(d.Rows, func(r Default) bool { return r.ID == id && r.LegalRef != "" }) {
			return Defaults{}, fmt.Errorf("law: no default for %s", id)
		}
	}
	for _, r := range d.Rows {
		if r.ID == "half.divisor" && r.Days() < 1 {
			return Defaults{}, fmt.Errorf("law: half.divisor must be a number of at least 1")
		}
	}
	return d, nil
}

// On returns the row in force on a day: the latest that is valid by then, the earliest for days before any.
func (d Defaults) On(id string, day civil.Date) Default {
	var best Default
	for _, r := range d.Rows {
		if r.ID != id {
			continue
		}
		later := r.ValidFrom.After(best.ValidFrom) && !r.ValidFrom.After(day)
		if best.ID == "" || later {
			best = r
		}
	}
	return best
}
