package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"wasl/kit/errs"
	"wasl/kit/i18n"
)

// Index finds procedures. It is derived: rebuilt from rows when it is missing,
// damaged, or of another state of the data.
type Index struct {
	bleve    bleve.Index
	entries  map[string]ranked
	synonyms Synonyms
	words    vocabulary
}

// ranked is what ranking needs of an entry: its titles are kept as they are heard.
type ranked struct {
	standing, opened int
	titles           [][]heardWord
}

// indexed is a procedure as the index sees it: everything folded.
type indexed struct {
	Ar    string `json:"ar"`
	Fr    string `json:"fr"`
	Any   string `json:"any"`
	Sound string `json:"sound"`
	More  string `json:"more"`
}

// words is the analyser of fields that are folded already.
const words = "words"

func indexMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(words, map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}); err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	doc := bleve.NewDocumentStaticMapping()
	for field, analyzer := range map[string]string{"ar": ar.AnalyzerName, "fr": fr.AnalyzerName, "any": words, "sound": words, "more": words} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeTermVectors, f.DocValues, f.IncludeInAll = analyzer, false, false, false, false
		doc.AddFieldMappingsAt(field, f)
	}
	m.DefaultMapping = doc
	return m, nil
}

// Open opens the index of this state of the data under dir, or builds it from the
// entries. Without dir, or when another process holds the folder, it
// is built in memory.
func Open(ctx context.Context, dir, state string, synonyms Synonyms, all []Entry) (*Index, error) {
	x := &Index{entries: map[string]ranked{}, synonyms: synonyms, words: newVocabulary(all)}
	for _, e := range all {
		r := ranked{standing: e.Standing, opened: e.Opened}
		for _, title := range e.Title {
			r.titles = append(r.titles, listen(Terms(title)))
		}
		x.entries[e.Code] = r
	}
	fields, err := indexMapping()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		if x.bleve, err = bleve.NewMemOnly(fields); err != nil {
			return nil, fmt.Errorf("catalog: index: %w", err)
		}
		return x, x.fill(ctx, all)
	}
	path := filepath.Join(dir, "search-"+state[:16])
	if x.bleve, err = bleve.OpenUsing(path, map[string]any{"bolt_timeout": "2s"}); err == nil {
		if n, cerr := x.bleve.DocCount(); cerr == nil && n == uint64(len(all)) {
			return x, nil
		}
		err = errors.Join(errors.New("incomplete"), x.bleve.Close())
	}
	if strings.Contains(err.Error(), "timeout") {
		return Open(ctx, "", state, synonyms, all)
	}
	if err := clearIndexes(dir); err != nil {
		return nil, err
	}
	if x.bleve, err = bleve.New(path, fields); err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	return x, x.fill(ctx, all)
}

// clearIndexes removes indexes of other states and damaged ones.
func clearIndexes(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "search-*"))
	if err != nil {
		return fmt.Errorf("catalog: index: %w", err)
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("catalog: index: %w", err)
		}
	}
	return nil
}

// Version changes with what is indexed, so that older indexes are rebuilt.
const Version = "1"

// batchSize keeps the memory of indexing small.
const batchSize = 200

func (x *Index) fill(ctx context.Context, all []Entry) error {
	batch := x.bleve.NewBatch()
	for i, e := range all {
		if err := batch.Index(e.Code, document(e)); err != nil {
			return fmt.Errorf("catalog: index %s: %w", e.Code, err)
		}
		if batch.Size() < batchSize && i < len(all)-1 {
			continue
		}
		if err := errors.Join(x.bleve.Batch(batch), ctx.Err()); err != nil {
			return fmt.Errorf("catalog: index: %w", err)
		}
		batch.Reset()
	}
	return nil
}

func document(e Entry) indexed {
	var words, more []string
	for _, lang := range i18n.Langs {
		words = append(words, Terms(e.Title[lang])...)
	}
	for _, body := range e.Bodies {
		for _, name := range body {
			more = append(more, Terms(name)...)
		}
	}
	return indexed{
		Ar: Fold(e.Title["ar"]), Fr: Fold(e.Title["fr"]), Any: strings.Join(words, " "),
		Sound: strings.Join(sounds(words), " "), More: strings.Join(append(more, Fold(e.Code)), " "),
	}
}

// Search returns the procedures that answer a query, at most limit, and how
// many there are in all.
func (x *Index) Search(ctx context.Context, q string, limit int) ([]Hit, int, error) {
	terms := Terms(q)
	if len(terms) == 0 {
		return nil, 0, nil
	}
	variants := x.synonyms.Variants(terms)
	req := bleve.NewSearchRequestOptions(ask(terms, variants), max(limit*2, candidates), 0, false)
	res, err := x.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, 0, errs.Wrap("catalog: search", err)
	}
	all := make([]Hit, 0, len(res.Hits))
	heard := [][]heardWord{listen(terms)}
	for _, v := range variants {
		heard = append(heard, listen(v))
	}
	for _, h := range res.Hits {
		e := x.entries[h.ID]
		all = append(all, Hit{h.ID, Rank(nearest(heard, e.titles), h.Score/res.MaxScore, e.standing, e.opened)})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Score > all[j].Score })
	for i, f := range all {
		if f.Score < floor*all[0].Score {
			all = all[:i]
			break
		}
	}
	return all[:min(limit, len(all))], len(all), nil
}

const (
	candidates = 60  // how many the engine gives for ranking
	floor      = 0.2 // share of the best score below which an answer is noise
)

func nearest(heard, titles [][]heardWord) float64 {
	best := 0.0
	for i, asked := range heard {
		for _, title := range titles {
			c := closeness(asked, title)
			if i > 0 {
				c *= 0.95 // said in other words
			}
			best = max(best, c)
		}
	}
	return best
}

func ask(terms []string, variants [][]string) query.Query {
	any := []query.Query{
		matchAll("ar", terms, 3), matchAll("fr", terms, 3), matchAll("any", terms, 4), matchAll("sound", sounds(terms), 2.5),
		fuzzyAll(terms, 1), some(terms, 0.3), matchAll("more", terms, 0.5),
	}
	for _, variant := range variants {
		any = append(any, matchAll("any", variant, 3))
	}
	return bleve.NewDisjunctionQuery(any...)
}

func matchAll(field string, terms []string, boost float64) query.Query {
	m := bleve.NewMatchQuery(strings.Join(terms, " "))
	m.SetField(field)
	m.SetOperator(query.MatchQueryOperatorAnd)
	m.SetBoost(boost)
	return m
}

// fuzzyAll wants each word, some letters of it wrong.
func fuzzyAll(terms []string, boost float64) query.Query {
	each := make([]query.Query, 0, len(terms))
	for _, term := range terms {
		either := []query.Query{wordAlike(term)}
		sound := bleve.NewTermQuery(Sound(term))
		sound.SetField("sound")
		each = append(each, bleve.NewDisjunctionQuery(append(either, sound)...))
	}
	c := bleve.NewConjunctionQuery(each...)
	c.SetBoost(boost)
	return c
}

func wordAlike(term string) query.Query {
	f := bleve.NewFuzzyQuery(term)
	f.SetField("any")
	f.SetFuzziness(Fuzziness(term))
	f.SetPrefix(1)
	return f
}

// some wants at least half of the words of a long question.
func some(terms []string, boost float64) query.Query {
	each := make([]query.Query, 0, len(terms))
	for _, term := range terms {
		if len([]rune(term)) > 2 {
			each = append(each, wordAlike(term))
		}
	}
	d := bleve.NewDisjunctionQuery(each...)
	d.SetMin(float64((len(each) + 1) / 2))
	d.SetBoost(boost)
	return d
}

// Suggest spells the query as titles do, "" when nothing is nearer.
func (x *Index) Suggest(q string) string { return x.words.suggest(q) }

// Close frees the index; nothing is lost.
func (x *Index) Close() error { return x.bleve.Close() }
