package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/proof"
)

const (
	selectEntry = `
SELECT a.id, a.at, a.act, a.object, a.org, a.subject_hash, a.detail, a.salt, a.leaf, coalesce(a.pos, 0),
       b.id, coalesce(b.size, 0), b.root, coalesce(b.log_index, 0), coalesce(b.log_size, 0), b.inclusion, b.checkpoint
FROM audit a LEFT JOIN audit_batch b ON b.id = a.batch WHERE a.id = $1`
	selectLeaves = `SELECT leaf FROM audit WHERE batch = $1 ORDER BY pos`
)

// Proof returns the proof file (kit/proof) of an entry. Until the log has the entry's batch the error is proof_pending.
func Proof(ctx context.Context, db *pg.DB, entryID string) ([]byte, error) {
	id, err := parseEntry(entryID)
	if err != nil {
		return nil, err
	}
	f := proof.File{Format: proof.Format, Entry: proof.Entry{Block: db.Name(), ID: entryID}}
	var at time.Time
	var subject []byte
	var batch BatchID
	e, b, l := &f.Entry, &f.Batch, &f.Log
	err = db.Pool().QueryRow(ctx, selectEntry, id).Scan(&id, &at, &e.Act, &e.Object, &e.Org, &subject, &e.Detail, &f.Salt, &f.Leaf,
		&b.Position, &batch, &b.Size, &b.Root, &l.Index, &l.Size, &l.Path, &l.Checkpoint)
	if err != nil {
		return nil, pg.Err("audit: proof", err)
	}
	if l.Checkpoint == nil {
		return nil, errs.New(errs.Conflict, "proof_pending")
	}
	e.At, e.Subject, b.ID = proof.Instant(at), hex.EncodeToString(subject), batch.String()
	rows, _ := db.Pool().Query(ctx, selectLeaves, batch)
	leaves, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, pg.Err("audit: proof", err)
	}
	b.Path = proof.Path(leaves, int(b.Position))
	return json.MarshalIndent(f, "", "  ")
}

func parseEntry(s string) (id EntryID, err error) {
	if err := id.UnmarshalText([]byte(s)); err != nil || id.IsZero() {
		return id, errs.New(errs.NotFound, "not_found")
	}
	return id, nil
}
