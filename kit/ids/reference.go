package ids

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O or U, which people misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewReference returns a fresh short reference of ten characters, such as K7M2-9QXD-67: eight random ones (40 bits) and two
// check digits. The caller's unique index settles a collision.
func NewReference() string {
	var b [8]byte
	rand.Read(b[:]) // never fails since Go 1.24
	for i, v := range b {
		b[i] = alphabet[v&31]
	}
	return reference(string(b[:]))
}

// reference adds the check digits.
func reference(s string) string { return group(s + checkDigits(s)) }

// CheckReference returns the canonical form of what a person typed (any case, spaces or hyphens, O for 0, I or L for 1)
// and whether its check digits hold.
func CheckReference(typed string) (string, bool) {
	if len(typed) > 40 {
		return "", false
	}
	s := readable(typed)
	if len(s) != 10 || strings.Trim(s, alphabet) != "" || checkDigits(s[:8]) != s[8:] {
		return "", false
	}
	return group(s), true
}

// codeLength is the number of signs of a code: 80 bits, too many to try.
const codeLength = 16

// NewCode returns a fresh secret code such as K7M2-9QXD-41AB-CDEF: whoever holds it holds the paper on which it is printed.
func NewCode() string {
	var b [codeLength]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return codeOf(b[:])
}

// DeriveCode returns the code that belongs to a fact. It is as secret as the parts are.
func DeriveCode(parts ...string) string {
	sum := sha256.Sum256([]byte("wasl code\x00" + strings.Join(parts, "\x00")))
	return codeOf(sum[:codeLength])
}

func codeOf(b []byte) string {
	var s strings.Builder
	for i, v := range b {
		if i > 0 && i%4 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(alphabet[v&31])
	}
	return s.String()
}

// CheckCode returns the canonical form of a code that a person typed, and whether it has a code's form.
func CheckCode(typed string) (string, bool) {
	if len(typed) > 40 {
		return "", false
	}
	s := readable(typed)
	if len(s) != codeLength || strings.Trim(s, alphabet) != "" {
		return "", false
	}
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:], true
}

// readable undoes what people change in typing: case, blanks and hyphens, letters that look like digits.
func readable(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
}

func group(s string) string { return s[:4] + "-" + s[4:8] + "-" + s[8:] }

// checkDigits computes the remainder of ISO 7064 mod 97-10 with each sign as one digit of base 32. (Letters as 10…35, as an IBAN
// has them, would take two places where a digit takes one, and one 8 read as B in a hundred would pass.) Since 32 and 97 have no
// common factor, one wrong sign or two neighbours exchanged never pass.
func checkDigits(s string) string {
	sum := 0
	for i := range len(s) {
		sum = (sum*32 + strings.IndexByte(alphabet, s[i])) % 97
	}
	return fmt.Sprintf("%02d", 98-sum*100%97)
}
