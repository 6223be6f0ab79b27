package est3dgate

import (
	"cmp"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"html"
	"slices"
	"strings"
)

// Hash computes the ver3 hash of a message: its values in the order of their
// names, escaped, joined by "|", then the store key; SHA-512 in base64. The
// fields "hash" and "encoding" are not covered. Normalise is the treatment of
// each value that the message's kind asks for.
func Hash(fields map[string]string, storeKey string, normalise func(string) string) string {
	sum := sha512.Sum512([]byte(covered(fields, storeKey, normalise)))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func covered(fields map[string]string, storeKey string, normalise func(string) string) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		if lower := strings.ToLower(name); lower != "hash" && lower != "encoding" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareNames)

	var plain strings.Builder
	for _, name := range names {
		plain.WriteString(escape(normalise(fields[name])))
		plain.WriteByte('|')
	}
	plain.WriteString(escape(storeKey))
	return plain.String()
}

// RequestValue is the treatment of a value on the way to the bank's page.
func RequestValue(v string) string { return strings.TrimSpace(v) }

// CallbackValue is the treatment of a value in a callback: one final newline
// is dropped and HTML entities are decoded.
func CallbackValue(v string) string {
	v = strings.TrimSuffix(v, "\n")
	return html.UnescapeString(strings.TrimSuffix(v, "\r"))
}

func trimmedCallbackValue(v string) string { return strings.TrimSpace(CallbackValue(v)) }

// verify compares in constant time. Integrations differ on whether callback
// values are trimmed too; both readings need the key, so both are accepted.
func verify(fields map[string]string, given, storeKey string) bool {
	ok := subtle.ConstantTimeCompare([]byte(given), []byte(Hash(fields, storeKey, CallbackValue)))
	ok |= subtle.ConstantTimeCompare([]byte(given), []byte(Hash(fields, storeKey, trimmedCallbackValue)))
	return ok == 1 && storeKey != ""
}

func escape(v string) string {
	return strings.ReplaceAll(strings.ReplaceAll(v, `\`, `\\`), `|`, `\|`)
}

// compareNames orders names without case and runs of digits as numbers, as
// the gateway does (BillToStreet2 comes before BillToStreet12).
func compareNames(a, b string) int {
	x, y := strings.ToLower(a), strings.ToLower(b)
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			var p, q string
			p, x = digits(x)
			q, y = digits(y)
			if c := compareNumbers(p, q); c != 0 {
				return c
			}
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

// compareNumbers needs no conversion, so no run of digits is too long.
func compareNumbers(p, q string) int {
	p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
	return cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q))
}

func digits(s string) (run, rest string) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
