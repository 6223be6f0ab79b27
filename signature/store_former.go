package signature

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	selectFormer = `
SELECT id, use, coalesce(org, ''), private, wrapped, wrapped_by FROM signing_key WHERE private IS NOT NULL ORDER BY id LIMIT 100`
	sealFormer = `
UPDATE signing_key SET sealed = $2, private = NULL, wrapped = NULL, wrapped_by = NULL WHERE id = $1 AND private IS NOT NULL`
)

// formerKey is a private key as the release before kept it: under a data key of its own that custody wrapped.
type formerKey struct {
	row     keyRow
	private []byte
	wrapped envelope.Wrapped
}

// sealFormerKeys seals the private keys of the release before, a hundred at a time.
func sealFormerKeys(db *pg.DB) envelope.Former {
	return func(ctx context.Context, v *envelope.Vault, custody envelope.Wrapper) error {
		for {
			rows, _ := db.Pool().Query(ctx, selectFormer)
			all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k formerKey, err error) {
				err = row.Scan(&k.row.id, &k.row.use, &k.row.org, &k.private, &k.wrapped.Blob, &k.wrapped.KeyID)
				return k, err
			})
			if err != nil || len(all) == 0 {
				return pg.Err("signature: keys of the release before", err)
			}
			plain := make([][]byte, len(all))
			for i, k := range all {
				if plain[i], err = k.open(ctx, custody); err != nil {
					return err
				}
			}
			err = db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
				for i, k := range all {
					sealed, err := v.SealBytes(ctx, tx, k.row.owner(), k.row.place(), plain[i])
					if err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, sealFormer, k.row.id, sealed); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return pg.Err("signature: keys of the release before", err)
			}
		}
	}
}

// open returns the key in PKCS #8.
func (k formerKey) open(ctx context.Context, custody envelope.Wrapper) ([]byte, error) {
	aad := []byte(k.row.id.String())
	key, err := custody.Unwrap(ctx, "signature", k.wrapped, aad)
	if err != nil {
		return nil, errs.Wrap("signature: key of the release before", err)
	}
	box, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, errs.Wrap("signature: key of the release before", err)
	}
	plain, err := box.Decrypt(k.private, aad)
	return plain, errs.Wrap("signature: key of the release before", err)
}
