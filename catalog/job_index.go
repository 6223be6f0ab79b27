package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"wasl/catalog/search"
	"wasl/kit/errs"
)

// indexTimeout bounds the building of the index, patience a search's wait for it.
const (
	indexTimeout = 2 * time.Minute
	patience     = 10 * time.Second

	// maxProcedures bounds the catalogue that one process indexes.
	maxProcedures = 50_000
)

// finder builds the index once, in the background, and lends it to searches.
type finder struct {
	store    *store
	dir      string
	synonyms search.Synonyms
	once     sync.Once
	ready    chan struct{}
	index    *search.Index
	err      error
}

func newFinder(s *store, dir string, synonyms search.Synonyms) *finder {
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

func (f *finder) build(ctx context.Context) (*search.Index, error) {
	all, err := f.store.after(ctx, "", maxProcedures)
	if err != nil {
		return nil, err
	}
	state := sha256.New()
	state.Write([]byte(search.Version))
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
	entries := make([]search.Entry, 0, len(all))
	for _, r := range all {
		e := search.Entry{Code: r.Procedure, Title: r.Sheet.Title, Standing: Standing(r.Sheet, r.Status), Opened: opened[r.Procedure]}
		for _, body := range r.Sheet.Bodies {
			e.Bodies = append(e.Bodies, body.Name)
		}
		entries = append(entries, e)
	}
	return search.Open(ctx, f.dir, hex.EncodeToString(state.Sum(nil)), f.synonyms, entries)
}

// get waits for the index; search_starting when it is not there in time.
func (f *finder) get(ctx context.Context) (*search.Index, error) {
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

// close frees the index; one that was never needed is not built for that.
func (f *finder) close() {
	f.once.Do(func() {
		f.err = errs.New(errs.Unavailable, "search_starting")
		close(f.ready)
	})
	<-f.ready
	if f.err == nil {
		_ = f.index.Close() // derived: nothing is lost
	}
}
