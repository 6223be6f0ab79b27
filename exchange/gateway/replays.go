package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"wasl/exchange/message"
)

// freshness bounds the age of a request, both ways, to allow for clocks that differ.
const freshness = 5 * time.Minute

// maxReplays bounds how many requests are remembered, 4,500 in each second of the window: about 60 MB at the worst. One more is
// refused, since forgetting one would let it be carried out twice.
const maxReplays = 3_000_000

// replays remembers the requests whose time is still fresh, so that each is carried out once. A key is eight bytes of a hash
// under a secret of this process: two that meet by chance (once in 10^13 messages) cost a refusal, never a second execution.
type replays struct {
	mu      sync.Mutex
	secret  [32]byte
	minutes map[int64]map[uint64]struct{} // by the minute of the request's own time
	count   int
	limit   int // maxReplays when 0
}

// first remembers a fresh request. It returns errReplayed for one that was seen, and errBusy when the memory is full.
func (r *replays) first(l message.Leaf, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.minutes == nil {
		rand.Read(r.secret[:])
		r.minutes = map[int64]map[uint64]struct{}{}
	}
	oldest := minuteOf(now.Add(-freshness))
	for m, seen := range r.minutes {
		if m < oldest {
			r.count -= len(seen)
			delete(r.minutes, m)
		}
	}
	k := r.key(l)
	for _, seen := range r.minutes { // of any minute: a number is used once, whatever time was signed with it
		if _, ok := seen[k]; ok {
			return errReplayed
		}
	}
	limit := r.limit
	if limit == 0 {
		limit = maxReplays
	}
	if r.count >= limit {
		return errBusy
	}
	m := minuteOf(l.Time)
	if r.minutes[m] == nil {
		r.minutes[m] = map[uint64]struct{}{}
	}
	r.minutes[m][k] = struct{}{}
	r.count++
	return nil
}

func (r *replays) key(l message.Leaf) uint64 {
	h := sha256.New()
	h.Write(r.secret[:])
	h.Write([]byte(l.Client + " " + l.RequestID))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }
