package i18n

import (
	"strconv"
	"strings"
)

// Lang is one of the four languages, by the code used in URLs and in HTML.
type Lang string

// The languages of Wasl. Arabic and Tamazight are the official languages of
// Morocco (Constitution, article 5); Arabic comes first and is the default.
const (
	Arabic    Lang = "ar"
	French    Lang = "fr"
	Tamazight Lang = "zgh"
	English   Lang = "en"
)

// Langs lists the languages in the order in which they are offered.
var Langs = [...]Lang{Arabic, French, Tamazight, English}

// ParseLang returns the language with that code, and whether there is one.
func ParseLang(code string) (Lang, bool) {
	for _, l := range Langs {
		if string(l) == code {
			return l, true
		}
	}
	return Arabic, false
}

// Dir is the value of the HTML dir attribute: Arabic runs from right to left,
// Tifinagh as written in Morocco from left to right.
func (l Lang) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Accept picks the language for an Accept-Language header (RFC 9110, section
// 12.5.4): the best weighted of the four, Arabic when none is wanted.
func Accept(header string) Lang {
	best, weight := Arabic, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(part, ";")
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if base == "ber" || base == "tzm" {
			base = string(Tamazight)
		}
		l, ok := ParseLang(base)
		if q := quality(params); ok && q > weight {
			best, weight = l, q
		}
	}
	return best
}

func quality(params string) float64 {
	value, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}
