package ids

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O or U, which people misread.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewReference returns a fresh short reference of ten characters, such as K7M2-9QXD-41: eight random ones (40 bits) and two
// check digits (ISO 7064 mod 97-10). The caller's unique index settles a collision.
func NewReference() string {
	var b [8]byte
	rand.Read(b[:]) // never fails since Go 1.24
	for i, v := range b {
		b[i] = alphabet[v&31]
	}
	return group(string(b[:]) + checkDigits(string(b[:])))
}

// CheckReference returns the canonical form of what a person typed (any case, spaces or hyphens, O for 0, I or L for 1)
// and whether its check digits hold.
func CheckReference(typed string) (string, bool) {
	if len(typed) > 40 {
		return "", false
	}
	s := strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(s) != 10 || strings.Trim(s, alphabet) != "" || checkDigits(s[:8]) != s[8:] {
		return "", false
	}
	return group(s), true
}

func group(s string) string { return s[:4] + "-" + s[4:8] + "-" + s[8:] }

// checkDigits computes ISO 7064 mod 97-10 with letters as 10…35 (as in an IBAN).
func checkDigits(s string) string {
	sum := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			sum = (sum*10 + int(c-'0')) % 97
		} else {
			sum = (sum*100 + int(c-'A') + 10) % 97
		}
	}
	return fmt.Sprintf("%02d", 98-sum*100%97)
}
