package pg

import (
	"errors"
	"fmt"
	"os"

	"wasl/kit/pg/internal/postmaster"
)

// Remove deletes the private server of a directory with all its data; a running one is refused.
func Remove(dir string) error {
	base, err := home(dir)
	if err != nil {
		return fmt.Errorf("pg: remove: %w", err)
	}
	if postmaster.Running(base) {
		return fmt.Errorf("pg: remove: %w", errors.New("the server is running"))
	}
	if err := os.RemoveAll(base); err != nil {
		return fmt.Errorf("pg: remove: %w", err)
	}
	return nil
}
