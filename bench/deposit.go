package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/e2e/crowd"
)

// deposit: citizens deposit a building permit, from the start page to the receipt.
func deposit(ctx context.Context, t Target) (Result, error) {
	plan, err := crowd.Plan()
	if err != nil {
		return Result{}, err
	}
	n := min(clients(), len(t.People)) // a person has one draft of a procedure at a time
	visitors := make([]*crowd.Visitor, n)
	for i := range visitors {
		if visitors[i], err = t.place().Visitor(t.People[i]); err != nil {
			return Result{}, err
		}
		if err := visitors[i].Login(ctx); err != nil {
			return Result{}, err
		}
	}
	s, err := t.load(ctx, n, func(ctx context.Context, c int) error {
		_, err := visitors[c].Deposit(ctx, plan)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	bound, err := commits(ctx, n, t.Data, t.boundSpan())
	return result(s, "deposits/s", "durable commits (fsync of 1 KB)", bound,
		"start, two PDF pieces encrypted into the locker, deposit, receipt page; sealing of the receipts goes on in the background"), err
}

// commits is how many times a second a file of the data directory's disk takes 1 KB and is flushed, by all clients together.
func commits(ctx context.Context, clients int, dir string, span time.Duration) (float64, error) {
	files := make([]*os.File, clients)
	for i := range files {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("fsync-%d", i)))
		if err != nil {
			return 0, err
		}
		defer os.Remove(f.Name())
		defer f.Close()
		files[i] = f
	}
	block := make([]byte, 1024)
	s, err := load(ctx, clients, span, func(_ context.Context, c int) error {
		if _, err := files[c].WriteAt(block, 0); err != nil {
			return err
		}
		return files[c].Sync()
	})
	return s.rate, err
}
