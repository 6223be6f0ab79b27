package oidc

import (
	"slices"
	"time"
)

// Level is an assurance level, the acr of a log-in.
type Level string

// The levels, in the words of the eIDAS implementing regulation 2015/1502, which other national providers use too.
const (
	Low         Level = "urn:wasl:acr:low"
	Substantial Level = "urn:wasl:acr:substantial"
	High        Level = "urn:wasl:acr:high"
)

// Levels lists them from the weakest.
var Levels = []Level{Low, Substantial, High}

// Known tells whether the level is one of ours.
func (l Level) Known() bool { return slices.Contains(Levels, l) }

// Reaches tells whether l is at least want; an unknown level is never reached.
func (l Level) Reaches(want Level) bool {
	have, need := slices.Index(Levels, l), slices.Index(Levels, want)
	return need >= 0 && have >= need
}

// Authentication is what a means of log-in achieved.
type Authentication struct {
	ACR Level
	AMR []string // RFC 8176
}

// CardAndPIN is a log-in by the card's certificate after its PIN: a key in hardware and something known.
var CardAndPIN = Authentication{ACR: High, AMR: []string{"sc", "hwk", "pin"}}

// recency is how long after the card was used the session still gives a level to another log-in; past it the person shows the
// card again (docs/adr/0017). On a shared computer a session must not open a bank.
var recency = map[Level]time.Duration{High: 5 * time.Minute, Substantial: 30 * time.Minute, Low: 8 * time.Hour}

// After is the level that an authentication still gives when some time has passed; "" is none.
func (l Level) After(passed time.Duration) Level {
	for _, lower := range slices.Backward(Levels) {
		if l.Reaches(lower) && passed <= recency[lower] {
			return lower
		}
	}
	return ""
}
