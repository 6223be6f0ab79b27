package search

import (
	"cmp"
	"strings"

	"wasl/kit/i18n"
)

// vocabulary is the words of the titles: folded, how they are spelt most
// often, and in how many titles they stand.
type vocabulary struct {
	spelling map[string]string
	titles   map[string]int
}

func newVocabulary(all []Entry) vocabulary {
	v := vocabulary{spelling: map[string]string{}, titles: map[string]int{}}
	for _, e := range all {
		for _, lang := range i18n.Langs {
			for _, word := range strings.FieldsFunc(e.Title[lang], notOfWord) {
				folded := Fold(word)
				if len([]rune(folded)) < 3 || silent[folded] {
					continue
				}
				v.titles[folded]++
				if v.spelling[folded] == "" {
					v.spelling[folded] = strings.ToLower(word)
				}
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
	for i, word := range words {
		folded := Fold(word)
		if v.titles[folded] > 0 || silent[folded] || len([]rune(folded)) < 3 {
			continue
		}
		if near := v.nearest(folded); near != "" {
			words[i], changed = v.spelling[near], true
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
	limit, heard := max(1, Fuzziness(folded)), Sound(folded)
	for word, n := range v.titles {
		r := rank{titles: -n}
		if Sound(word) != heard {
			if r.away = distance(folded, word, limit); r.away > limit {
				continue
			}
		}
		if []rune(word)[0] != []rune(folded)[0] {
			r.begin = 1
		}
		if cmp.Or(cmp.Compare(r.away, bestRank.away), cmp.Compare(r.begin, bestRank.begin),
			cmp.Compare(r.titles, bestRank.titles), cmp.Compare(word, best)) < 0 {
			best, bestRank = word, r
		}
	}
	return best
}

// distance is Levenshtein's between two words, limit+1 when it is over limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	row := make([]int, len(y)+1)
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
