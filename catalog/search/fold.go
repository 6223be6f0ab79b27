package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tifinagh maps the letters of IRCAM's alphabet to the Latin letters people
// type instead, without diacritics.
var tifinagh = map[rune]string{
	'ⴰ': "a", 'ⴱ': "b", 'ⴳ': "g", 'ⴷ': "d", 'ⴹ': "d", 'ⴻ': "e", 'ⴼ': "f", 'ⴽ': "k", 'ⵀ': "h", 'ⵃ': "h", 'ⵄ': "e",
	'ⵅ': "x", 'ⵇ': "q", 'ⵉ': "i", 'ⵊ': "j", 'ⵍ': "l", 'ⵎ': "m", 'ⵏ': "n", 'ⵓ': "u", 'ⵔ': "r", 'ⵕ': "r", 'ⵖ': "gh",
	'ⵙ': "s", 'ⵚ': "s", 'ⵛ': "c", 'ⵜ': "t", 'ⵟ': "t", 'ⵡ': "w", 'ⵢ': "y", 'ⵣ': "z", 'ⵥ': "z", 'ⵯ': "w",
	'ɛ': "e", 'ɣ': "gh",
}

// arabic maps letters that are written one for another to one of them: the
// forms of alef, alef maqsura, ta marbuta, and hamza on its seats.
var arabic = map[rune]rune{
	'أ': 'ا', 'إ': 'ا', 'آ': 'ا', 'ٱ': 'ا', 'ى': 'ي', 'ة': 'ه', 'ؤ': 'و', 'ئ': 'ي', 'ڭ': 'ك', 'گ': 'ك', 'ڨ': 'ق', 'ی': 'ي', 'ک': 'ك',
}

// Fold reduces a text to what people agree on when they type it: lower case,
// no accents, no tashkeel or tatweel, one form of each Arabic letter, Tifinagh
// in Latin letters, Arabic digits as 0–9, and single spaces.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(arabicFirst(s)) {
		r = unicode.ToLower(r) // before anything is looked up: Œ and Ɣ have small forms that are
		switch {
		case unicode.Is(unicode.Mn, r) || r == 'ـ' || r == 'ء':
			continue
		case r >= '٠' && r <= '٩':
			r = '0' + (r - '٠')
		case r == 'œ':
			b.WriteString("oe")
			continue
		}
		if latin, is := tifinagh[r]; is {
			b.WriteString(latin)
			space = false
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if !space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		b.WriteRune(r)
		space = false
	}
	return strings.TrimRight(b.String(), " ")
}

// arabicFirst folds Arabic letters before decomposition, which would split the
// hamza from its seat. Presentation forms are undone by NFKC.
func arabicFirst(s string) string {
	return strings.Map(func(r rune) rune {
		if to, is := arabic[r]; is {
			return to
		}
		return r
	}, norm.NFKC.String(s))
}
