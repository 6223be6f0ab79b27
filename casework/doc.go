// Package casework is the transactional portal: dossiers under Law 55-19, for the citizen who deposits them and the officers who
// decide them.
//
//	citizen ──/{lang}/dossiers──► casework/citizen ──┐
//	                                                 ├─► casework/dossier: rules, rows, background work
//	officer ──/{lang}/office────► casework/officer ──┘   one schema, row-level security: organisation, person, system
//	             │ asks catalog (revision, who is competent), exchange (evidence), locker (pieces), payment (fee)
//	             │ after the commit: signature seals the document, locker keeps it, support writes to the person
//	             └ /v1: indicators, payment-events, people/{subject}/dossiers (caseworkapi)
//
// The law is in wasl/law; the states and their arrows are drawn in casework/dossier/doc.go.
//
// # Forms
//
// Field names never change: journeys and assistive scripts rely on them. Every form posts to its own page, multipart or
// urlencoded; the pressed button is named do. A refused form comes back with status 409 or 422 and everything entered.
//
//	GET  /{lang}/dossiers/new?procedure=CODE   resumes the person's draft, else says what is needed
//	POST /{lang}/dossiers                      procedure=CODE, do=start → 303 /dossiers/{id}
//	POST /{lang}/dossiers/{id}                 draft: field.<name> (sheet's fields: field.email, field.territory = code or name…),
//	                                           piece.<code> (file), consent.<code>=yes, and do =
//	                                             save · check → /check · pay → payment's page · deposit → /receipt
//	                                             fetch:<code> (art. 24: needs the consent) · agree:<code> · disagree:<code> · remove:<code>
//	                                           being deposited: piece.<code>, do=complete → /receipt once all is there
//	                                           asked for more: answer.<request id>, piece.<code>, do=answer:<request id>
//	                                           approved by silence: do=claim (art. 19), then do=escalate (art. 20)
//	                                           any open state: do=withdraw
//	GET  /{lang}/dossiers/{id}/check           read again; do=deposit posts to /dossiers/{id}
//	GET  /{lang}/dossiers/{id}/receipt         the receipt, with QR
//	POST /{lang}/office/{id}                   text.ar, text.fr with do = accept | refuse | return | attest;
//	                                           ask (replacement|originals|information), piece, grounds with do=ask
package casework
