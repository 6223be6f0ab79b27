package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"wasl/kit/errs"
)

// indexTimeout bounds the building of the index, patience a search's wait for it.
const (
	indexTimeout = 2 * time.Minute
	patience     = 10 * time.Second
)

// finder builds the index once, in the background, and lends it to searches.
type finder struct {
	store    *store
	dir      string
	synonyms Synonyms
	once     sync.Once
	ready    chan struct{}
	index    *index
	err      error
}

func newFinder(s *store, dir string, synonyms Synonyms) *finder {
	return &finder{store: s, dir: dir, synonyms: synonyms, ready: make(chan struct{})}
}

func (f *finder) start() {
	f.once.Do(func() {
		go func() {
			defer close(f.ready)
			ctx, cancel := context.WithTimeout(context.Background(), indexTimeout)
			defer cancel()
			f.index, f.err = f.build(ctx)
		}()
	})
}

func (f *finder) build(ctx context.Context) (*index, error) {
	all, err := f.store.after(ctx, "", maxProcedures)
	if err != nil {
		return nil, err
	}
	state := sha256.New()
	state.Write([]byte(indexVersion))
	for _, r := range all {
		state.Write([]byte(r.Procedure + r.SHA256))
	}
	counts, err := f.store.counts(ctx, mostOpened)
	if err != nil {
		return nil, err
	}
	opened := map[string]int{}
	for _, c := range counts {
		opened[c.Code] = c.N
	}
	return openIndex(ctx, f.dir, hex.EncodeToString(state.Sum(nil)), f.synonyms, all, opened)
}

// get waits for the index; search_starting when it is not there in time.
func (f *finder) get(ctx context.Context) (*index, error) {
	f.start()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-f.ready:
		return f.index, f.err
	case <-ctx.Done():
		return nil, errs.New(errs.Unavailable, "search_starting")
	}
}

func (f *finder) close() {
	f.start()
	<-f.ready
	if f.err == nil {
		_ = f.index.close() // derived: nothing is lost
	}
}
