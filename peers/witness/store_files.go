package witness

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/disk"
	"wasl/kit/strictjson"
)

// keyPair is the witness's key on disk, in note format; Verifier is that of its co-signatures.
type keyPair struct {
	Secret   string `json:"secret"`
	Verifier string `json:"verifier"`
}

// openKey reads the key of a folder, and makes it when there is none.
func openKey(dir, name string) (k keyPair, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return k, err
	}
	path := filepath.Join(dir, "key.json")
	if err := makeKey(path, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return k, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return k, err
	}
	if err := strictjson.Unmarshal(b, &k); err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func makeKey(path, name string) error {
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	k := keyPair{Secret: secret}
	if k.Verifier, err = fnote.VKeyToCosignatureV1(public); err != nil {
		return err
	}
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return disk.WriteNew(path, b)
}

// lastSeen is the checkpoint that the witness co-signed last, in a file: what it forgets, the log could tell anew.
type lastSeen struct {
	mu   sync.Mutex
	path string
}

// Init has nothing to prepare.
func (*lastSeen) Init(context.Context) error { return nil }

// Latest returns the checkpoint, nil when none was co-signed.
func (s *lastSeen) Latest(_ context.Context, origin string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(origin)
}

func (s *lastSeen) read(origin string) ([]byte, error) {
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !bytes.HasPrefix(b, []byte(origin+"\n")):
		return nil, fmt.Errorf("%s is not of the log %s", s.path, origin)
	}
	return b, nil
}

// Update replaces the checkpoint by what f makes of it; it is on disk before the co-signature leaves the house.
func (s *lastSeen) Update(_ context.Context, origin string, f func([]byte) ([]byte, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, err := s.read(origin)
	if err != nil {
		return err
	}
	next, err := f(last)
	if err != nil {
		return err
	}
	return disk.Replace(s.path, next, 0o600)
}
