// Package locker is the digital locker: the documents of each person, issued by administrations or brought by the person, to keep,
// show and prove.
//
//	casework, payment … ── PUT content ──▶ data key and title ─ sealed under the holder's key (kit/envelope) ─▶ row (SHA-256)
//	                                          └─ AES-GCM stream, bound to the document's id ─▶ object store
//
//	person ── /{lang}/documents ──▶ list · view · proof · who opened it and why · share · revoke
//	                                                                            │ token of 32 bytes, only its hash is kept
//	third party ── /{lang}/s/{token} ──▶ for whom, why, until when · is the seal intact · download (counted, shown to the holder)
//
//	anybody ── /{lang}/verify ──▶ a PDF or a reference ─▶ sealed by whom, when, intact or not, in words
//
// A share says for whom and for what purpose it is, and ends by itself: Law 09-08 art. 3 (purpose, proportion, duration). Every
// opening is written into the holder's activity log. Destroying the holder's key destroys titles, contents and the
// words of shares (Law 09-08; encryption at rest: Law 05-20).
package locker
