package gateway

import (
	"sync"
	"time"
)

// roots remembers the batch roots whose signature was verified, in two bounded generations: one verification per batch, even
// when its messages arrive together.
type roots struct {
	mu         sync.Mutex
	young, old map[string]*rootCheck
}

type rootCheck struct {
	once sync.Once
	err  error
}

const rootsPerGeneration = 2048

// check runs verify once per key; a failure is remembered like a success, since the key holds all that verify looks at.
func (r *roots) check(key string, verify func() error) error {
	r.mu.Lock()
	c, ok := r.young[key]
	if !ok {
		if c, ok = r.old[key]; !ok {
			c = &rootCheck{}
		}
		if r.young == nil || len(r.young) >= rootsPerGeneration {
			r.old, r.young = r.young, make(map[string]*rootCheck, 64)
		}
		r.young[key] = c
	}
	r.mu.Unlock()
	c.once.Do(func() { c.err = verify() })
	return c.err
}

// turnstiles bounds the exchanges that one consumer has under way with one service, so that none starves the others.
type turnstiles struct {
	mu sync.Mutex
	in map[string]int
}

// enter takes a place; leave must be called exactly when ok.
func (t *turnstiles) enter(key string, limit int) (leave func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.in == nil {
		t.in = map[string]int{}
	}
	if t.in[key] >= limit {
		return nil, false
	}
	t.in[key]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.in[key]--; t.in[key] == 0 {
			delete(t.in, key)
		}
	}, true
}

// breaker leaves a service alone for a moment after repeated failures, then lets one request try.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time
}

const (
	breakAfter = 5
	breakFor   = 5 * time.Second
)

// allows says whether a request may go out at now; while resting, one in each period may.
func (b *breaker) allows(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(breakFor)
	return true
}

// report tells how a request ended.
func (b *breaker) report(ok bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.failures = 0
		return
	}
	if b.failures++; b.failures == breakAfter {
		b.until = now.Add(breakFor)
	}
}
