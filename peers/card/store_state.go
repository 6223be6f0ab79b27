package card

import (
	"fmt"
	"os"
	"path/filepath"

	"wasl/identity/cardproto"
)

func readState(path string) (cardproto.State, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return cardproto.State{}, fmt.Errorf("card: state: %w", err)
	}
	return cardproto.ParseState(b)
}

// writeState replaces the file whole and waits for the disk: a counter of wrong PINs that a crash gives back is no counter.
func writeState(path string, s cardproto.State) error {
	b, err := s.Bytes()
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".card-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(b); err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
