// Package crowd plays many citizens at once over the real pages: each logs in with a card that answers without a reader, so that
// not one slot's queue is met but the platform, and deposits building permits.
package crowd
