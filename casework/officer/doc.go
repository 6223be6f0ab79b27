// Package officer is the administration's side of dossiers: the inbox ordered by what the law will do next, the dossier with its
// pieces side by side, and the acts of the law: ask (art. 7-4, 10, 14), accept, refuse with grounds (art. 18), return (art. 10),
// and the governor's attestation of silence (art. 20).
//
//	GET  /{lang}/office                       inbox of the visitor's unit; for a governor, the silence claims received
//	GET  /{lang}/office/{id}                  dossier; opening it leaves an audit entry
//	POST /{lang}/office/{id}                  do = accept | refuse | return (text.ar, text.fr), ask (ask, piece, grounds), attest (text.ar, text.fr)
//	GET  /{lang}/office/{id}/pieces/{code}    a piece's file; the holder sees who opened it and why
//	GET  /{lang}/office/{id}/papers/{paper}   a sealed document of the dossier
//
// Who may: the visit's organisation by row-level security, the visit's unit and role here. An officer of another administration
// or unit gets the same answer as for a dossier that does not exist.
package officer
