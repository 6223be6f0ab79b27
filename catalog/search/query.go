package search

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"wasl/kit/i18n"
)

// Entry is a procedure as it is to be found. Standing orders those that match
// equally well (0 to 2), Opened tells how often its sheet was read.
type Entry struct {
	Code     string
	Title    i18n.Text
	Bodies   []i18n.Text
	Standing int
	Opened   int
}

// Hit is a procedure found, best first.
type Hit struct {
	Code  string
	Score float64
}

// Terms are the folded words of a query or title without the words that say
// nothing (of, the, in…) in Arabic, French, Darija and English.
func Terms(s string) []string {
	words := strings.Fields(Fold(s))
	kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return silent[w] })
	if len(kept) == 0 {
		return words
	}
	return kept
}

var silent = set("de d l la le les du des un une et en a au aux pour par sur dans n " +
	"في من على عن الي ديال او و مع بالنسبه الخاص الخاصه كيفيه بغيت كيفاش " +
	"the of for to in an how je veux comment")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[Fold(w)] = true
	}
	return m
}

// Sound reduces a folded word to how it is heard: the letters that people take
// one for another become one. "صفر" and "سفر" sound the same here, as do
// "passeport" and "paseport".
func Sound(word string) string {
	var b strings.Builder
	var last rune
	for _, r := range latinSound.Replace(word) {
		if to, is := arabicSound[r]; is {
			r = to
		}
		if r == last || r == 'h' && b.Len() > 0 && r < 128 {
			continue
		}
		b.WriteRune(r)
		last = r
	}
	out := b.String()
	out = strings.TrimPrefix(out, "ال")
	if len(out) > 3 && out[0] < 128 {
		out = strings.TrimRight(out, "es")
	}
	return out
}

var arabicSound = map[rune]rune{
	'ص': 'س', 'ث': 'ت', 'ط': 'ت', 'ض': 'د', 'ظ': 'د', 'ذ': 'د', 'ق': 'ك', 'ح': 'ه', 'غ': 'ر', 'پ': 'ب', 'ڤ': 'ف',
	'y': 'i', 'z': 's', 'w': 'u', 'q': 'k', 'c': 'k',
}

var latinSound = strings.NewReplacer("ph", "f", "qu", "k", "ck", "k", "ce", "se", "ci", "si", "eau", "o", "au", "o",
	"ai", "e", "ei", "e", "ou", "u", "en", "an", "em", "am", "gn", "n", "ss", "s", "tion", "sion")

// Fuzziness is how many letters of a word may be wrong: none in the shortest,
// one in words of four and five letters, two beyond (facts of section 7: two
// letters everywhere finds "رخصة" for "حصة").
func Fuzziness(word string) int { return fuzziness(utf8.RuneCountInString(word)) }

func fuzziness(letters int) int {
	switch n := letters; {
	case n < 4:
		return 0
	case n < 7:
		return 1
	default:
		return 2
	}
}

// Synonyms are groups of phrases that mean the same to those who search.
type Synonyms [][]phrase

// phrase is its terms, and how they are heard.
type phrase struct{ terms, heard []string }

// NewSynonyms folds the curated groups once.
func NewSynonyms(groups [][]string) Synonyms {
	var all Synonyms
	for _, group := range groups {
		var phrases []phrase
		for _, p := range group {
			terms := Terms(p)
			phrases = append(phrases, phrase{terms, sounds(terms)})
		}
		all = append(all, phrases)
	}
	return all
}

// maxVariants bounds the work of one search.
const maxVariants = 24

// Variants are other ways to say the query: a phrase of a group found in it,
// heard alike, is replaced by each other phrase of that group.
func (s Synonyms) Variants(terms []string) [][]string {
	heard := sounds(terms)
	var all [][]string
	for _, group := range s {
		at, length := longest(heard, group)
		if length == 0 {
			continue
		}
		for _, p := range group {
			if slices.Equal(p.heard, heard[at:at+length]) {
				continue
			}
			variant := slices.Concat(terms[:at], p.terms, terms[at+length:])
			if len(all) < maxVariants && !slices.ContainsFunc(all, func(v []string) bool { return slices.Equal(v, variant) }) {
				all = append(all, variant)
			}
		}
	}
	return all
}

// longest finds where the longest phrase of a group stands in the query.
func longest(heard []string, group []phrase) (at, length int) {
	for _, p := range group {
		for i := 0; i+len(p.heard) <= len(heard); i++ {
			if len(p.heard) > length && slices.Equal(heard[i:i+len(p.heard)], p.heard) {
				at, length = i, len(p.heard)
			}
		}
	}
	return at, length
}

func sounds(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Sound(w)
	}
	return out
}

// closeness says how near a title is to what was asked, from 0 to 1: the words
// of the question it has, heard alike or with a letter wrong, and how much of
// it those words are.
func closeness(asked, title []heardWord) float64 {
	if len(asked) == 0 || len(title) == 0 {
		return 0
	}
	var has float64
	for _, word := range asked {
		best := 0.0
		for _, other := range title {
			best = max(best, alike(word, other))
		}
		has += best
	}
	covered := has / float64(len(asked))
	return covered * covered * (0.6 + 0.4*min(1, has/float64(len(title))))
}

// heardWord is a word as it is heard, with its letters, which comparing needs.
type heardWord struct {
	sound   string
	letters []rune
}

// listen makes terms ready for comparing.
func listen(terms []string) []heardWord {
	out := make([]heardWord, len(terms))
	for i, sound := range sounds(terms) {
		out[i] = heardWord{sound, []rune(sound)}
	}
	return out
}

// alike compares two words as they are heard.
func alike(a, b heardWord) float64 {
	if a.sound == b.sound {
		return 1
	}
	long, short := b.sound, a.sound
	if len(short) > len(long) {
		long, short = short, long
	}
	if len(short) >= 6 && strings.HasPrefix(long, short) {
		return 0.9 // an ending: plural, attached pronoun
	}
	if limit := fuzziness(len(a.letters)); limit > 0 {
		if d := distance(a.letters, b.letters, limit); d <= limit {
			return 0.9 - 0.2*float64(d)
		}
	}
	return 0
}

// Rank weighs how near a procedure is with its standing: one that can be
// started comes first among those that match about as well, then one whose sheet
// is read often. The engine's own score, relative to the best, only decides
// between equals.
func Rank(closeness, engine float64, standing, opened int) float64 {
	popular := 1 + 0.02*math.Log1p(float64(max(opened, 0)))
	return (closeness + 0.1*engine) * []float64{1, 1.15, 1.5}[min(max(standing, 0), 2)] * popular
}
