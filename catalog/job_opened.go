package catalog

import (
	"context"
	"sync"

	"wasl/kit/errs"
)

const (
	addOpened  = `UPDATE procedure p SET opened = p.opened + x.n FROM unnest($1::text[], $2::bigint[]) AS x (code, n) WHERE p.code = x.code`
	mostOpened = `SELECT code, opened FROM procedure WHERE opened > 0`
)

// opened counts how often sheets are read, with nothing about who reads them:
// what is asked for most comes first among equals.
type opened struct {
	mu sync.Mutex
	n  map[string]int64
}

func (o *opened) note(code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == nil {
		o.n = map[string]int64{}
	}
	o.n[code]++
}

// take returns the counts since the last time.
func (o *opened) take() (codes []string, counts []int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for code, n := range o.n {
		codes, counts = append(codes, code), append(counts, n)
	}
	o.n = nil
	return codes, counts
}

// countOpened adds the counts of this process to the rows.
func (b *Block) countOpened(ctx context.Context) error {
	codes, counts := b.opened.take()
	if len(codes) == 0 {
		return nil
	}
	_, err := b.store.db.Pool().Exec(ctx, addOpened, codes, counts)
	return errs.Wrap("catalog: count", err)
}
