package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/proof"
)

type entryKind struct{}

func (entryKind) Prefix() string { return "aud" }

// EntryID identifies an entry: aud_….
type EntryID = ids.ID[entryKind]

type batchKind struct{}

func (batchKind) Prefix() string { return "bat" }

// BatchID identifies a batch of entries: bat_….
type BatchID = ids.ID[batchKind]

// Entry is one act. Subject is the person it concerns; only its salted hash is kept. Detail holds codes, references and amounts,
// never a person's words.
type Entry struct {
	Act     string // "dossier.deposited"
	Object  string // what was acted upon: "dos_0198…"
	Org     string // organisation that acted, by its code
	Subject string
	Detail  map[string]string
}

// A block whose database is older than the log records nothing until an operator has accepted it.
const insertEntry = `
INSERT INTO audit (id, at, act, object, org, subject_hash, detail, salt, leaf)
SELECT $1::uuid, $2::timestamptz, $3::text, $4::text, $5::text, decode(NULLIF($6::text, ''), 'hex'), $7::jsonb, $8::bytea, $9::bytea
WHERE NOT EXISTS (SELECT FROM audit_rollback WHERE accepted_at IS NULL)`

// errRolledBack refuses an act of a block whose database was restored to a state older than the evidence log.
var errRolledBack = errs.New(errs.Unavailable, "records_rolled_back")

// Record writes an entry in the caller's transaction and returns its id. The block is the schema of the transaction.
func Record(ctx context.Context, tx pgx.Tx, clk clock.Clock, e Entry) (string, error) {
	if e.Act == "" || e.Object == "" {
		return "", errs.New(errs.Internal, "internal").With("why", "audit entry without act or object")
	}
	block := tx.Conn().Config().RuntimeParams["search_path"]
	id, salt := ids.New[entryKind](), make([]byte, proof.SaltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", errs.Wrap("audit: record", err)
	}
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	at := clk.Now()
	said := proof.Entry{
		Block: block, ID: id.String(), At: proof.Instant(at), Act: e.Act, Object: e.Object, Org: e.Org,
		Subject: proof.HashSubject(salt, e.Subject), Detail: e.Detail,
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return "", errs.Wrap("audit: record", err)
	}
	tag, err := tx.Exec(ctx, insertEntry, id, at.UTC(), e.Act, e.Object, e.Org, said.Subject, detail, salt, proof.Commit(salt, said))
	if err != nil {
		return "", pg.Err("audit: record", err)
	}
	if tag.RowsAffected() == 0 {
		return "", errRolledBack
	}
	return id.String(), nil
}
