package oidc

import "slices"

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
