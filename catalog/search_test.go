package catalog

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/catalog/catalogapi"
)

func testIndex(t testing.TB, dir string) *index {
	t.Helper()
	var groups [][]string
	data, err := os.ReadFile("data/synonyms.json")
	if err == nil {
		err = json.Unmarshal(data, &groups)
	}
	if err != nil {
		t.Fatal(err)
	}
	seed := readSeed(t)
	var all []catalogapi.Revision
	for _, s := range seed.Sheets {
		all = append(all, catalogapi.Revision{Procedure: s.Code, Status: StatusOf(s), Sheet: s})
	}
	x, err := openIndex(t.Context(), dir, seed.Hash, NewSynonyms(groups), all, nil)
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
	defer x.close()
	if len(queries) < 40 {
		t.Fatalf("only %d queries", len(queries))
	}
	for _, c := range queries {
		hits, _, err := x.search(t.Context(), c.query, 5)
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
	_ = testIndex(t, dir).close()
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
		hits, _, err := x.search(t.Context(), "جواز السفر", 1)
		if err != nil || len(hits) != 1 || hits[0].Code != "passeport-biometrique-adulte" {
			t.Errorf("after damage: %v, %v", hits, err)
		}
		_ = x.close()
	}
}

func BenchmarkSearch(b *testing.B) {
	x, queries := testIndex(b, ""), hardQueries(b)
	defer x.close()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, _, err := x.search(b.Context(), queries[i%len(queries)].query, 20); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
