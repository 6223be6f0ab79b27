// Package card holds identity's rules about cards: who may issue one, and whether an answer proves that its holder is here.
//
//	enrolment ─▶ Authority.Issue ─▶ certificate, personalisation state
//	log-in    ─▶ Anchors.Verify(answer) ─▶ fingerprint ─▶ row of the card ─▶ Standing: active, blocked, revoked …
//
// The authority here stands in for the one that issues national cards in a demonstration; an installation that meets real
// cards configures that authority's certificates as anchors and issues none.
package card
