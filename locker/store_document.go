package locker

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/pg"
)

const documentColumns = `id, owner, kind, type, title, issuer, reference, seal, content_type, size, sha256, source, key, object, key_id, wrapped_key, at, code_hash, printed`

const (
	insertDocument = `
INSERT INTO document (` + documentColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (source, key) DO NOTHING`
	selectDocument  = `SELECT ` + documentColumns + ` FROM document WHERE id = $1`
	selectByKey     = `SELECT ` + documentColumns + ` FROM document WHERE source = $1 AND key = $2`
	selectDocuments = `SELECT ` + documentColumns + ` FROM document WHERE owner = $1 ORDER BY at DESC, id LIMIT $2 OFFSET $3`
	countDocuments  = `SELECT count(*) FROM document WHERE owner = $1`
	// Only what an administration issued can be looked up by others, and only by its whole reference or content.
	selectByReference = `SELECT ` + documentColumns + ` FROM document WHERE reference = $1 AND kind = 'issued' ORDER BY at LIMIT 20`
	selectByCode      = `SELECT ` + documentColumns + ` FROM document WHERE code_hash = $1 AND kind = 'issued'`
	selectBySHA256    = `SELECT ` + documentColumns + ` FROM document WHERE sha256 = $1 AND kind = 'issued' ORDER BY at LIMIT 1`
)

// store is the locker's rows.
type store struct {
	db    *pg.DB
	clock clock.Clock
}

func scanDocument(row pgx.CollectableRow) (d Document, err error) {
	err = row.Scan(&d.ID, &d.Owner, &d.Kind, &d.Type, &d.Title, &d.Issuer, &d.Reference, &d.Seal, &d.ContentType, &d.Size, &d.SHA256,
		&d.Source, &d.Key, &d.Object, &d.KeyID, &d.WrappedKey, &d.At, &d.CodeHash, &d.Printed)
	return d, err
}

// save keeps a document and reports false when its key is there already.
func (s *store) save(ctx context.Context, d Document) (fresh bool, err error) {
	err = s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, insertDocument, d.ID, d.Owner, d.Kind, d.Type, d.Title, d.Issuer, d.Reference, d.Seal, d.ContentType, d.Size,
			d.SHA256, d.Source, d.Key, d.Object, d.KeyID, d.WrappedKey, d.At, d.CodeHash, d.Printed)
		if fresh = tag.RowsAffected() == 1; err != nil || !fresh {
			return err
		}
		a := Activity{Document: d.ID, Owner: d.Owner, Act: ActStored, By: ByBlock, Actor: d.Source}
		if d.Issuer != "" {
			a.By, a.Actor = ByOrg, d.Issuer
		}
		return s.record(ctx, tx, a, "document.stored")
	})
	return fresh, pg.Err("locker: save document", err)
}

// one reads the only document of a query on behalf of a principal.
func (s *store) one(ctx context.Context, p pg.Principal, query string, args ...any) (d Document, err error) {
	err = s.db.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, query, args...)
		d, err = pgx.CollectExactlyOneRow(rows, scanDocument)
		return err
	})
	return d, pg.Err("locker: document", err)
}

// many reads the documents of a query on behalf of a principal.
func (s *store) many(ctx context.Context, p pg.Principal, query string, args ...any) (all []Document, err error) {
	err = s.db.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, query, args...)
		all, err = pgx.CollectRows(rows, scanDocument)
		return err
	})
	return all, pg.Err("locker: documents", err)
}

// count returns how many documents a person has.
func (s *store) count(ctx context.Context, owner string) (n int, err error) {
	err = s.db.Tx(ctx, pg.Person(owner), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, countDocuments, owner).Scan(&n)
	})
	return n, pg.Err("locker: count", err)
}

const (
	insertActivity = `
INSERT INTO activity (document, owner, at, act, by, actor, purpose, object, share) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	selectActivity = `
SELECT document, owner, at, act, by, actor, purpose, object, share FROM activity WHERE document = $1 ORDER BY n DESC LIMIT 200`
)

// record writes a line of the activity log and its audit entry in one transaction with the act.
func (s *store) record(ctx context.Context, tx pgx.Tx, a Activity, act string) error {
	if _, err := tx.Exec(ctx, insertActivity, a.Document, a.Owner, s.clock.Now(), a.Act, a.By, a.Actor, a.Purpose, a.Object, a.Share); err != nil {
		return err
	}
	detail := map[string]string{"by": a.By}
	if a.By == ByOrg || a.By == ByBlock {
		detail["actor"], detail["purpose"] = a.Actor, a.Purpose
	}
	if !a.Share.IsZero() {
		detail["share"] = a.Share.String()
	}
	e := audit.Entry{Act: act, Object: a.Document.String(), Subject: a.Owner, Detail: detail}
	if a.By == ByOrg {
		e.Org = a.Actor
	}
	_, err := audit.Record(ctx, tx, s.clock, e)
	return err
}

// opened records that somebody opens a document: before its first byte leaves.
func (s *store) opened(ctx context.Context, a Activity) error {
	return pg.Err("locker: record opening", s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return s.record(ctx, tx, a, "document.opened")
	}))
}

// activity returns what happened to a person's document, newest first.
func (s *store) activity(ctx context.Context, owner string, id DocumentID) (all []Activity, err error) {
	err = s.db.Tx(ctx, pg.Person(owner), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, selectActivity, id)
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Activity, err error) {
			err = row.Scan(&a.Document, &a.Owner, &a.At, &a.Act, &a.By, &a.Actor, &a.Purpose, &a.Object, &a.Share)
			return a, err
		})
		return err
	})
	return all, pg.Err("locker: activity", err)
}
