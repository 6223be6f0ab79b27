// Package mail is a stand-in for the world's mailboxes: an SMTP server that
// takes every message and delivers none, with a page and a JSON list to read
// them. A simulator, labelled as one; it runs as its own process.
//
//	SMTP ──▶ memory (the last 500 messages) ──▶ GET /, GET /messages/{id}, GET /messages.json
package mail
