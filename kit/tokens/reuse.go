package tokens

import (
	"sync"
	"time"
)

const (
	reuse    = 20 * time.Second // a third of a token's life: the callee has the rest for its clock and its queue
	maxKnown = 1024
)

// reused keeps service tokens for the next calls: a page asks other blocks a dozen times, and signing and checking ES256 would
// cost more than most of those calls. A token names the caller, never a person; visits are signed one by one.
type reused struct {
	mu     sync.Mutex
	signed map[string]kept // own tokens by audience
	known  map[string]kept // checked tokens of others
}

// kept is a token, or who a token was checked to be from, and when that ends.
type kept struct {
	value string
	until time.Time
}

func (r *reused) own(aud string, sign func() (string, error)) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := now()
	if t, ok := r.signed[aud]; ok && at.Before(t.until) {
		return t.value, nil
	}
	token, err := sign()
	if err != nil {
		return "", err
	}
	if r.signed == nil {
		r.signed = map[string]kept{}
	}
	r.signed[aud] = kept{token, at.Add(reuse)}
	return token, nil
}

// caller tells who a token was found to be from, while it holds.
func (r *reused) caller(token string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.known[token]
	return k.value, ok && now().Before(k.until)
}

func (r *reused) know(token, caller string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxKnown {
		r.known = map[string]kept{}
	}
	r.known[token] = kept{caller, until}
}
