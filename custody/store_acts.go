package custody

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/proof"
)

const (
	selectBatches = `
SELECT log_index, batch, root FROM log_root WHERE block = $1 AND log_index > $2 ORDER BY log_index LIMIT $3`
	batchesPage = 1000
)

// batches returns a block's batches after a place in the log.
func (s *store) batches(ctx context.Context, block string, after int64) ([]proof.Logged, error) {
	rows, _ := s.db.Pool().Query(ctx, selectBatches, block, after, batchesPage)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[proof.Logged])
	return list, pg.Err("custody: batches", err)
}

// actsKept is how long custody can name the acts of a batch, should the block's database lose them.
const actsKept = 400 * 24 * time.Hour

// actFiles keeps, outside every database, what each block's batches hold: id, time and kind of each act, and nobody's name. One file
// for each block and day, one line for each batch. It is not synced: it matters only when a database is lost as well.
type actFiles struct{ dir string }

type actsLine struct {
	Batch string      `json:"batch_id"`
	Acts  []proof.Act `json:"acts"`
}

func (f actFiles) path(r Root) string { return filepath.Join(f.dir, r.Block, r.day()+".jsonl") }

// add writes down the acts of a batch.
func (f actFiles) add(r Root, acts []proof.Act) error {
	if len(acts) == 0 {
		return nil
	}
	line, err := json.Marshal(actsLine{r.Batch, acts})
	if err != nil {
		return fmt.Errorf("custody: acts: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(f.path(r)), 0o700); err != nil {
		return fmt.Errorf("custody: acts: %w", err)
	}
	file, err := os.OpenFile(f.path(r), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("custody: acts: %w", err)
	}
	_, err = file.Write(append(line, '\n')) // one write: lines of two requests do not mix
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("custody: acts: %w", err)
	}
	return nil
}

// of returns the acts of a batch; none when they are no longer kept.
func (f actFiles) of(r Root) ([]proof.Act, error) {
	file, err := os.Open(f.path(r))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("custody: acts: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte(r.Batch)) {
			continue
		}
		var l actsLine
		if err := json.Unmarshal(lines.Bytes(), &l); err == nil && l.Batch == r.Batch { // a line cut by a full disk is none
			return l.Acts, nil
		}
	}
	return nil, lines.Err()
}

// sweep deletes the files of days that are over for longer than they are kept.
func (f actFiles) sweep(now time.Time) error {
	files, err := filepath.Glob(filepath.Join(f.dir, "*", "*.jsonl"))
	if err != nil {
		return err
	}
	oldest := now.Add(-actsKept).UTC().Format(time.DateOnly) + ".jsonl"
	for _, path := range files {
		if filepath.Base(path) < oldest {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("custody: acts: %w", err)
			}
		}
	}
	return nil
}

// take brings a root into the log and writes down its acts when it comes for the first time.
func (e *evidenceLog) take(ctx context.Context, r Root, acts []proof.Act) (proof.Inclusion, error) {
	if err := r.Check(); err != nil {
		return proof.Inclusion{}, err
	}
	_, err := e.store.root(ctx, r.Batch)
	if errs.KindOf(err) == errs.NotFound {
		err = e.acts.add(r, acts)
	}
	if err != nil {
		return proof.Inclusion{}, err
	}
	return e.append(ctx, r)
}
