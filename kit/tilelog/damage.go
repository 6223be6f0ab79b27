package tilelog

import (
	"errors"
	"fmt"
)

// Damage is a file of the log that is not what was signed. Entry is the first leaf that it concerns, -1 when it concerns none.
type Damage struct {
	File  string // "tile/0/000", "tile/entries/000.p/3", "checkpoint", ".state/treeState"
	Entry int64
	Why   string
}

func (d *Damage) Error() string {
	if d.Entry < 0 {
		return fmt.Sprintf("%s: %s", d.File, d.Why)
	}
	return fmt.Sprintf("%s (entry %d): %s", d.File, d.Entry, d.Why)
}

// AsDamage returns the damage that an error tells of, nil when it tells of something else.
func AsDamage(err error) *Damage {
	var d *Damage
	if errors.As(err, &d) {
		return d
	}
	return nil
}
