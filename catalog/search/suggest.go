package search

import (
	"cmp"
	"strings"

	"wasl/kit/i18n"
)

// vocabulary is the words of the titles, by how they are folded.
type vocabulary map[string]*word

// word is how it is spelt most often, its letters folded, how it is heard, and
// in how many titles it stands.
type word struct {
	spelling, sound string
	letters         []rune
	titles          int
}

func newVocabulary(all []Entry) vocabulary {
	v := vocabulary{}
	for _, e := range all {
		for _, lang := range i18n.Langs {
			for _, spelling := range strings.FieldsFunc(e.Title[lang], notOfWord) {
				folded := Fold(spelling)
				letters := []rune(folded)
				if len(letters) < 3 || silent[folded] {
					continue
				}
				if v[folded] == nil {
					v[folded] = &word{spelling: strings.ToLower(spelling), sound: Sound(folded), letters: letters}
				}
				v[folded].titles++
			}
		}
	}
	return v
}

func notOfWord(r rune) bool {
	return strings.ContainsRune(" \u00a0'’«»()[]/,،.;:-–\"\n", r)
}

// suggest replaces each word that no title has by the nearest that one has.
func (v vocabulary) suggest(q string) string {
	words := strings.FieldsFunc(q, notOfWord)
	changed := false
	for i, asked := range words {
		folded := Fold(asked)
		if v[folded] != nil || silent[folded] || len([]rune(folded)) < 3 {
			continue
		}
		if near := v.nearest(folded); near != "" {
			words[i], changed = v[near].spelling, true
		}
	}
	if !changed {
		return ""
	}
	return strings.Join(words, " ")
}

// nearest finds the word with the fewest letters wrong; among equals one that
// begins alike, then the most frequent.
func (v vocabulary) nearest(folded string) string {
	type rank struct{ away, begin, titles int }
	best, bestRank := "", rank{away: 9}
	limit, heard, letters := max(1, Fuzziness(folded)), Sound(folded), []rune(folded)
	for other, w := range v {
		r := rank{titles: -w.titles}
		if w.sound != heard {
			if r.away = distance(letters, w.letters, limit); r.away > limit {
				continue
			}
		}
		if w.letters[0] != letters[0] {
			r.begin = 1
		}
		if cmp.Or(cmp.Compare(r.away, bestRank.away), cmp.Compare(r.begin, bestRank.begin),
			cmp.Compare(r.titles, bestRank.titles), cmp.Compare(other, best)) < 0 {
			best, bestRank = other, r
		}
	}
	return best
}

// distance is Levenshtein's between two words, limit+1 when it is over limit.
func distance(x, y []rune, limit int) int {
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	var short [24]int // no allocation for a usual word
	row := append(short[:0], make([]int, len(y)+1)...)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
	}
	return min(row[len(y)], limit+1)
}
