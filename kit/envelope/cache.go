package envelope

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	generationSize = 5_000           // keys
	generationLife = 5 * time.Minute // after two of them a key is forgotten
)

// cache holds opened owners' keys in two generations: at most twice generationSize, for at most twice generationLife.
type cache struct {
	mu         sync.Mutex
	young, old map[uuid.UUID]tink.AEAD
	since      time.Time
}

// get returns a key that was opened not long before now.
func (c *cache) get(id uuid.UUID, now time.Time) (tink.AEAD, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age(now)
	if a, ok := c.young[id]; ok {
		return a, true
	}
	a, ok := c.old[id]
	return a, ok
}

func (c *cache) put(id uuid.UUID, a tink.AEAD, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age(now)
	if len(c.young) >= generationSize {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = map[uuid.UUID]tink.AEAD{}
	}
	c.young[id] = a
}

func (c *cache) drop(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, id)
	delete(c.old, id)
}

// age starts a new generation when the young one is old enough, and forgets all when nobody looked for two.
func (c *cache) age(now time.Time) {
	switch passed := now.Sub(c.since); {
	case passed >= 2*generationLife || passed < 0:
		c.old, c.young, c.since = nil, nil, now
	case passed >= generationLife:
		c.old, c.young, c.since = c.young, nil, now
	}
}
