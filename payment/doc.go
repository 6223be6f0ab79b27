// Package payment is the treasury's block: it takes public fees, keeps the
// ledger of them, and hands out the quittance.
//
//	casework ──order──▶ payment ◀──visit── payer (through the portal)
//	                       │ page with a form, signed (est3dgate)
//	                       ▼
//	            payer's browser ──▶ bank's page: card, 3-D Secure
//	                                     │
//	  /payment/callback ◀──server to server, signed── bank
//	    one transaction: order authorised · clearing · audit · job
//	    then the answer ACTION=POSTAUTH: the bank captures
//	                       │
//	   job, page and sweep ask the bank what became of it (pursuit.go)
//	     captured: revenue · audit · jobs
//	               quittance (PDF, sealed, into the payer's locker)
//	               announcement to the block that asked · e-mail to the payer
//	     not captured in time: released, reversed, told
//	   a payment that no order needs: a case, which the treasurer sees
//
// Read order.go (what is owed), callback.go (what a callback does to it),
// pursuit.go (what follows it), case.go (what went another way) and ledger.go
// (how it is entered); then block.go.
//
// Rules it keeps: a new order's amount is the fee of a published revision as
// the catalogue states it (Law 55-19, article 6, item 4). Revenue, quittance
// and "paid" come with the capture, never with the authorisation. A provider's
// transaction pays one order. No card number ever passes here: the card is
// typed on the bank's page, and the log masks what looks like one. What the
// browser brings back is never proof. Amounts are whole centimes; every entry
// sums to zero, which the database checks at commit, and no entry is ever
// changed.
package payment
