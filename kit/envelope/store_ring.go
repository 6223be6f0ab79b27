package envelope

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"wasl/kit/pg"
)

// Wrapped is a block's key under a key-encryption key. KeyID says which, for ever; Blob is opaque.
type Wrapped struct {
	KeyID string `json:"key_id"`
	Blob  []byte `json:"blob"`
}

// Wrapper is custody, which keeps the keys that wrap ours: custodyapi.Client.
type Wrapper interface {
	// Wrap encrypts a key for a purpose; aad is bound to it.
	Wrap(ctx context.Context, purpose string, key, aad []byte) (Wrapped, error)
	// Unwrap decrypts it; with another aad it fails.
	Unwrap(ctx context.Context, purpose string, w Wrapped, aad []byte) ([]byte, error)
}

const keySize = 32

// use says what a block's key is for.
type use string

const (
	useSeal use = "seal"
	useFind use = "find"
)

const (
	selectRing    = `SELECT id, use, kek, wrapped, created_at FROM envelope_key ORDER BY created_at, id`
	insertRingKey = `INSERT INTO envelope_key (id, use, kek, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)`
	// Of two processes that start together one makes the first keys, and both read them.
	firstRingKey = `INSERT INTO envelope_key (id, use, first, kek, wrapped, created_at) VALUES ($1, $2, true, $3, $4, $5)
		ON CONFLICT (use) WHERE first DO NOTHING`
)

// ring holds a block's opened keys.
type ring struct {
	seals  map[uuid.UUID]tink.AEAD
	newest uuid.UUID
	find   []byte
	readAt time.Time
}

type ringRow struct {
	id      uuid.UUID
	use     use
	wrapped Wrapped
	at      time.Time
}

func (r ringRow) aad(block string) []byte {
	return fmt.Appendf(nil, "wasl envelope key\x00%s\x00%s\x00%s", block, r.use, r.id)
}

// readRing opens the block's keys; those that known has need no call.
func (v *Vault) readRing(ctx context.Context, known *ring) (*ring, error) {
	rows, err := v.ringRows(ctx)
	if err != nil {
		return nil, err
	}
	r := &ring{seals: map[uuid.UUID]tink.AEAD{}, readAt: v.clock.Now()}
	if known != nil {
		r.find = known.find
	}
	for _, row := range rows {
		if row.use == useSeal {
			r.newest = row.id
		}
		if known != nil && row.use == useFind {
			continue
		}
		if known != nil && known.seals[row.id] != nil {
			r.seals[row.id] = known.seals[row.id]
			continue
		}
		key, err := v.custody.Unwrap(ctx, v.block, row.wrapped, row.aad(v.block))
		if err != nil {
			return nil, fmt.Errorf("envelope: %s: open the block's key: %w", v.block, err)
		}
		if row.use == useFind {
			r.find = key
			continue
		}
		if r.seals[row.id], err = subtle.NewAESGCM(key); err != nil {
			return nil, fmt.Errorf("envelope: %w", err)
		}
	}
	return r, nil
}

func (v *Vault) ringRows(ctx context.Context) (all []ringRow, err error) {
	rows, err := v.db.Pool().Query(ctx, selectRing)
	if err != nil {
		return nil, pg.Err("envelope: keys", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r ringRow
		if err := rows.Scan(&r.id, &r.use, &r.wrapped.KeyID, &r.wrapped.Blob, &r.at); err != nil {
			return nil, pg.Err("envelope: keys", err)
		}
		all = append(all, r)
	}
	return all, pg.Err("envelope: keys", rows.Err())
}

// make draws a key of the block, has it wrapped and writes it down by the query.
func (v *Vault) make(ctx context.Context, query string, use use) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	row := ringRow{id: id, use: use, at: v.clock.Now()}
	if row.wrapped, err = v.custody.Wrap(ctx, v.block, key, row.aad(v.block)); err != nil {
		return fmt.Errorf("envelope: %s: wrap the block's key: %w", v.block, err)
	}
	_, err = v.db.Pool().Exec(ctx, query, row.id, row.use, row.wrapped.KeyID, row.wrapped.Blob, row.at)
	return pg.Err("envelope: key", err)
}
