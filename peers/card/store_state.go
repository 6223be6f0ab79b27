package card

import (
	"fmt"
	"os"

	"wasl/identity/cardproto"
	"wasl/kit/disk"
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
	return disk.Replace(path, b, 0o600)
}
