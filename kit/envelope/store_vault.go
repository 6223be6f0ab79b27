package envelope

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// Conn is a transaction, or the pool where no policy guards the rows.
type Conn interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Vault seals and opens what stands in one block's rows.
type Vault struct {
	db      *pg.DB
	block   string
	custody Wrapper
	clock   clock.Clock
	tables  []Table

	unlocking sync.Mutex
	ring      atomic.Pointer[ring] // read without a lock: who reads it may hold a connection for which Unlock waits
	stale     atomic.Bool          // a key was met that the ring does not have
	cache     cache
	former    []Former
	settled   bool // what the release before left is sealed
}

// Former seals what the release before sealed otherwise. It runs after the keys are open and before anything is served, outside
// any transaction, and again after it was interrupted.
type Former func(ctx context.Context, v *Vault, custody Wrapper) error

// Settle adds what is to be done before the first use.
func (v *Vault) Settle(f Former) { v.former = append(v.former, f) }

// New returns the vault of a block, whose transactions carry it from now on (Of). It asks custody at the first use.
func New(db *pg.DB, custody Wrapper, clk clock.Clock, tables ...Table) *Vault {
	v := &Vault{db: db, block: db.Name(), custody: custody, clock: clk, tables: tables}
	db.Entering(v.enter)
	return v
}

type carried struct{}

// enter unlocks the vault before a transaction begins.
func (v *Vault) enter(ctx context.Context) (context.Context, error) {
	if ctx.Value(carried{}) != nil {
		return ctx, nil // by Unlock itself
	}
	if err := v.Unlock(ctx); err != nil {
		return nil, err
	}
	return v.carry(ctx), nil
}

func (v *Vault) carry(ctx context.Context) context.Context {
	return context.WithValue(ctx, carried{}, v)
}

// Of returns the unlocked vault that a transaction's context carries.
func Of(ctx context.Context) (*Vault, error) {
	if v, ok := ctx.Value(carried{}).(*Vault); ok {
		return v, nil
	}
	return nil, errors.New("envelope: the transaction's block has no vault")
}

const reread = time.Minute // the ring, to follow a rotation

// Unlock opens the block's keys, made at the first start. It may call custody: never in a transaction.
func (v *Vault) Unlock(ctx context.Context) error {
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	known := v.ring.Load()
	if v.settled && !v.stale.Load() && v.clock.Now().Sub(known.readAt) < reread {
		return nil
	}
	r, err := v.readRing(ctx, known)
	if err == nil && r.find == nil {
		for _, use := range []use{useSeal, useFind} {
			if err = v.make(ctx, firstRingKey, use); err != nil {
				break
			}
		}
		if err == nil {
			r, err = v.readRing(ctx, nil)
		}
	}
	if err != nil {
		return err
	}
	v.ring.Store(r)
	v.stale.Store(false)
	return v.settle(v.carry(ctx), r)
}

// settle seals what the release before left: nothing is served before.
func (v *Vault) settle(ctx context.Context, r *ring) error {
	if v.settled {
		return nil
	}
	if err := v.sealOld(ctx, r); err != nil {
		return err
	}
	for _, f := range v.former {
		if err := f(ctx, v, v.custody); err != nil {
			return errs.Wrap("envelope: seal what the release before left", err)
		}
	}
	v.settled = true
	return nil
}

// errLocked is returned where Unlock was not called before, or a key is newer than what it saw.
var errLocked = errs.New(errs.Unavailable, "try_again")

func (v *Vault) opened() (*ring, error) {
	if r := v.ring.Load(); r != nil {
		return r, nil
	}
	return nil, errLocked.Cause(errors.New("envelope: " + v.block + " is not unlocked"))
}

// Hasher unlocks the vault and returns the keyed hash of a label, for callers outside a transaction.
func (v *Vault) Hasher(ctx context.Context, label string) (func(value string) []byte, error) {
	if err := v.Unlock(ctx); err != nil {
		return nil, err
	}
	r := v.ring.Load()
	return func(value string) []byte { return r.hash(label, value) }, nil
}

// Find is the keyed hash by which something sealed is looked up; label keeps the hashes of two columns apart.
func (v *Vault) Find(label, value string) ([]byte, error) {
	r, err := v.opened()
	if err != nil {
		return nil, err
	}
	return r.hash(label, value), nil
}

func (r *ring) hash(label, value string) []byte {
	h := hmac.New(sha256.New, r.find)
	fmt.Fprintf(h, "%d:%s%s", len(label), label, value)
	return h.Sum(nil)
}

const (
	ownerLabel = "owner"

	selectOwner  = `SELECT id, wrapped FROM owner_key WHERE owner = $1 AND wrapped IS NOT NULL`
	selectKeys   = `SELECT id, wrapped FROM owner_key WHERE id = ANY($1) AND wrapped IS NOT NULL`
	insertOwner  = `INSERT INTO owner_key (id, owner, under, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT (owner) WHERE wrapped IS NOT NULL DO NOTHING`
	destroyOwner = `UPDATE owner_key SET wrapped = NULL, destroyed_at = clock_timestamp() WHERE owner = $1 AND wrapped IS NOT NULL RETURNING id`
)

func ownerPlace(id uuid.UUID) Place { return Place{"owner_key", "wrapped", id.String()} }

// ownerKey is an opened key.
type ownerKey struct {
	id   uuid.UUID
	aead tink.AEAD
}

// owner returns the newest key of an owner, drawn at the first use.
func (v *Vault) owner(ctx context.Context, c Conn, r *ring, owner string) (k ownerKey, err error) {
	hash := r.hash(ownerLabel, owner)
	for range 2 {
		found, err := v.read(ctx, c, r, selectOwner, hash)
		if err != nil {
			return k, err
		}
		for id, aead := range found {
			return ownerKey{id, aead}, nil
		}
		id, err := uuid.NewV7()
		if err != nil {
			return k, fmt.Errorf("envelope: %w", err)
		}
		key := make([]byte, keySize)
		rand.Read(key) // never fails
		wrapped, err := sealWith(r.seals[r.newest], r.newest, v.block, ownerPlace(id), key)
		if err != nil {
			return k, fmt.Errorf("envelope: %w", err)
		}
		if _, err := c.Exec(ctx, insertOwner, id, hash, r.newest, wrapped); err != nil {
			return k, pg.Err("envelope: owner's key", err)
		}
	}
	return k, errors.New("envelope: the owner's key was destroyed at this moment")
}

// read opens the keys that a query finds, and keeps them for Open. Sealing always asks the rows: a key whose transaction was rolled
// back would seal what nobody could open.
func (v *Vault) read(ctx context.Context, c Conn, r *ring, query string, arg any) (map[uuid.UUID]tink.AEAD, error) {
	rows, err := c.Query(ctx, query, arg)
	if err != nil {
		return nil, pg.Err("envelope: owners' keys", err)
	}
	defer rows.Close()
	found := map[uuid.UUID]tink.AEAD{}
	for rows.Next() {
		var id uuid.UUID
		var wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, pg.Err("envelope: owners' keys", err)
		}
		if found[id], err = v.unwrap(r, id, wrapped); err != nil {
			return nil, err
		}
		v.cache.put(id, found[id], v.clock.Now())
	}
	return found, pg.Err("envelope: owners' keys", rows.Err())
}

func (v *Vault) unwrap(r *ring, id uuid.UUID, wrapped []byte) (tink.AEAD, error) {
	under, err := keyOf(wrapped)
	if err != nil {
		return nil, err
	}
	seal := r.seals[under]
	if seal == nil { // a rotation that this process has not seen
		v.stale.Store(true)
		return nil, errLocked.Cause(fmt.Errorf("envelope: the block's key %s is not open here yet", under))
	}
	key, err := openWith(seal, v.block, ownerPlace(id), wrapped)
	if err != nil {
		return nil, err
	}
	return subtle.NewAESGCM(key)
}

// Seal seals the JSON of x for a place under the owner's key.
func (v *Vault) Seal(ctx context.Context, c Conn, owner string, p Place, x any) ([]byte, error) {
	plain, err := json.Marshal(x)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return v.SealBytes(ctx, c, owner, p, plain)
}

// SealBytes seals bytes for a place under the owner's key, which is made at its first use.
func (v *Vault) SealBytes(ctx context.Context, c Conn, owner string, p Place, plain []byte) ([]byte, error) {
	r, err := v.opened()
	if err != nil {
		return nil, err
	}
	k, err := v.owner(ctx, c, r, owner)
	if err != nil {
		return nil, err
	}
	return sealWith(k.aead, k.id, v.block, p, plain)
}

// Sealed is one value to open: where it stands, what stands there, and where the JSON goes.
type Sealed struct {
	Place Place
	Blob  []byte
	Into  any // pointer; *[]byte takes the bytes themselves

	// Destroyed, if there, becomes true when the owner's key was destroyed, and the others are opened all the same.
	Destroyed *bool
}

// ErrDestroyed says that the owner's key was destroyed, and with it what it sealed.
var ErrDestroyed = errs.New(errs.Gone, "sealed_data_destroyed")

// Open opens many values with one look-up of their keys. A value that is absent (NULL) leaves its target alone.
func (v *Vault) Open(ctx context.Context, c Conn, all ...Sealed) error {
	r, err := v.opened()
	if err != nil {
		return err
	}
	keys := map[uuid.UUID]tink.AEAD{}
	var ask []uuid.UUID
	for _, s := range all {
		if s.Blob == nil {
			continue
		}
		id, err := keyOf(s.Blob)
		if err != nil {
			return err
		}
		if a, ok := v.cache.get(id, v.clock.Now()); ok {
			keys[id] = a
		} else {
			ask = append(ask, id)
		}
	}
	if len(ask) > 0 {
		found, err := v.read(ctx, c, r, selectKeys, ask)
		if err != nil {
			return err
		}
		for id, a := range found {
			keys[id] = a
		}
	}
	for _, s := range all {
		if s.Blob == nil {
			continue
		}
		id, _ := keyOf(s.Blob)
		if keys[id] == nil {
			if s.Destroyed == nil {
				return ErrDestroyed
			}
			*s.Destroyed = true
			continue
		}
		plain, err := openWith(keys[id], v.block, s.Place, s.Blob)
		if err != nil {
			return err
		}
		if b, ok := s.Into.(*[]byte); ok {
			*b = plain
		} else if err := json.Unmarshal(plain, s.Into); err != nil {
			return fmt.Errorf("envelope: %s.%s: %w", s.Place.Table, s.Place.Column, err)
		}
	}
	return nil
}

// Destroy destroys the owner's key: what it seals opens nowhere any more, except where a backup still has the key.
func (v *Vault) Destroy(ctx context.Context, c Conn, owner string) error {
	r, err := v.opened()
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, destroyOwner, r.hash(ownerLabel, owner))
	if err != nil {
		return pg.Err("envelope: destroy", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	for _, id := range ids {
		v.cache.drop(id)
	}
	return pg.Err("envelope: destroy", err)
}
