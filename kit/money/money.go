// Package money holds amounts as whole centimes of the dirham: no floats, ever.
package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Centimes is an amount in hundredths of a dirham (MAD, ISO 4217 number 504).
type Centimes int64

// ParseDirhams reads a decimal amount such as 500 or 12.50: at most two decimals, no sign, no grouping.
func ParseDirhams(s string) (Centimes, error) {
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || len(whole) > 15 || dotted && (frac == "" || len(frac) > 2) {
		return 0, fmt.Errorf("money: %q is not an amount in dirhams", s)
	}
	for len(frac) < 2 {
		frac += "0"
	}
	n, err := strconv.ParseUint(whole+frac, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("money: %q is not an amount in dirhams", s)
	}
	return Centimes(n), nil
}

// Dirhams writes the amount with a dot and two decimals, as protocols want it: 500.00.
func (c Centimes) Dirhams() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}
