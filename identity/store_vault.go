package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"wasl/custody/custodyapi"
	"wasl/kit/clock"
	"wasl/kit/pg"
)

// keyWrapper is custody, which keeps the keys that wrap ours.
type keyWrapper interface {
	Wrap(ctx context.Context, purpose string, key, aad []byte) (custodyapi.Wrapped, error)
	Unwrap(ctx context.Context, purpose string, w custodyapi.Wrapped, aad []byte) ([]byte, error)
}

// vault encrypts columns under a data key that only custody can unwrap, and finds national numbers by a keyed hash. It asks
// custody once per process, at the first use, never inside a transaction.
type vault struct {
	db      *pg.DB
	clock   clock.Clock
	custody keyWrapper

	mu   sync.Mutex
	open *openVault
}

// openVault holds the unwrapped keys.
type openVault struct {
	sealID string
	seals  map[string]cipher.AEAD
	lookup []byte
}

const custodyPurpose = "identity"

const (
	dataKeys      = `SELECT id, purpose, kek, wrapped FROM data_key`
	insertDataKey = `INSERT INTO data_key (id, purpose, kek, wrapped, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
)

// unlock returns the keys, made and wrapped if this installation has none yet.
func (v *vault) unlock(ctx context.Context) (*openVault, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open != nil {
		return v.open, nil
	}
	for _, purpose := range []string{"seal", "lookup"} {
		if err := v.ensure(ctx, purpose); err != nil {
			return nil, err
		}
	}
	open, err := v.load(ctx)
	if err != nil {
		return nil, err
	}
	v.open = open
	return open, nil
}

func aadOf(id, purpose string) []byte { return []byte("identity/data_key/" + purpose + "/" + id) }

// ensure makes the key of a purpose unless it is there; of two processes the first wins and both read its key.
func (v *vault) ensure(ctx context.Context, purpose string) error {
	var there bool
	err := v.db.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT FROM data_key WHERE purpose = $1)`, purpose).Scan(&there)
	if err != nil || there {
		return pg.Err("identity: data key", err)
	}
	key, id := make([]byte, 32), "idk-"+rand.Text()
	if _, err := rand.Read(key); err != nil {
		return err
	}
	w, err := v.custody.Wrap(ctx, custodyPurpose, key, aadOf(id, purpose))
	if err != nil {
		return fmt.Errorf("identity: wrap data key: %w", err)
	}
	_, err = v.db.Pool().Exec(ctx, insertDataKey, id, purpose, w.KeyID, w.Blob, v.clock.Now())
	return pg.Err("identity: data key", err)
}

func (v *vault) load(ctx context.Context) (*openVault, error) {
	rows, err := v.db.Pool().Query(ctx, dataKeys)
	if err != nil {
		return nil, pg.Err("identity: data keys", err)
	}
	defer rows.Close()
	type row struct {
		id, purpose string
		w           custodyapi.Wrapped
	}
	var all []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.purpose, &r.w.KeyID, &r.w.Blob); err != nil {
			return nil, pg.Err("identity: data keys", err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, pg.Err("identity: data keys", err)
	}
	open := &openVault{seals: map[string]cipher.AEAD{}}
	for _, r := range all {
		key, err := v.custody.Unwrap(ctx, custodyPurpose, r.w, aadOf(r.id, r.purpose))
		if err != nil {
			return nil, fmt.Errorf("identity: unwrap data key: %w", err)
		}
		if r.purpose == "lookup" {
			open.lookup = key
			continue
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		open.sealID, open.seals[r.id] = r.id, aead
	}
	return open, nil
}

// seal encrypts b for one place, such as a row and column, and returns the key's id with it.
func (o *openVault) seal(place string, b []byte) (sealed []byte, keyID string, err error) {
	aead := o.seals[o.sealID]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(b)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, "", err
	}
	return aead.Seal(nonce, nonce, b, []byte(place)), o.sealID, nil
}

// unseal decrypts what seal made for the same place.
func (o *openVault) unseal(place string, sealed []byte, keyID string) ([]byte, error) {
	aead, ok := o.seals[keyID]
	if !ok || len(sealed) < aead.NonceSize() {
		return nil, errors.New("identity: sealed value without its key")
	}
	n := aead.NonceSize()
	return aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
}

// find is the keyed hash by which a national number is looked up.
func (o *openVault) find(nationalNumber string) []byte {
	h := hmac.New(sha256.New, o.lookup)
	h.Write([]byte(nationalNumber))
	return h.Sum(nil)
}
