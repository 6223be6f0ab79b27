package identity

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	formerBatch   = 500
	formerKeys    = `SELECT id, purpose, kek, wrapped FROM data_key`
	formerPersons = `SELECT id, sealed, key_id FROM person WHERE key_id IS NOT NULL LIMIT $1 FOR UPDATE`
	sealPersonNew = `UPDATE person SET sealed = $2, lookup = $3, key_id = NULL WHERE id = $1`
	formerSigning = `SELECT kid, private, key_id FROM signing_key WHERE key_id IS NOT NULL FOR UPDATE`
	sealSigning   = `UPDATE signing_key SET private = $2, key_id = NULL WHERE kid = $1`
	dropFormer    = `
DELETE FROM data_key WHERE NOT EXISTS (SELECT FROM person WHERE key_id IS NOT NULL) AND NOT EXISTS (SELECT FROM signing_key WHERE key_id IS NOT NULL)`
)

// formerVault are the keys of the release before: one for all records, that custody wrapped.
type formerVault map[string]*subtle.AESGCM

// sealFormer seals what the release before sealed under one key of the block, and computes the hashes anew by which persons are
// found; then it deletes that release's keys.
func (b *Block) sealFormer(ctx context.Context, v *envelope.Vault, custody envelope.Wrapper) error {
	former, err := openFormer(ctx, b.db, custody)
	if err != nil || len(former) == 0 {
		return err
	}
	if err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error { return former.signingKeys(ctx, tx, v) }); err != nil {
		return pg.Err("identity: signing keys of the release before", err)
	}
	for n := formerBatch; n == formerBatch; {
		err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) (err error) {
			n, err = former.persons(ctx, tx, v)
			return err
		})
		if err != nil {
			return pg.Err("identity: persons of the release before", err)
		}
	}
	_, err = b.db.Pool().Exec(ctx, dropFormer)
	return pg.Err("identity: keys of the release before", err)
}

func openFormer(ctx context.Context, db *pg.DB, custody envelope.Wrapper) (formerVault, error) {
	type key struct {
		id, purpose string
		wrapped     envelope.Wrapped
	}
	rows, _ := db.Pool().Query(ctx, formerKeys)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k key, err error) {
		err = row.Scan(&k.id, &k.purpose, &k.wrapped.KeyID, &k.wrapped.Blob)
		return k, err
	})
	if err != nil {
		return nil, pg.Err("identity: keys of the release before", err)
	}
	former := formerVault{}
	for _, k := range all {
		plain, err := custody.Unwrap(ctx, "identity", k.wrapped, []byte("identity/data_key/"+k.purpose+"/"+k.id))
		if err != nil {
			return nil, errs.Wrap("identity: key of the release before", err)
		}
		if former[k.id], err = subtle.NewAESGCM(plain); err != nil {
			return nil, errs.Wrap("identity: key of the release before", err)
		}
	}
	return former, nil
}

func (f formerVault) open(place string, sealed []byte, key string) ([]byte, error) {
	if f[key] == nil {
		return nil, fmt.Errorf("identity: %s is sealed under the unknown key %s", place, key)
	}
	return f[key].Decrypt(sealed, []byte(place))
}

func (f formerVault) persons(ctx context.Context, tx pgx.Tx, v *envelope.Vault) (int, error) {
	type row struct {
		ID     PersonID
		Sealed []byte
		Key    string
	}
	rows, _ := tx.Query(ctx, formerPersons, formerBatch)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		plain, err := f.open("identity/person/"+p.ID.String(), p.Sealed, p.Key)
		if err != nil {
			return 0, err
		}
		var a attributes
		if err := json.Unmarshal(plain, &a); err != nil {
			return 0, err
		}
		sealed, lookup, err := sealPerson(ctx, tx, v, Person{ID: p.ID, attributes: a})
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, sealPersonNew, p.ID, sealed, lookup); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

func (f formerVault) signingKeys(ctx context.Context, tx pgx.Tx, v *envelope.Vault) error {
	type row struct {
		ID     string
		Sealed []byte
		Key    string
	}
	rows, _ := tx.Query(ctx, formerSigning)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return err
	}
	for _, k := range all {
		plain, err := f.open("identity/signing_key/"+k.ID, k.Sealed, k.Key)
		if err != nil {
			return err
		}
		sealed, err := v.SealBytes(ctx, tx, tokenKeys, placeOfKey(k.ID), plain)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sealSigning, k.ID, sealed); err != nil {
			return err
		}
	}
	return nil
}
