package custody

import (
	"regexp"
	"strings"
)

// MaxKey and MinKey bound a data key in bytes.
const (
	MinKey = 16
	MaxKey = 64
)

var purposeForm = regexp.MustCompile(`^[a-z]{2,20}(\.[a-z]{2,20})?$`)

// MayUse decides whether a block may have keys wrapped for a purpose: a purpose carries the name of the block that owns it
// ("locker", "identity.cards").
func MayUse(caller, purpose string) bool {
	return purposeForm.MatchString(purpose) && (purpose == caller || strings.HasPrefix(purpose, caller+"."))
}
