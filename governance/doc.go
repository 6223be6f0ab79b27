// Package governance shows the public how the administration keeps its word: delays kept, silences, median days, exchanges between
// administrations, log-ins.
//
//	casework, payment, exchange, identity … ──GET /v1/indicators──▶ collect (job) ─▶ figures (rows)
//	                                                                                   ├▶ /{lang}/indicators   page, charts with tables
//	                                                                                   └▶ …/indicators.csv .json   open data
//
// A figure is a count of one month and one administration, as the institution that owns it publishes it; nothing is read from
// another block's tables, and nothing is estimated. A rate or median over fewer than Enough cases is not shown, and a figure
// that nobody published yet is "no data", never zero.
//
// Law 55-19 art. 25 and law 54-19 (public services report on how they perform).
package governance
