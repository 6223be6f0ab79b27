package custody

import "slices"

// MaxKey and MinKey bound a data key in bytes.
const (
	MinKey = 16
	MaxKey = 64
)

// Purpose is what a key-encryption key is for: the block whose data keys it wraps, or the evidence log.
type Purpose string

// logPurpose wraps the evidence log's own signing key: no block may ask for it.
const logPurpose Purpose = "custody.log"

// Purposes are all there are. The installation makes a key for each; a release that adds one makes that one at its first start.
var Purposes = []Purpose{"portal", "casework", "payment", "exchange", "locker", "identity", "support", "signature", logPurpose}

// Known reports whether there is such a purpose.
func (p Purpose) Known() bool { return slices.Contains(Purposes, p) }

// MayUse decides whether a block may have keys wrapped for a purpose: it carries the name of the block that owns it.
func MayUse(caller string, p Purpose) bool { return p.Known() && string(p) == caller }
