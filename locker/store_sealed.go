package locker

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
)

// What the holder's key seals: the title and the key of the content of a document, the words of a share.
type (
	sealedDocument struct {
		Title i18n.Text `json:"title"`
		Key   []byte    `json:"key"`
	}
	sealedShare struct {
		Recipient string `json:"recipient"`
		Purpose   string `json:"purpose"`
	}
)

// sealedTables are the tables whose personal columns stand sealed as they were (kit/envelope).
var sealedTables = []envelope.Table{{Name: "share", Row: "id::text", Owner: "owner", Columns: []string{"recipient", "purpose"}}}

func placeOf(id DocumentID) envelope.Place {
	return envelope.Place{Table: "document", Column: "sealed", Row: id.UUID().String()}
}

func placeOfShare(id ShareID) envelope.Place {
	return envelope.Place{Table: "share", Column: "sealed", Row: id.UUID().String()}
}

// openDocuments opens rows with one look-up of their keys. What a destroyed key sealed is marked as such.
func (s *store) openDocuments(ctx context.Context, tx pgx.Tx, rows []documentRow) ([]Document, error) {
	about, sealed := make([]sealedDocument, len(rows)), make([]envelope.Sealed, len(rows))
	for i := range rows {
		sealed[i] = envelope.Sealed{Place: placeOf(rows[i].ID), Blob: rows[i].blob, Into: &about[i], Destroyed: &rows[i].Destroyed}
	}
	if err := s.vault.Open(ctx, tx, sealed...); err != nil {
		return nil, err
	}
	all := make([]Document, len(rows))
	for i := range rows {
		all[i] = rows[i].Document
		all[i].Title, all[i].ContentKey = about[i].Title, about[i].Key
	}
	return all, nil
}

func (s *store) openShares(ctx context.Context, tx pgx.Tx, rows []shareRow) ([]Share, error) {
	about, sealed := make([]sealedShare, len(rows)), make([]envelope.Sealed, len(rows))
	for i := range rows {
		sealed[i] = envelope.Sealed{Place: placeOfShare(rows[i].ID), Blob: rows[i].blob, Into: &about[i]}
	}
	if err := s.vault.Open(ctx, tx, sealed...); err != nil {
		return nil, err
	}
	all := make([]Share, len(rows))
	for i := range rows {
		all[i] = rows[i].Share
		all[i].Recipient, all[i].Purpose = about[i].Recipient, about[i].Purpose
	}
	return all, nil
}

// openActivity gives the lines of a share its words; blobs are those of the lines' shares.
func (s *store) openActivity(ctx context.Context, tx pgx.Tx, all []Activity, blobs [][]byte) error {
	about, sealed := make([]sealedShare, len(all)), make([]envelope.Sealed, len(all))
	for i, a := range all {
		sealed[i] = envelope.Sealed{Place: placeOfShare(a.Share), Blob: blobs[i], Into: &about[i]}
	}
	if err := s.vault.Open(ctx, tx, sealed...); err != nil {
		return err
	}
	for i := range all {
		if !all[i].Share.IsZero() && all[i].Act != ActRevoked {
			all[i].Actor, all[i].Purpose = about[i].Recipient, about[i].Purpose
		}
	}
	return nil
}

const (
	formerBatch  = 200
	formerAtOnce = 8 // calls to custody
	selectFormer = `SELECT id, owner, title, key_id, wrapped_key FROM document WHERE sealed IS NULL LIMIT $1`
	sealFormer   = `UPDATE document SET sealed = $2, title = '{}', key_id = '', wrapped_key = NULL WHERE id = $1 AND sealed IS NULL`
)

// formerDocument is a document as the release before kept it: its title in clear, the key of its content wrapped by custody.
type formerDocument struct {
	id      DocumentID
	owner   string
	title   []byte
	wrapped envelope.Wrapped
	key     []byte
}

// sealFormer seals the documents of the release before, a batch at a time. Their contents are not touched: only the key changes
// its place.
func (s *store) sealFormer(ctx context.Context, v *envelope.Vault, custody envelope.Wrapper) error {
	for {
		var all []formerDocument
		err := s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			rows, _ := tx.Query(ctx, selectFormer, formerBatch)
			all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d formerDocument, err error) {
				err = row.Scan(&d.id, &d.owner, &d.title, &d.wrapped.KeyID, &d.wrapped.Blob)
				return d, err
			})
			return err
		})
		if err != nil || len(all) == 0 {
			return pg.Err("locker: documents of the release before", err)
		}
		if err := unwrapFormer(ctx, custody, all); err != nil {
			return errs.Wrap("locker: documents of the release before", err)
		}
		err = s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			for _, d := range all {
				about := sealedDocument{Key: d.key}
				if err := json.Unmarshal(d.title, &about.Title); err != nil {
					return err
				}
				blob, err := v.Seal(ctx, tx, d.owner, placeOf(d.id), about)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, sealFormer, d.id, blob); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return pg.Err("locker: documents of the release before", err)
		}
	}
}

func unwrapFormer(ctx context.Context, custody envelope.Wrapper, all []formerDocument) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(formerAtOnce)
	for i := range all {
		work.Go(func() (err error) {
			all[i].key, err = custody.Unwrap(ctx, "locker", all[i].wrapped, []byte(all[i].id.String()))
			return err
		})
	}
	return work.Wait()
}
