package envelope

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
)

// Table is a table whose personal columns stand sealed, as one JSON object of their names, in its column "sealed". The columns
// themselves are from the release before and hold their defaults.
type Table struct {
	Name    string
	Row     string // SQL: the row's key, printed
	Owner   string // SQL: whose key seals it
	Columns []string
	Where   string // SQL: which rows have something to seal; "" for all
}

const batch = 500

// sealOld seals the rows of the release before, whose sealed column is NULL. A partial index finds them.
func (v *Vault) sealOld(ctx context.Context, r *ring) error {
	for _, t := range v.tables {
		for {
			n, err := v.sealBatch(ctx, r, t)
			if err != nil {
				return errs.Wrap("envelope: seal the rows of "+t.Name, err)
			}
			if n < batch {
				break
			}
		}
	}
	return nil
}

func (v *Vault) sealBatch(ctx context.Context, r *ring, t Table) (n int, err error) {
	type row struct {
		place, id, owner string
		plain            []byte
	}
	object, reset := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		object[i], reset[i] = fmt.Sprintf("'%s', %s", c, c), c+" = DEFAULT"
	}
	read := fmt.Sprintf(`SELECT ctid::text, %s, %s, jsonb_build_object(%s)::text FROM %s WHERE sealed IS NULL AND %s LIMIT %d FOR UPDATE`,
		t.Row, t.Owner, strings.Join(object, ", "), t.Name, cmp.Or(t.Where, "true"), batch)
	write := fmt.Sprintf(`UPDATE %s SET sealed = $2, %s WHERE ctid = $1::tid`, t.Name, strings.Join(reset, ", "))
	err = v.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, read)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(c pgx.CollectableRow) (o row, err error) {
			err = c.Scan(&o.place, &o.id, &o.owner, &o.plain)
			return o, err
		})
		if err != nil {
			return err
		}
		for _, o := range all {
			k, err := v.owner(ctx, tx, r, o.owner)
			if err != nil {
				return err
			}
			sealed, err := sealWith(k.aead, k.id, v.block, Place{t.Name, "sealed", o.id}, o.plain)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, write, o.place, sealed); err != nil {
				return err
			}
		}
		n = len(all)
		return nil
	})
	return n, err
}

const (
	updateRingKey = `UPDATE envelope_key SET kek = $2, wrapped = $3 WHERE id = $1`
	selectRewrap  = `SELECT id, wrapped FROM owner_key WHERE under <> $1 AND wrapped IS NOT NULL LIMIT $2 FOR UPDATE`
	updateOwner   = `UPDATE owner_key SET under = $2, wrapped = $3 WHERE id = $1`
	// A process that has not looked for a minute may still seal under the key before: it goes a day later, at the next rotation.
	deleteRingKeys = `DELETE FROM envelope_key k WHERE use = 'seal' AND NOT first AND created_at < $1 AND id <> $2
		AND NOT EXISTS (SELECT FROM owner_key o WHERE o.under = k.id AND o.wrapped IS NOT NULL)`
	retireFirst = `UPDATE envelope_key SET first = false WHERE use = 'seal' AND first AND id <> $1`
)

// Rotated is what a rotation did.
type Rotated struct {
	Block  string
	KEK    string // the key-encryption key that wraps the block's keys now
	Owners int    // owners' keys that were sealed anew
}

// Rotate draws a new key of the block under custody's newest key-encryption key, seals every owner's key anew under it, and wraps
// the older keys of the block anew. Rows need not be touched, processes go on, and it may be run again after it was interrupted.
func (v *Vault) Rotate(ctx context.Context) (done Rotated, err error) {
	done.Block = v.block
	if err := v.Unlock(ctx); err != nil {
		return done, err
	}
	if err := v.make(ctx, insertRingKey, useSeal); err != nil {
		return done, err
	}
	r, err := v.readRing(ctx, nil)
	if err != nil {
		return done, err
	}
	for {
		n, err := v.rewrapBatch(ctx, r)
		done.Owners += n
		if err != nil {
			return done, errs.Wrap("envelope: rotate", err)
		}
		if n < batch {
			break
		}
	}
	pool := v.db.Pool()
	if _, err := pool.Exec(ctx, retireFirst, r.newest); err != nil {
		return done, pg.Err("envelope: rotate", err)
	}
	if _, err := pool.Exec(ctx, deleteRingKeys, v.clock.Now().AddDate(0, 0, -1), r.newest); err != nil {
		return done, pg.Err("envelope: rotate", err)
	}
	done.KEK, err = v.rewrapRing(ctx)
	v.ring.Store(r)
	return done, err
}

func (v *Vault) rewrapBatch(ctx context.Context, r *ring) (n int, err error) {
	type row struct {
		id      uuid.UUID
		wrapped []byte
	}
	err = v.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectRewrap, r.newest, batch)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, func(c pgx.CollectableRow) (o row, err error) {
			err = c.Scan(&o.id, &o.wrapped)
			return o, err
		})
		if err != nil {
			return err
		}
		for _, o := range all {
			under, err := keyOf(o.wrapped)
			if err != nil {
				return err
			}
			if r.seals[under] == nil {
				return fmt.Errorf("owner's key %s is under the unknown key %s", o.id, under)
			}
			key, err := openWith(r.seals[under], v.block, ownerPlace(o.id), o.wrapped)
			if err != nil {
				return err
			}
			fresh, err := sealWith(r.seals[r.newest], r.newest, v.block, ownerPlace(o.id), key)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, updateOwner, o.id, r.newest, fresh); err != nil {
				return err
			}
		}
		n = len(all)
		return nil
	})
	return n, err
}

// rewrapRing wraps every key of the block under custody's newest key-encryption key and returns its id.
func (v *Vault) rewrapRing(ctx context.Context) (kek string, err error) {
	rows, err := v.ringRows(ctx)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		key, err := v.custody.Unwrap(ctx, v.block, row.wrapped, row.aad(v.block))
		if err != nil {
			return "", fmt.Errorf("envelope: rotate: %w", err)
		}
		w, err := v.custody.Wrap(ctx, v.block, key, row.aad(v.block))
		if err != nil {
			return "", fmt.Errorf("envelope: rotate: %w", err)
		}
		if _, err := v.db.Pool().Exec(ctx, updateRingKey, row.id, w.KeyID, w.Blob); err != nil {
			return "", pg.Err("envelope: rotate", err)
		}
		kek = w.KeyID
	}
	return kek, nil
}
