// Package support helps people: it writes to them in their language, and keeps
// the help pages.
//
//	any block ──POST /v1/messages──▶ row + job, in one transaction
//	                                   │ letter in the person's language (letter.go)
//	                                   ▼
//	                     SMTP server ◀─┘ tried again with growing pauses
//	                                   │
//	              sent, or given up: the address and the parameters are erased
//
//	person ──/{lang}/help──▶ topics; /{lang}/help/{procedure}/{step}: help for a step
//
// A message says that something happened and where to look: a reference and a
// link into this installation, never a name or a detail of the case. E-mail is
// read on the way, and on shared screens.
//
// Read message.go (what may be sent), letter.go (how it reads), article.go
// (which help belongs to which step); then block.go.
package support
