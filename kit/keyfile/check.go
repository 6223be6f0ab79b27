package keyfile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// Fault says in which way a key file is not what it must be.
type Fault string

// The faults of a key file.
const (
	Missing    Fault = "missing"
	Unreadable Fault = "unreadable"
	Exposed    Fault = "exposed"   // other users of the machine may read or replace it
	Malformed  Fault = "malformed" // not the form of such a key: cut, empty, another kind of file
	Foreign    Fault = "foreign"   // not the key on record: cut, damaged, exchanged, or another installation's
)

// Refused says which key file stops the block, why, and what to do. It holds nothing of the key.
type Refused struct {
	File  string // path
	Fault Fault
	Cause error
}

func (r *Refused) Error() string {
	s := "the key file " + r.File + " "
	switch r.Fault {
	case Missing:
		s += "is missing, but this installation has used it: bring it back from the backup of the data directory; no other is made in its place, because nothing that it protects could be opened with another"
	case Exposed:
		s += "may be read or changed by other users of this machine: chmod 600 it, and think about who could have copied it"
	case Malformed:
		s += "is not a key of its kind (cut, empty or another file): bring it back from the backup of the data directory"
	case Foreign:
		s += "is not the key that this installation has on record (cut, damaged, exchanged with another, or another installation's): bring the right one back from the backup of the data directory"
	default:
		s += "cannot be read: give it back to the user who runs wasl, mode 600"
	}
	if r.Cause != nil {
		s += ": " + r.Cause.Error()
	}
	return s
}

func (r *Refused) Unwrap() error { return r.Cause }

// Value is the check value of a key: 8 bytes of an HMAC under the key's hash, hexadecimal. It tells keys apart and tells nothing
// about them. The name is bound, so that two keys that were exchanged are noticed even where both are on record.
func Value(name string, key []byte) string {
	sum := sha256.Sum256(key) // HMAC fills a short key up with zeros: under the key itself one more or less would not be seen
	h := hmac.New(sha256.New, sum[:])
	fmt.Fprintf(h, "wasl key check value\x00%s", name)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// exposed reports whether anybody but the owner has a right to the file.
func exposed(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
