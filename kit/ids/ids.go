// Package ids gives typed identifiers (UUIDv7, RFC 9562, printed with a prefix: dos_0198…) and the short references that
// people read, dictate and type, with two check digits.
package ids

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Kind names what an identifier identifies.
type Kind interface{ Prefix() string }

// ID is an identifier of one kind: two kinds never mix. The zero value is "none". Stored as uuid.
type ID[K Kind] struct{ u uuid.UUID }

// New returns a fresh identifier, ordered by time.
func New[K Kind]() ID[K] {
	u, err := uuid.NewV7()
	if err != nil {
		panic(err) // the machine has no randomness: nothing safe can follow
	}
	return ID[K]{u}
}

// wasl is the namespace of derived identifiers.
var wasl = uuid.MustParse("6f1c3b0a-5a7e-5d7f-9a59-0c57a51d0001")

// Derive returns the identifier of a fact: the same parts always give the same one (UUIDv5).
func Derive[K Kind](parts ...string) ID[K] {
	var k K
	return ID[K]{uuid.NewSHA1(wasl, []byte(k.Prefix()+"\x00"+strings.Join(parts, "\x00")))}
}

// Parse reads the printed form; another kind's prefix is refused.
func Parse[K Kind](s string) (ID[K], error) {
	var k K
	hex, ok := strings.CutPrefix(s, k.Prefix()+"_")
	if !ok || len(hex) != 32 {
		return ID[K]{}, fmt.Errorf("ids: not a %s identifier", k.Prefix())
	}
	u, err := uuid.Parse(hex)
	if err != nil {
		return ID[K]{}, fmt.Errorf("ids: not a %s identifier", k.Prefix())
	}
	return ID[K]{u}, nil
}

// IsZero reports whether the identifier is none.
func (i ID[K]) IsZero() bool { return i.u == uuid.Nil }

// UUID returns the bare UUID.
func (i ID[K]) UUID() uuid.UUID { return i.u }

// String prints prefix_ and 32 hexadecimal digits, or "" for none.
func (i ID[K]) String() string {
	if i.IsZero() {
		return ""
	}
	var k K
	return k.Prefix() + "_" + strings.ReplaceAll(i.u.String(), "-", "")
}

// MarshalText writes the printed form.
func (i ID[K]) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the printed form; empty text is none.
func (i *ID[K]) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*i = ID[K]{}
		return nil
	}
	*i, err = Parse[K](string(b))
	return err
}

// Value stores a uuid, or NULL for none.
func (i ID[K]) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.u.String(), nil
}

// Scan reads a uuid column; NULL is none.
func (i *ID[K]) Scan(src any) error {
	if src == nil {
		*i = ID[K]{}
		return nil
	}
	return i.u.Scan(src)
}
