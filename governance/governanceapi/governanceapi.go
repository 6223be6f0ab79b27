// Package governanceapi says what a block publishes of its work at GET /v1/indicators: counts, never people.
package governanceapi

import "wasl/kit/civil"

// Indicator is one figure of one month. Value is a count, or days for a median; N is the number of cases behind a rate or median.
type Indicator struct {
	Name  string     `json:"name"`  // dossiers.deposited, dossiers.decided, dossiers.in_time, dossiers.silence, dossiers.median_days, exchanges, authentications, payments …
	Month civil.Date `json:"month"` // first day of the month
	Org   string     `json:"org,omitempty"`
	Value float64    `json:"value"`
	N     int        `json:"n"`
}

// Indicators is the answer of GET /v1/indicators.
type Indicators struct {
	Block      string      `json:"block"`
	Indicators []Indicator `json:"indicators"`
}
