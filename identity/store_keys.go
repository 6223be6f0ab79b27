package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// signingKeys are the ES256 keys of the ID tokens. A new key is published before it signs, so that relying parties which
// cache the key set know it; an old one stays published until its last token has expired.
type signingKeys struct {
	db    *pg.DB
	clock clock.Clock
	vault *envelope.Vault

	mu     sync.Mutex
	keys   []signingKey // newest first
	readAt time.Time
}

type signingKey struct {
	private *ecdsa.PrivateKey
	id      string
	active  time.Time
}

const (
	keyPeriod    = 90 * 24 * time.Hour
	publishAhead = 24 * time.Hour
	keepRetired  = 48 * time.Hour
	reread       = time.Minute
	patience     = 5 * time.Second // with a database that does not answer, and until it is asked again
)

const (
	signingKeyRows   = `SELECT kid, private, active_at FROM signing_key WHERE retired_at IS NULL OR retired_at > $1 ORDER BY active_at DESC`
	insertSigningKey = `INSERT INTO signing_key (kid, private, active_at) VALUES ($1, $2, $3)`
	retireKeys       = `UPDATE signing_key SET retired_at = $1 WHERE active_at < (SELECT max(active_at) FROM signing_key WHERE active_at <= $2) AND retired_at IS NULL`
	newestKey        = `SELECT coalesce(max(active_at), 'epoch') FROM signing_key`
	lockKeys         = `LOCK TABLE signing_key IN EXCLUSIVE MODE`
)

// all returns the published keys, the first key of an installation made at its first use.
func (k *signingKeys) all(ctx context.Context) ([]signingKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Now()
	if len(k.keys) > 0 && now.Sub(k.readAt) < reread {
		return k.keys, nil
	}
	keys, err := k.fetch(ctx, now)
	if err == nil {
		k.keys, k.readAt = keys, now
		return keys, nil
	}
	if len(k.keys) > 0 {
		// Relying parties must go on verifying what we signed while the database is away: the last known keys stay true.
		k.readAt = now.Add(patience - reread)
		return k.keys, nil
	}
	return nil, err
}

// fetch reads the keys, the first one of an installation made.
func (k *signingKeys) fetch(ctx context.Context, now time.Time) ([]signingKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := k.vault.Unlock(ctx); err != nil {
		return nil, err
	}
	keys, err := k.read(ctx, now)
	if err == nil && len(keys) == 0 {
		if err = k.add(ctx, now, now); err == nil {
			keys, err = k.read(ctx, now)
		}
	}
	return keys, err
}

// tokenKeys is the owner of the key that seals these keys.
const tokenKeys = "token keys"

func placeOfKey(id string) envelope.Place {
	return envelope.Place{Table: "signing_key", Column: "private", Row: id}
}

func (k *signingKeys) read(ctx context.Context, now time.Time) ([]signingKey, error) {
	rows, _ := k.db.Pool().Query(ctx, signingKeyRows, now)
	var sealed []envelope.Sealed
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s signingKey, err error) {
		e := envelope.Sealed{Into: new([]byte)}
		err = row.Scan(&s.id, &e.Blob, &s.active)
		e.Place = placeOfKey(s.id)
		sealed = append(sealed, e)
		return s, err
	})
	if err != nil {
		return nil, pg.Err("identity: signing keys", err)
	}
	if err := k.vault.Open(ctx, k.db.Pool(), sealed...); err != nil {
		return nil, errs.Wrap("identity: signing keys", err)
	}
	for i := range keys {
		if keys[i].private, err = x509.ParseECPrivateKey(*sealed[i].Into.(*[]byte)); err != nil {
			return nil, errs.Wrap("identity: signing keys", err)
		}
	}
	return keys, nil
}

// add makes a key that signs from active on, unless another process has just done so.
func (k *signingKeys) add(ctx context.Context, now, active time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	thumb, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return err
	}
	id := base64.RawURLEncoding.EncodeToString(thumb)
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return err
	}
	err = k.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockKeys); err != nil {
			return err
		}
		var newest time.Time
		if err := tx.QueryRow(ctx, newestKey).Scan(&newest); err != nil || now.Sub(newest) < keyPeriod-publishAhead {
			return err
		}
		sealed, err := k.vault.SealBytes(ctx, tx, tokenKeys, placeOfKey(id), der)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertSigningKey, id, sealed, active)
		return err
	})
	return pg.Err("identity: add signing key", err)
}

// rotate publishes the next key a day before it signs and sets the end of the old ones; a job calls it every hour.
func (k *signingKeys) rotate(ctx context.Context) error {
	now := k.clock.Now()
	keys, err := k.all(ctx)
	if err != nil {
		return err
	}
	if now.Sub(keys[0].active) >= keyPeriod-publishAhead {
		if err := k.add(ctx, now, now.Add(publishAhead)); err != nil {
			return err
		}
	}
	_, err = k.db.Pool().Exec(ctx, retireKeys, now.Add(keepRetired), now)
	return pg.Err("identity: retire signing keys", err)
}

// current is the newest key that may sign now.
func (k *signingKeys) current(ctx context.Context) (signingKey, error) {
	keys, err := k.all(ctx)
	if err != nil {
		return signingKey{}, err
	}
	for _, key := range keys {
		if !key.active.After(k.clock.Now()) {
			return key, nil
		}
	}
	return signingKey{}, fmt.Errorf("identity: no signing key is active")
}

// public is the key set as relying parties fetch it.
func (k *signingKeys) public(ctx context.Context) (jose.JSONWebKeySet, error) {
	keys, err := k.all(ctx)
	var set jose.JSONWebKeySet
	for _, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.private.Public(), KeyID: key.id, Algorithm: string(jose.ES256), Use: "sig"})
	}
	return set, err
}
