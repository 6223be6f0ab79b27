package portal

import (
	"sync"
	"time"
)

// bucket limits how often one address may begin to sign in, so that nobody
// fills the table of sign-ins or turns identity into a target. Its memory is
// bounded: when full, addresses that have recovered are forgotten; if none has,
// newcomers share one allowance.
type bucket struct {
	rate  float64 // tokens a second
	burst float64
	limit int // addresses remembered

	mu    sync.Mutex
	known map[string]allowance
}

type allowance struct {
	left float64
	at   time.Time
}

func newBucket(rate, burst float64, limit int) *bucket {
	return &bucket{rate: rate, burst: burst, limit: limit, known: map[string]allowance{}}
}

// allow takes one token of the address at an instant, if there is one.
func (b *bucket) allow(address string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.known[address]
	if !ok {
		if len(b.known) >= b.limit {
			b.forget(now)
		}
		if len(b.known) >= b.limit {
			address = ""
			a, ok = b.known[address]
		}
		if !ok {
			a = allowance{left: b.burst, at: now}
		}
	}
	a.left = b.refilled(a, now)
	a.at = now
	allowed := a.left >= 1
	if allowed {
		a.left--
	}
	b.known[address] = a
	return allowed
}

func (b *bucket) refilled(a allowance, now time.Time) float64 {
	return min(b.burst, a.left+now.Sub(a.at).Seconds()*b.rate)
}

func (b *bucket) forget(now time.Time) {
	for address, a := range b.known {
		if b.refilled(a, now) >= b.burst {
			delete(b.known, address)
		}
	}
}
