package signature

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertSeal = `
INSERT INTO seal (id, caller, key, digest, org, form, key_id, level, sha256, cms, reserve, sealed_at, entry)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	selectSealByKey = `
SELECT id, caller, key, digest, org, form, key_id, level, sha256, cms, reserve, sealed_at, entry
FROM seal WHERE caller = $1 AND key = $2`
	selectKeyAlive  = `SELECT revoked_at IS NULL FROM signing_key WHERE id = $1 FOR SHARE`
	selectSealEntry = `SELECT entry FROM seal WHERE id = $1`
)

// putSeal writes a seal and its audit entry in one transaction and returns the seal with the entry's id.
// A seal with the same key that came first is Conflict "already_exists"; a signing key revoked meanwhile is "key_revoked".
func (s store) putSeal(ctx context.Context, clk clock.Clock, seal Seal) (Seal, error) {
	err := s.db.Tx(ctx, pg.Org(seal.Org), func(ctx context.Context, tx pgx.Tx) (err error) {
		var alive bool
		if err := tx.QueryRow(ctx, selectKeyAlive, seal.KeyID).Scan(&alive); err != nil {
			return err
		}
		if !alive {
			return errs.New(errs.Conflict, "key_revoked")
		}
		seal.Entry, err = audit.Record(ctx, tx, clk, audit.Entry{
			Act: "document.sealed", Object: seal.Object(), Org: seal.Org,
			Detail: map[string]string{"seal": seal.ID.String(), "key": seal.KeyID.String(), "form": string(seal.Form), "level": string(seal.Level)},
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertSeal, seal.ID, seal.Caller, seal.Key, seal.Digest, seal.Org, seal.Form, seal.KeyID, seal.Level,
			seal.SHA256, seal.CMS, seal.Reserve, seal.SealedAt.UTC(), seal.Entry)
		return err
	})
	return seal, pg.Err("signature: put seal", err)
}

// sealByKey finds the seal that a caller's idempotency key gave.
func (s store) sealByKey(ctx context.Context, caller, key string) (seal Seal, err error) {
	err = s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectSealByKey, caller, key).Scan(&seal.ID, &seal.Caller, &seal.Key, &seal.Digest, &seal.Org, &seal.Form,
			&seal.KeyID, &seal.Level, &seal.SHA256, &seal.CMS, &seal.Reserve, &seal.SealedAt, &seal.Entry)
	})
	return seal, pg.Err("signature: seal by key", err)
}

// entry returns the audit entry of a seal.
func (s store) entry(ctx context.Context, id SealID) (entry string, err error) {
	err = s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectSealEntry, id).Scan(&entry)
	})
	return entry, pg.Err("signature: entry", err)
}
