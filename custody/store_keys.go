package custody

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"wasl/custody/custodyapi"
	"wasl/kit/disk"
	"wasl/kit/errs"
)

// Keys wraps data keys under key-encryption keys that never leave it. Files keep them here; an HSM or a key server can stand
// behind the same two methods.
type Keys interface {
	// Wrap encrypts a data key under the purpose's newest key, bound to aad.
	Wrap(purpose string, key, aad []byte) (custodyapi.Wrapped, error)
	// Unwrap decrypts it under the key that wrapped it, however old.
	Unwrap(purpose string, w custodyapi.Wrapped, aad []byte) ([]byte, error)
}

// kekSize is AES-256.
const kekSize = 32

// fileKeys keeps each key-encryption key in a file of mode 0600: keys/<purpose>/<version>.
type fileKeys struct {
	dir  string
	mu   sync.Mutex
	open map[string]cipher.AEAD // key id → cipher
}

// newFileKeys returns the keys kept in dir, which is made if it is missing.
func newFileKeys(dir string) (*fileKeys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("custody: keys: %w", err)
	}
	return &fileKeys{dir: dir, open: map[string]cipher.AEAD{}}, nil
}

// keyID names a key for ever: kek:<purpose>:<version>.
func keyID(purpose string, version int) string { return fmt.Sprintf("kek:%s:%d", purpose, version) }

func (k *fileKeys) Wrap(purpose string, key, aad []byte) (custodyapi.Wrapped, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	version, err := k.newest(purpose)
	if err == nil && version == 0 {
		version, err = 1, k.create(purpose, 1)
	}
	if err != nil {
		return custodyapi.Wrapped{}, fmt.Errorf("custody: wrap: %w", err)
	}
	id := keyID(purpose, version)
	aead, err := k.aead(purpose, id)
	if err != nil {
		return custodyapi.Wrapped{}, fmt.Errorf("custody: wrap: %w", err)
	}
	return custodyapi.Wrapped{KeyID: id, Blob: aead.Seal(nil, nil, key, bound(id, aad))}, nil
}

// errUnwrap is the one answer to a wrapped key that does not open: it says not why.
var errUnwrap = errs.New(errs.Invalid, "key_unwrap_refused")

func (k *fileKeys) Unwrap(purpose string, w custodyapi.Wrapped, aad []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	aead, err := k.aead(purpose, w.KeyID)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errKeyID) {
		return nil, errUnwrap.Cause(err)
	}
	if err != nil {
		return nil, fmt.Errorf("custody: unwrap: %w", err)
	}
	key, err := aead.Open(nil, nil, w.Blob, bound(w.KeyID, aad))
	if err != nil {
		return nil, errUnwrap.Cause(err)
	}
	return key, nil
}

// Rotate makes the purpose's next key; what older ones wrapped still opens.
func (k *fileKeys) Rotate(purpose string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	version, err := k.newest(purpose)
	if err != nil {
		return fmt.Errorf("custody: rotate: %w", err)
	}
	return k.create(purpose, version+1)
}

// newest returns the version of the purpose's newest key, 0 if there is none.
func (k *fileKeys) newest(purpose string) (version int, err error) {
	files, err := os.ReadDir(filepath.Join(k.dir, purpose))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	for _, f := range files {
		n, _ := strconv.Atoi(f.Name())
		version = max(version, n)
	}
	return version, err
}

func (k *fileKeys) create(purpose string, version int) error {
	key := make([]byte, kekSize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(k.dir, purpose), 0o700); err != nil {
		return err
	}
	if err := disk.SyncDir(k.dir); err != nil { // nothing may be encrypted under a key that could vanish
		return err
	}
	return disk.WriteNew(filepath.Join(k.dir, purpose, strconv.Itoa(version)), key)
}

var errKeyID = errors.New("the key id is not of this purpose")

// aead returns the cipher of a key: the nonce is random and stands in front of the ciphertext.
func (k *fileKeys) aead(purpose, id string) (cipher.AEAD, error) {
	if a, ok := k.open[id]; ok && strings.HasPrefix(id, "kek:"+purpose+":") {
		return a, nil
	}
	version, err := strconv.Atoi(strings.TrimPrefix(id, "kek:"+purpose+":"))
	if err != nil || id != keyID(purpose, version) {
		return nil, errKeyID
	}
	key, err := os.ReadFile(filepath.Join(k.dir, purpose, strconv.Itoa(version)))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	k.open[id] = a
	return a, nil
}

// bound is the associated data: the key's id, so that a blob cannot be passed off as another version's, and the caller's own.
func bound(id string, aad []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(id)))
	return append(append(b, id...), aad...)
}
