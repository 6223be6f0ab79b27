// Package citizen is the person's side of dossiers: begin, fill, consent to evidence, pay, check, deposit, follow, answer, claim.
//
//	http_start.go     list, begin, resume
//	http_draft.go     the draft as one page, and the page that checks it
//	http_form.go      keep answers and files, find the territory and who is competent
//	http_evidence.go  consent ─► fetch ─► preview ─► agreement (art. 24)
//	http_pay.go       the fee
//	http_act.go       the buttons
//	http_dossier.go   the deposited dossier      http_receipt.go  its receipt
//
// Everyone sees his own dossiers only: the transaction's principal is the person. Rules and rows are in casework/dossier.
package citizen
