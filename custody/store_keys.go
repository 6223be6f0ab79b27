package custody

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"wasl/custody/custodyapi"
	"wasl/kit/errs"
	"wasl/kit/keyfile"
)

// Keys wraps data keys under key-encryption keys that never leave it. Files keep them here; an HSM or a key server can stand
// behind the same two methods.
type Keys interface {
	// Wrap encrypts a data key under the purpose's newest key, bound to aad.
	Wrap(ctx context.Context, p Purpose, key, aad []byte) (custodyapi.Wrapped, error)
	// Unwrap decrypts it under the key that wrapped it, however old.
	Unwrap(ctx context.Context, p Purpose, w custodyapi.Wrapped, aad []byte) ([]byte, error)
}

// kekSize is AES-256.
const kekSize = 32

// kek is the kind of a key-encryption key's file: 32 random bytes.
var kek = keyfile.Kind{
	Make: func() ([]byte, error) {
		key := make([]byte, kekSize)
		_, err := rand.Read(key)
		return key, err
	},
	Valid: func(b []byte) error {
		if len(b) != kekSize {
			return fmt.Errorf("%d bytes, not %d", len(b), kekSize)
		}
		return nil
	},
}

// FileKeys keeps each key-encryption key in a file of mode 0600: keys/<purpose>/<version>. All are read at the start and none is
// ever made because one is missing (kit/keyfile).
type FileKeys struct {
	dir    string
	record keyfile.Record

	mu     sync.Mutex
	open   map[string]cipher.AEAD // key id → cipher
	newest map[Purpose]int
}

// OpenKeys opens the keys in dir. At the first start of an installation it makes one for each purpose; a key on record that is
// missing, cut, exchanged or another installation's is a *keyfile.Refused.
func OpenKeys(ctx context.Context, record keyfile.Record, dir string) (*FileKeys, error) {
	k := &FileKeys{dir: dir, record: record, open: map[string]cipher.AEAD{}, newest: map[Purpose]int{}}
	for _, p := range Purposes {
		if err := k.load(ctx, p, 1); err != nil {
			return nil, err
		}
	}
	return k, k.follow(ctx)
}

// keyID names a key for ever: kek:<purpose>:<version>.
func keyID(p Purpose, version int) string { return fmt.Sprintf("kek:%s:%d", p, version) }

const recordPrefix = "custody/keys/"

// load opens a key's file, made when the record has never heard of it.
func (k *FileKeys) load(ctx context.Context, p Purpose, version int) error {
	file := strconv.Itoa(version)
	key, err := keyfile.Open(ctx, k.record, recordPrefix+string(p)+"/"+file, filepath.Join(k.dir, string(p), file), kek)
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	k.open[keyID(p, version)], k.newest[p] = aead, max(k.newest[p], version)
	return nil
}

// follow loads every key on record that is not open yet: another process may have rotated.
func (k *FileKeys) follow(ctx context.Context) error {
	all, err := k.record.KeyChecks(ctx)
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	for name := range all {
		rest, ours := strings.CutPrefix(name, recordPrefix)
		purpose, file, _ := strings.Cut(rest, "/")
		version, err := strconv.Atoi(file)
		if !ours || err != nil || !Purpose(purpose).Known() || k.open[keyID(Purpose(purpose), version)] != nil {
			continue
		}
		if err := k.load(ctx, Purpose(purpose), version); err != nil {
			return err
		}
	}
	return nil
}

// Wrap encrypts a data key under the purpose's newest key, bound to aad.
func (k *FileKeys) Wrap(ctx context.Context, p Purpose, key, aad []byte) (custodyapi.Wrapped, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.follow(ctx); err != nil {
		return custodyapi.Wrapped{}, err
	}
	id := keyID(p, k.newest[p])
	aead := k.open[id]
	if aead == nil {
		return custodyapi.Wrapped{}, fmt.Errorf("custody: wrap: %w: %s", errKeyID, id)
	}
	return custodyapi.Wrapped{KeyID: id, Blob: aead.Seal(nil, nil, key, bound(id, aad))}, nil
}

var (
	// errUnwrap is the one answer to a wrapped key that does not open: it says not why.
	errUnwrap = errs.New(errs.Invalid, "key_unwrap_refused")
	errKeyID  = errors.New("the key id is not of this purpose")
)

// Unwrap decrypts a data key under the key that wrapped it, however old.
func (k *FileKeys) Unwrap(ctx context.Context, p Purpose, w custodyapi.Wrapped, aad []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !strings.HasPrefix(w.KeyID, "kek:"+string(p)+":") {
		return nil, errUnwrap.Cause(errKeyID)
	}
	if k.open[w.KeyID] == nil {
		if err := k.follow(ctx); err != nil {
			return nil, err
		}
	}
	aead := k.open[w.KeyID]
	if aead == nil {
		return nil, errUnwrap.Cause(errKeyID)
	}
	key, err := aead.Open(nil, nil, w.Blob, bound(w.KeyID, aad))
	if err != nil {
		return nil, errUnwrap.Cause(err)
	}
	return key, nil
}

// Rotate makes the purpose's next key and returns its id; what older ones wrapped still opens.
func (k *FileKeys) Rotate(ctx context.Context, p Purpose) (id string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !p.Known() {
		return "", fmt.Errorf("custody: rotate: there is no purpose %q", p)
	}
	if err := k.follow(ctx); err != nil {
		return "", err
	}
	next := k.newest[p] + 1
	return keyID(p, next), k.load(ctx, p, next)
}

// bound is the associated data: the key's id, so that a blob cannot be passed off as another version's, and the caller's own.
func bound(id string, aad []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(id)))
	return append(append(b, id...), aad...)
}
