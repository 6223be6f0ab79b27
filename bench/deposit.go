package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/e2e/cast"
	"wasl/kit/pdf"
)

// deposit: citizens deposit a building permit, from the start page to the receipt.
func deposit(ctx context.Context, t Target) (Result, error) {
	d := pdf.New(pdf.Meta{Title: "Plan", Lang: "fr", Created: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), Issuer: "Architecte"})
	d.Title("تصميم", "Plan")
	plan, err := d.Bytes()
	if err != nil {
		return Result{}, err
	}
	n := min(clients(), len(t.People)) // a person has one draft of a procedure at a time
	visitors := make([]*visitor, n)
	for i := range visitors {
		if visitors[i], err = t.visitor(t.People[i]); err != nil {
			return Result{}, err
		}
		if err := visitors[i].login(ctx); err != nil {
			return Result{}, err
		}
	}
	s, err := t.load(ctx, n, func(ctx context.Context, c int) error { return visitors[c].deposit(ctx, plan) })
	if err != nil {
		return Result{}, err
	}
	bound, err := commits(ctx, n, t.Data, t.boundSpan())
	return result(s, "deposits/s", "durable commits (fsync of 1 KB)", bound,
		"start, two PDF pieces encrypted into the locker, deposit, receipt page; sealing of the receipts goes on in the background"), err
}

func (v *visitor) deposit(ctx context.Context, plan []byte) error {
	page, err := v.Open(ctx, v.t.Portal+"/fr/dossiers/new?procedure="+cast.Permit)
	if err != nil {
		return err
	}
	if f, err := page.Form("procedure"); err == nil {
		if page, err = f.Submit(ctx); err != nil {
			return err
		}
	}
	f, err := page.Form("piece.plan")
	if err != nil {
		return err
	}
	cast.FillPermit(f, "bench@example.org")
	f.Attach("piece.plan", "plan.pdf", "application/pdf", plan).Attach("piece.land-title", "titre.pdf", "application/pdf", plan)
	if page, err = f.Press(ctx, "do", "check"); err != nil {
		return err
	}
	if f, err = page.Form("do"); err != nil {
		return err
	}
	if page, err = f.Press(ctx, "do", "deposit"); err != nil {
		return err
	}
	return page.OK(200)
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
