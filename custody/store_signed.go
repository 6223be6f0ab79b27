package custody

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const (
	selectSigned = `SELECT size, root, unwitnessed_since, contradicted_by, policy FROM log_signed`
	// Only a writer whose epoch holds signs, never a smaller log, and never another root for the same size.
	upsertSigned = `
INSERT INTO log_signed (size, root, at)
SELECT $1::bigint, $2::bytea, now() WHERE (SELECT epoch FROM log_writer) = $3
ON CONFLICT (one) DO UPDATE SET size = excluded.size, root = excluded.root, at = excluded.at
WHERE log_signed.size < excluded.size OR (log_signed.size = excluded.size AND log_signed.root = excluded.root)`
	updateWatch = `UPDATE log_signed SET unwitnessed_since = $1, contradicted_by = $2, policy = $3`
	selectRows  = `SELECT block, batch, root, log_index FROM log_root WHERE batch = ANY($1)`
)

// signed is what the log signed last, as it was written down. Size 0 without a root: nothing was.
type signed struct {
	Size    uint64
	Root    []byte
	Silent  *time.Time // since when too few witnesses have co-signed
	Against []string   // witnesses that have seen another history
	Policy  string     // by which they are asked
}

// errSigned says that a signature would contradict one that was written down.
var errSigned = errors.New("custody: another writer holds the log, or a root of this size or of a larger log was signed already")

func (s *store) signed(ctx context.Context) (last signed, err error) {
	err = s.db.Pool().QueryRow(ctx, selectSigned).Scan(&last.Size, &last.Root, &last.Silent, &last.Against, &last.Policy)
	if last.Size == 0 {
		last.Root = nil
	}
	return last, pg.Err("custody: signed", err)
}

// sign writes down what is about to be signed.
func (s *store) sign(ctx context.Context, epoch int64, size uint64, root []byte) error {
	tag, err := s.db.Pool().Exec(ctx, upsertSigned, int64(size), root, epoch)
	if err == nil && tag.RowsAffected() != 1 {
		return errSigned
	}
	return pg.Err("custody: sign", err)
}

// watch is what is known of the witnesses from what was written down.
func (s signed) watch() watch { return watch{silent: s.Silent, against: s.Against} }

// watched writes down what is known of the witnesses.
func (s *store) watched(ctx context.Context, w watch, policy string) error {
	_, err := s.db.Pool().Exec(ctx, updateWatch, w.silent, append([]string{}, w.against...), policy)
	return pg.Err("custody: watched", err)
}

// rows returns the roots of the batches that have one, by batch.
func (s *store) rows(ctx context.Context, batches []string) (map[string]storedRoot, error) {
	rows, _ := s.db.Pool().Query(ctx, selectRows, batches)
	list, err := pgx.CollectRows(rows, scanRoot)
	known := map[string]storedRoot{}
	for _, r := range list {
		known[r.Batch] = r
	}
	return known, pg.Err("custody: rows", err)
}

// judge compares leaves of the log with their rows.
func (s *store) judge(ctx context.Context, first uint64, leaves [][]byte) (judged, error) {
	var batches []string
	for _, leaf := range leaves {
		if r, ok := ParseLeaf(leaf); ok {
			batches = append(batches, r.Batch)
		}
	}
	known, err := s.rows(ctx, batches)
	if err != nil {
		return judged{}, err
	}
	return judge(first, leaves, func(batch string) (storedRoot, bool) {
		r, ok := known[batch]
		return r, ok
	})
}
