package locker

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"gocloud.dev/blob"

	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	// leftAlone is how long an object may have no row: its upload may still be under way.
	leftAlone = 24 * time.Hour
	listed    = 1000 // objects that are looked up in one statement

	selectNamed   = `SELECT object FROM document WHERE object = ANY($1)`
	selectObjects = `SELECT id, object FROM document WHERE object > $1 ORDER BY object LIMIT $2`
)

// sweepObjects drops the objects that no document names: what a process that was killed left of an upload. One is dropped when it was
// found so twice, an hour between; and none while the rows are older than the evidence log, for a newer database may name them.
func (b *Block) sweepObjects(ctx context.Context) error {
	lost, err := audit.LostActs(ctx, b.store.db)
	if err != nil {
		return err
	}
	for _, l := range lost {
		if l.Accepted == nil {
			return nil
		}
	}
	orphans, err := b.objects.orphans(ctx, b.store.db, b.deps.Clock.Now())
	if err != nil {
		return err
	}
	again := map[string]bool{}
	for _, o := range orphans {
		if again[o] = true; !b.orphaned[o] {
			continue
		}
		if err := b.objects.drop(ctx, o); err != nil {
			return err
		}
		delete(again, o)
	}
	b.orphaned = again
	return nil
}

// orphans lists the objects older than leftAlone that no row names.
func (v *objects) orphans(ctx context.Context, db *pg.DB, now time.Time) (found []string, err error) {
	var batch []string
	look := func() error {
		named := map[string]bool{}
		err := db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			rows, _ := tx.Query(ctx, selectNamed, batch)
			var object string
			_, err := pgx.ForEachRow(rows, []any{&object}, func() error { named[object] = true; return nil })
			return err
		})
		for _, object := range batch {
			if !named[object] {
				found = append(found, object)
			}
		}
		batch = batch[:0]
		return pg.Err("locker: objects of documents", err)
	}
	for all := v.bucket.List(&blob.ListOptions{}); ; {
		o, err := all.Next(ctx)
		if errors.Is(err, io.EOF) {
			err = look()
			return found, err
		}
		if err != nil {
			return nil, errs.Wrap("locker: list objects", err)
		}
		if now.Sub(o.ModTime) < leftAlone {
			continue
		}
		if batch = append(batch, o.Key); len(batch) == listed {
			if err := look(); err != nil {
				return nil, err
			}
		}
	}
}

// missing lists the documents whose object is not there.
func (v *objects) missing(ctx context.Context, db *pg.DB) (found []DocumentID, err error) {
	type row struct {
		ID     DocumentID
		Object string
	}
	last := ""
	for {
		var page []row
		err := db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			rows, _ := tx.Query(ctx, selectObjects, last, listed)
			page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[row])
			return err
		})
		if err != nil {
			return nil, pg.Err("locker: objects of documents", err)
		}
		for _, r := range page {
			there, err := v.bucket.Exists(ctx, r.Object)
			if err != nil {
				return nil, errs.Wrap("locker: object", err)
			}
			if !there {
				found = append(found, r.ID)
			}
			last = r.Object
		}
		if len(page) < listed {
			return found, nil
		}
	}
}

// Examined is how the rows and the objects of a locker go together.
type Examined struct {
	Orphans []string     // objects older than a day that no document names
	Missing []DocumentID // documents whose object is not there
}

// Examine compares the rows and the objects of a locker, running or stopped, and writes nothing.
func Examine(ctx context.Context, cfg Config, dir string, db *pg.DB, now time.Time) (e Examined, err error) {
	if _, err := os.Stat(dir); err != nil && cfg.Bucket == "" {
		return e, errs.Wrap("locker: object store", err)
	}
	v, err := openObjects(ctx, cfg.Bucket, dir)
	if err != nil {
		return e, err
	}
	defer v.bucket.Close()
	if e.Orphans, err = v.orphans(ctx, db, now); err != nil {
		return e, err
	}
	e.Missing, err = v.missing(ctx, db)
	return e, err
}
