package bank

import "strings"

// The test cards of the processor's published plugin. Any other number that
// passes the Luhn check is a card whose bank declines.
const (
	cardVisa       = "4000000000000010"
	cardMastercard = "5453010000066100"
	cardSecure     = "5191630100004896"
	secureCode     = "123"
)

// digitsOnly drops the blanks people type between groups of digits.
func digitsOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s)
}

// luhn reports whether a card number is well formed.
func luhn(number string) bool {
	if len(number) < 12 || len(number) > 19 {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func brand(number string) string {
	if strings.HasPrefix(number, "4") {
		return "VISA"
	}
	return "MASTERCARD"
}
