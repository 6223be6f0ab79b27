package search

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/kit/i18n"
)

func testIndex(t testing.TB, dir string) *Index {
	t.Helper()
	var groups [][]string
	data, err := os.ReadFile("../data/synonyms.json")
	if err == nil {
		err = json.Unmarshal(data, &groups)
	}
	if err != nil {
		t.Fatal(err)
	}
	var sheets []struct {
		Code    string
		Title   i18n.Text
		Sources []struct{ Certainty string }
	}
	if data, err = os.ReadFile("../data/procedures.json"); err == nil {
		err = json.Unmarshal(data, &sheets)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []Entry
	for _, s := range sheets {
		e := Entry{Code: s.Code, Title: s.Title}
		for _, src := range s.Sources {
			if src.Certainty == "second-hand" {
				e.Standing = 1
			}
		}
		if s.Code == "passeport-biometrique-adulte" || s.Code == "permis-construire" {
			e.Standing = 2
		}
		all = append(all, e)
	}
	x, err := Open(t.Context(), dir, "0123456789abcdef", NewSynonyms(groups), all)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

type hardQuery struct{ query, want string }

// hardQueries are what people really type: one per line, the query, a tab, and
// the code of the procedure that must come first (or several, by |).
func hardQueries(t testing.TB) []hardQuery {
	t.Helper()
	f, err := os.Open("testdata/queries.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []hardQuery
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if q, want, ok := strings.Cut(lines.Text(), "\t"); ok {
			all = append(all, hardQuery{q, want})
		}
	}
	return all
}

func TestHardQueriesFindTheRightProcedureFirst(t *testing.T) {
	x, queries := testIndex(t, ""), hardQueries(t)
	defer x.Close()
	if len(queries) < 40 {
		t.Fatalf("only %d queries", len(queries))
	}
	for _, c := range queries {
		hits, _, err := x.Search(t.Context(), c.query, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || !slices.Contains(strings.Split(c.want, "|"), hits[0].Code) {
			t.Errorf("%q finds %v, want %s first", c.query, hits, c.want)
		}
	}
}

func TestIndexIsRebuiltWhenDamagedOrOfOtherData(t *testing.T) {
	dir := t.TempDir()
	_ = testIndex(t, dir).Close()
	for _, damage := range []func(){
		func() {},
		func() {
			entries, _ := os.ReadDir(dir)
			_ = os.WriteFile(dir+"/"+entries[0].Name()+"/store/root.bolt", []byte("not an index"), 0o600)
		},
		func() {
			entries, _ := os.ReadDir(dir)
			_ = os.RemoveAll(dir + "/" + entries[0].Name() + "/index_meta.json")
		},
	} {
		damage()
		x := testIndex(t, dir)
		hits, _, err := x.Search(t.Context(), "جواز السفر", 1)
		if err != nil || len(hits) != 1 || hits[0].Code != "passeport-biometrique-adulte" {
			t.Errorf("after damage: %v, %v", hits, err)
		}
		_ = x.Close()
	}
}

func BenchmarkSearch(b *testing.B) {
	x, queries := testIndex(b, ""), hardQueries(b)
	defer x.Close()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, _, err := x.Search(b.Context(), queries[i%len(queries)].query, 20); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
