package custody

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertRoot  = `INSERT INTO log_root (batch, block, root, at) VALUES ($1, $2, $3, now()) ON CONFLICT (batch) DO NOTHING`
	selectRoot  = `SELECT block, batch, root, log_index FROM log_root WHERE batch = $1`
	selectQueue = `SELECT block, batch, root, log_index FROM log_root WHERE log_index IS NULL ORDER BY n LIMIT $1`
	// A writer whose epoch has passed changes no row.
	updateRoots = `
UPDATE log_root SET log_index = p.i
FROM unnest($1::text[], $2::bigint[]) AS p (batch, i)
WHERE log_root.batch = p.batch AND log_index IS NULL AND (SELECT epoch FROM log_writer) = $3`
	insertFound = `
INSERT INTO log_root (batch, block, root, at, log_index)
SELECT p.batch, p.block, p.root, now(), p.i FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[]) AS p (batch, block, root, i)
ON CONFLICT (batch) DO UPDATE SET log_index = excluded.log_index WHERE log_root.log_index IS NULL`
	selectLogged = `SELECT coalesce(max(log_index) + 1, 0) FROM log_root`
)

// errRoot is the answer to a batch that comes again with another root.
var errRoot = errs.New(errs.Conflict, "batch_has_another_root")

func scanRoot(row pgx.CollectableRow) (r storedRoot, err error) {
	err = row.Scan(&r.Block, &r.Batch, &r.Hash, &r.Index)
	return r, err
}

// saveRoot keeps a root to be logged, once, and returns its row.
func (s *store) saveRoot(ctx context.Context, r Root) (storedRoot, error) {
	if _, err := s.db.Pool().Exec(ctx, insertRoot, r.Batch, r.Block, r.Hash); err != nil {
		return storedRoot{}, pg.Err("custody: save root", err)
	}
	stored, err := s.root(ctx, r.Batch)
	if err != nil {
		return storedRoot{}, err
	}
	if !stored.Same(r) {
		return storedRoot{}, errRoot
	}
	return stored, nil
}

func (s *store) root(ctx context.Context, batch string) (storedRoot, error) {
	rows, _ := s.db.Pool().Query(ctx, selectRoot, batch)
	r, err := pgx.CollectExactlyOneRow(rows, scanRoot)
	return r, pg.Err("custody: root", err)
}

// waiting returns the next roots to be logged.
func (s *store) waiting(ctx context.Context, limit int) ([]storedRoot, error) {
	rows, _ := s.db.Pool().Query(ctx, selectQueue, limit)
	roots, err := pgx.CollectRows(rows, scanRoot)
	return roots, pg.Err("custody: waiting roots", err)
}

// place records where the log put the roots.
func (s *store) place(ctx context.Context, epoch int64, batches []string, indexes []int64) error {
	tag, err := s.db.Pool().Exec(ctx, updateRoots, batches, indexes, epoch)
	if err == nil && tag.RowsAffected() != int64(len(batches)) {
		return errLease
	}
	return pg.Err("custody: place roots", err)
}

// found records roots that were read back from the log: their rows may wait, or be missing from a restored database.
func (s *store) found(ctx context.Context, roots []Root, first int64) error {
	var batches, blocks []string
	var hashes [][]byte
	var indexes []int64
	for i, r := range roots {
		batches, blocks, hashes, indexes = append(batches, r.Batch), append(blocks, r.Block), append(hashes, r.Hash), append(indexes, first+int64(i))
	}
	_, err := s.db.Pool().Exec(ctx, insertFound, batches, blocks, hashes, indexes)
	return pg.Err("custody: found roots", err)
}

// logged returns the size that the log must at least have.
func (s *store) logged(ctx context.Context) (size int64, err error) {
	err = s.db.Pool().QueryRow(ctx, selectLogged).Scan(&size)
	return size, pg.Err("custody: logged roots", err)
}

type store struct{ db *pg.DB }
