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

	flog "github.com/transparency-dev/formats/log"
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

// openKey reads the key of a folder. When there is none it makes it, after the file of the last checkpoint: a witness that has a key
// but no such file has forgotten what it signed, and the log could tell it anew.
func openKey(dir, name string) (k keyPair, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return k, err
	}
	path := filepath.Join(dir, "key.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := begin(filepath.Join(dir, lastFile)); err != nil {
			return k, err
		}
		if err := makeKey(path, name); err != nil {
			return k, err
		}
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

// begin makes the empty file of the last checkpoint; one that a cut start left behind will do.
func begin(path string) error {
	if err := disk.WriteNew(path, nil); !errors.Is(err, fs.ErrExist) {
		return err
	}
	if st, err := os.Stat(path); err != nil || st.Size() > 0 {
		return errors.Join(err, fmt.Errorf("%s was co-signed with a key that is missing", path))
	}
	return nil
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

// lastFile holds the checkpoint that the witness co-signed last; it is empty until there is one.
const lastFile = "checkpoint"

// lastSeen is that file. log and own are whose signatures it must bear.
type lastSeen struct {
	path     string
	log, own note.Verifier
}

// Init refuses to begin without the file: see openKey.
func (s *lastSeen) Init(ctx context.Context) error {
	_, err := s.Latest(ctx, s.log.Name())
	return err
}

// Latest returns the checkpoint, nil when none was co-signed.
func (s *lastSeen) Latest(_ context.Context, origin string) ([]byte, error) {
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is missing: the witness does not know what it co-signed", s.path)
	case err != nil:
		return nil, err
	case len(b) == 0:
		return nil, nil
	}
	if _, _, n, err := flog.ParseCheckpoint(b, origin, s.log, s.own); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	} else if len(n.Sigs) != 2 {
		return nil, fmt.Errorf("%s is not a checkpoint that this witness has co-signed", s.path)
	}
	return b, nil
}

// Update replaces the checkpoint by what f makes of it; it is on disk before the co-signature leaves the house. The lock is for a
// second process of the same witness.
func (s *lastSeen) Update(ctx context.Context, origin string, f func([]byte) ([]byte, error)) error {
	unlock, err := disk.Lock(s.path + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	last, err := s.Latest(ctx, origin)
	if err != nil {
		return err
	}
	next, err := f(bytes.Clone(last))
	if err != nil {
		return err
	}
	return disk.Replace(s.path, next, 0o600)
}
