package i18n

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"wasl/kit/civil"
	"wasl/kit/money"
)

//go:embed locales/*.json
var localesFS embed.FS

// formats holds the month names and the patterns of dates and amounts. The
// files are embedded, so a failure to load them is a fault of the build.
var formats = sync.OnceValue(func() *Bundle {
	b, err := Load(localesFS)
	if err != nil {
		panic(err)
	}
	return b
})

// Date writes a day in words: 21 يناير 2027, 1er janvier 2027.
func Date(lang Lang, d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	pattern := "date"
	if d.Day() == 1 {
		pattern = "date.first"
	}
	return formats().T(lang, pattern, "d", d.Day(), "month", verbatim(Month(lang, d.Month())), "y", verbatim(strconv.Itoa(d.Year())))
}

// Month is the name of a month; in Arabic, the one used in Morocco.
func Month(lang Lang, m time.Month) string {
	return formats().T(lang, "month."+strconv.Itoa(int(m)))
}

// DateTime writes an instant as the clock in Casablanca shows it, to the minute.
func DateTime(lang Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(civil.Casablanca)
	return formats().T(lang, "datetime", "date", verbatim(Date(lang, civil.In(t, civil.Casablanca))), "time", verbatim(local.Format("15:04")))
}

// Days writes a number of days: 3 أيام, 14 يوماً.
func Days(lang Lang, n int) string { return formats().T(lang, "days", "n", n) }

// Amount writes dirhams with their centimes: 1.234,50 د.م. and 1.234,50 MAD.
func Amount(lang Lang, a money.Centimes) string {
	sign := ""
	if a < 0 {
		sign, a = "\u2212", -a
	}
	decimal := ","
	if lang == English {
		decimal = "."
	}
	number := sign + Number(lang, int(a/100)) + decimal + fmt.Sprintf("%02d", int(a%100))
	return formats().T(lang, "amount", "amount", verbatim(number))
}

// Number writes a whole number with the thousands separator of the language in
// Morocco (CLDR ar-MA, fr-MA, zgh).
func Number(lang Lang, n int) string {
	digits := strconv.Itoa(max(n, -n))
	separator := map[Lang]string{Arabic: ".", French: ".", Tamazight: "\u00a0", English: ","}[lang]
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	out := strings.Join(append([]string{digits}, groups...), separator)
	if n < 0 {
		return "\u2212" + out
	}
	return out
}

// verbatim is a text of ours that needs no isolation.
type verbatim string

// format writes an argument in the language.
func format(lang Lang, v any) string {
	switch v := v.(type) {
	case verbatim:
		return string(v)
	case string:
		return Isolate(lang, v)
	case Text:
		s, _ := v.In(lang)
		return Isolate(lang, s)
	case civil.Date:
		return Date(lang, v)
	case time.Time:
		return DateTime(lang, v)
	case money.Centimes:
		return Amount(lang, v)
	}
	if n, ok := whole(v); ok {
		return Number(lang, n)
	}
	return Isolate(lang, fmt.Sprint(v))
}

func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int32:
		return int(v), true
	case int64:
		return int(v), true
	case uint64:
		return int(v), true
	}
	return 0, false
}

// Isolate wraps a value that runs against the direction of the language in
// Unicode isolates (UAX #9: FSI … PDI), so that a Latin reference in an Arabic
// sentence, or an Arabic name in a French one, leaves the order of the words
// around it alone. It works in titles, attributes and e-mails, where an
// element cannot.
func Isolate(lang Lang, value string) string {
	if !strings.ContainsFunc(value, func(r rune) bool { return against(lang, r) }) {
		return value
	}
	return "\u2068" + value + "\u2069"
}

func against(lang Lang, r rune) bool {
	if lang == Arabic {
		return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || unicode.Is(unicode.Tifinagh, r)
	}
	return unicode.Is(unicode.Arabic, r)
}
