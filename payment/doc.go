// Package payment is the treasury's block: it takes public fees, keeps the
// ledger of them, and hands out the quittance.
//
//	casework ──order──▶ payment ◀──visit── payer (through the portal)
//	                       │ page with a form, signed (est3dgate)
//	                       ▼
//	            payer's browser ──▶ bank's page: card, 3-D Secure
//	                                     │
//	  /payment/callback ◀──server to server, signed── bank
//	    one transaction: order authorised · ledger entry · audit · jobs
//	    then the answer ACTION=POSTAUTH: the bank captures
//	                       │
//	   jobs: quittance (PDF, sealed, into the payer's locker)
//	         announcement to the block that asked · e-mail to the payer
//	   sweep: asks the bank about answers and callbacks that got lost
//
// Read order.go (what is owed), callback.go (what a callback does to it) and
// ledger.go (how it is entered); then block.go.
//
// Rules it keeps: only the fee of a published revision is charged (Law 55-19,
// article 6, item 4). No card number ever passes here: the card is typed on the
// bank's page, and the log masks what looks like one. What the browser brings
// back is never proof. Amounts are whole centimes; every entry sums to zero,
// which the database checks at commit, and no entry is ever changed.
package payment
