package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/exchange/message"
	"wasl/kit/pg"
)

const (
	insertAccess = `
INSERT INTO exchanges (id, request, subject, org, provider, service, fields, purpose, legal_basis, procedure, agreement, dossier,
                       outcome, asked_at, seq, asked, certificates)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'sent', $13, $14, $15, $16)
ON CONFLICT (id) DO UPDATE SET seq = greatest(exchanges.seq, EXCLUDED.seq)`
	endAccess = `
UPDATE exchanges SET outcome = $2, error = $3, status = $4, answered_at = $5, answered = $6, certificates = certificates || $7::bytea[]
WHERE id = $1 AND outcome = 'sent'`
	placeRows = `
UPDATE exchanges e SET seq = p.seq FROM unnest($1::uuid[], $2::bigint[]) AS p (id, seq) WHERE e.id = p.id RETURNING e.id, e.outcome <> 'sent'`
	columns = `id, request, subject, org, provider, service, fields, purpose, legal_basis, procedure, agreement, dossier, outcome, error, status,
       asked_at, coalesce(answered_at, 'epoch'), seq`
	selectAccesses = `SELECT ` + columns + ` FROM exchanges WHERE subject = $1 ORDER BY asked_at DESC, id LIMIT $2 OFFSET $3`
	countAccesses  = `SELECT count(*) FROM exchanges WHERE subject = $1`
	selectAccess   = `SELECT ` + columns + ` FROM exchanges WHERE id = $1`
	selectEvidence = `SELECT asked, answered, certificates, seq FROM exchanges WHERE id = $1 AND subject = $2 AND answered IS NOT NULL`
	lockPosition   = `SELECT next FROM journal_position FOR UPDATE`
	movePosition   = `UPDATE journal_position SET next = $1`
	selectMonths   = `SELECT month, org, sum(asked)::bigint, sum(answered)::bigint FROM tally GROUP BY 1, 2 ORDER BY 1, 2` // kept by a trigger
)

func scanAccess(row pgx.CollectableRow) (Access, error) {
	var a Access
	err := row.Scan(&a.ID, &a.Request, &a.Subject, &a.Org, &a.Provider, &a.Service, &a.Fields, &a.Purpose, &a.LegalBasis, &a.Procedure,
		&a.Agreement, &a.Dossier, &a.Outcome, &a.Error, &a.Status, &a.AskedAt, &a.AnsweredAt, &a.Seq)
	if a.Outcome == Sent {
		a.AnsweredAt = time.Time{}
	}
	return a, err
}

// saveAsked writes the row of an exchange that began, or only its place in the journal when the row is there.
func saveAsked(ctx context.Context, tx pgx.Tx, a Access, asked message.Signed, certificates [][]byte) error {
	wire, err := asked.Encode()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertAccess, a.ID, a.Request, a.Subject, a.Org, a.Provider, a.Service, a.Fields, a.Purpose, a.LegalBasis, a.Procedure,
		a.Agreement, a.Dossier, a.AskedAt.UTC(), a.Seq, wire, certificates)
	return pg.Err("exchange: save exchange", err)
}

// saveAnswered ends the row of an exchange; ended is false when there is none, or it had ended before.
func saveAnswered(ctx context.Context, tx pgx.Tx, id uuid.UUID, r message.Leaf, answered message.Signed, certificates [][]byte) (ended bool, err error) {
	wire, err := answered.Encode()
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, endAccess, id, EndOf(r), r.Error, r.Status, r.Time.UTC(), wire, certificates)
	return tag.RowsAffected() == 1, pg.Err("exchange: end exchange", err)
}

// placeAccesses writes the places of exchanges in the journal and says which of them have ended.
func placeAccesses(ctx context.Context, tx pgx.Tx, ids []uuid.UUID, seqs []int64) (map[uuid.UUID]bool, error) {
	done := map[uuid.UUID]bool{}
	rows, _ := tx.Query(ctx, placeRows, ids, seqs)
	var id uuid.UUID
	var ended bool
	_, err := pgx.ForEachRow(rows, []any{&id, &ended}, func() error { done[id] = ended; return nil })
	return done, pg.Err("exchange: place exchanges", err)
}

func accessesOf(ctx context.Context, tx pgx.Tx, subject string, limit, offset int) (list []Access, total int, err error) {
	if err := tx.QueryRow(ctx, countAccesses, subject).Scan(&total); err != nil {
		return nil, 0, pg.Err("exchange: accesses", err)
	}
	rows, _ := tx.Query(ctx, selectAccesses, subject, limit, offset)
	list, err = pgx.CollectRows(rows, scanAccess)
	return list, total, pg.Err("exchange: accesses", err)
}

func accessByID(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Access, error) {
	rows, _ := tx.Query(ctx, selectAccess, id)
	a, err := pgx.CollectExactlyOneRow(rows, scanAccess)
	return a, pg.Err("exchange: access", err)
}

// evidenceOf returns what was signed about one exchange, to the person whom it is about.
func evidenceOf(ctx context.Context, tx pgx.Tx, id uuid.UUID, subject string) (asked, answered message.Signed, certificates [][]byte, seq int64, err error) {
	var q, r []byte
	if err = tx.QueryRow(ctx, selectEvidence, id, subject).Scan(&q, &r, &certificates, &seq); err != nil {
		return asked, answered, nil, 0, pg.Err("exchange: evidence", err)
	}
	if asked, err = message.DecodeSigned(q); err != nil {
		return asked, answered, nil, 0, err
	}
	answered, err = message.DecodeSigned(r)
	return asked, answered, certificates, seq, err
}
