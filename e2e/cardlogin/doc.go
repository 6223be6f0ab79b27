// Package cardlogin holds one test: a log-in by card over every real wire, with no other block than identity and custody.
//
//	browser ─HTTP─▶ identity ─form─▶ connector ─vpcd over TCP─▶ card process
package cardlogin
