// Package registers stands in for the registers of the State that an administration asks through the exchange. It plays the civil
// status: births, with the data of an extract of the birth record.
//
//	provider gateway ──POST /civil-status/extracts {"national_number","fields"}──▶ this process ──▶ a flat JSON object
//
// It is a simulator and says so on its page. The persons of a demonstration come from a seed file; about a thousand more are
// drawn from Moroccan names, the same ones at every start. The national number travels in the body, never in an address.
// It knows nothing of the exchange: like a real register it trusts the gateway in front of it, which is on the same machine.
package registers
