package locker

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/pg"
)

const documentColumns = `id, owner, kind, type, issuer, reference, seal, content_type, size, sha256, source, key, object, at, code_hash, printed, sealed`

const (
	insertDocument = `
INSERT INTO document (` + documentColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (source, key) DO NOTHING`
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
	vault *envelope.Vault
}

func newStore(db *pg.DB, clk clock.Clock, custody envelope.Wrapper) *store {
	s := &store{db, clk, envelope.New(db, custody, clk, sealedTables...)}
	s.vault.Settle(s.sealFormer)
	return s
}

// documentRow is a document as it stands: its title and key sealed.
type documentRow struct {
	Document
	blob []byte
}

func scanDocument(row pgx.CollectableRow) (d documentRow, err error) {
	err = row.Scan(&d.ID, &d.Owner, &d.Kind, &d.Type, &d.Issuer, &d.Reference, &d.Seal, &d.ContentType, &d.Size, &d.SHA256,
		&d.Source, &d.Key, &d.Object, &d.At, &d.CodeHash, &d.Printed, &d.blob)
	return d, err
}

// save keeps a document and reports false when its key is there already.
func (s *store) save(ctx context.Context, d Document) (fresh bool, err error) {
	err = s.db.Tx(ctx, pg.Person(d.Owner), func(ctx context.Context, tx pgx.Tx) error {
		blob, err := s.vault.Seal(ctx, tx, d.Owner, placeOf(d.ID), sealedDocument{d.Title, d.ContentKey})
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, insertDocument, d.ID, d.Owner, d.Kind, d.Type, d.Issuer, d.Reference, d.Seal, d.ContentType, d.Size,
			d.SHA256, d.Source, d.Key, d.Object, d.At, d.CodeHash, d.Printed, blob)
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

// one reads the only document of a query on behalf of a principal. One whose holder's key was destroyed is envelope.ErrDestroyed.
func (s *store) one(ctx context.Context, p pg.Principal, query string, args ...any) (d Document, err error) {
	err = s.db.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		d, err = s.oneIn(ctx, tx, query, args...)
		return err
	})
	return d, pg.Err("locker: document", err)
}

func (s *store) oneIn(ctx context.Context, tx pgx.Tx, query string, args ...any) (d Document, err error) {
	rows, _ := tx.Query(ctx, query, args...)
	row, err := pgx.CollectExactlyOneRow(rows, scanDocument)
	if err != nil {
		return d, err
	}
	all, err := s.openDocuments(ctx, tx, []documentRow{row})
	if err == nil && all[0].Destroyed {
		err = envelope.ErrDestroyed
	}
	if err != nil {
		return d, err
	}
	return all[0], nil
}

// many reads the documents of a query on behalf of a principal.
func (s *store) many(ctx context.Context, p pg.Principal, query string, args ...any) (all []Document, err error) {
	err = s.db.Tx(ctx, p, func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, query, args...)
		found, err := pgx.CollectRows(rows, scanDocument)
		if err == nil {
			all, err = s.openDocuments(ctx, tx, found)
		}
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
SELECT a.document, a.owner, a.at, a.act, a.by, a.actor, a.purpose, a.object, a.share, s.sealed
FROM activity a LEFT JOIN share s ON s.id = a.share WHERE a.document = $1 ORDER BY a.n DESC LIMIT 200`
)

// record writes a line of the activity log and its audit entry in one transaction with the act.
func (s *store) record(ctx context.Context, tx pgx.Tx, a Activity, act string) error {
	if !a.Share.IsZero() { // whom and what it is for stands with the share, sealed
		a.Actor, a.Purpose = "", ""
	}
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
	return pg.Err("locker: record opening", s.db.Tx(ctx, pg.Person(a.Owner), func(ctx context.Context, tx pgx.Tx) error {
		return s.record(ctx, tx, a, "document.opened")
	}))
}

// activity returns what happened to a person's document, newest first.
func (s *store) activity(ctx context.Context, owner string, id DocumentID) (all []Activity, err error) {
	err = s.db.Tx(ctx, pg.Person(owner), func(ctx context.Context, tx pgx.Tx) error {
		var blobs [][]byte
		rows, _ := tx.Query(ctx, selectActivity, id)
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Activity, err error) {
			var blob []byte
			err = row.Scan(&a.Document, &a.Owner, &a.At, &a.Act, &a.By, &a.Actor, &a.Purpose, &a.Object, &a.Share, &blob)
			blobs = append(blobs, blob)
			return a, err
		})
		if err != nil {
			return err
		}
		return s.openActivity(ctx, tx, all, blobs)
	})
	return all, pg.Err("locker: activity", err)
}
