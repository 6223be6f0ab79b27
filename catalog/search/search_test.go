package search

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"wasl/kit/i18n"
)

func testIndex(t testing.TB, dir string) *Index {
	t.Helper()
	synonyms, all := catalogue(t)
	x, err := Open(t.Context(), dir, "0123456789abcdef", synonyms, all)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// catalogue is the committed one.
func catalogue(t testing.TB) (Synonyms, []Entry) {
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
	return NewSynonyms(groups), all
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

// BenchmarkSearch asks the committed catalogue, and larger ones: the same acts again as those of other administrations.
func BenchmarkSearch(b *testing.B) {
	synonyms, committed := catalogue(b)
	for _, times := range []int{1, 4, 16} {
		var all []Entry
		for n := range times {
			for _, e := range committed {
				if n > 0 {
					e.Code = fmt.Sprintf("%s-%d", e.Code, n)
					e.Title = i18n.Text{"ar": e.Title["ar"] + fmt.Sprintf(" ادارة%d", n), "fr": e.Title["fr"] + fmt.Sprintf(" admin%d", n)}
				}
				all = append(all, e)
			}
		}
		b.Run(fmt.Sprint(len(all)), func(b *testing.B) {
			x, err := Open(b.Context(), "", "", synonyms, all)
			if err != nil {
				b.Fatal(err)
			}
			defer x.Close()
			benchmarkSearch(b, x)
		})
	}
}

func benchmarkSearch(b *testing.B, x *Index) {
	queries := hardQueries(b)
	var took []time.Duration
	before := processorTime(b)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, _, err := x.Search(b.Context(), queries[i%len(queries)].query, 20); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(len(took)), "cpu-ms/op")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// processorTime is that of this process: it tells the same on a busy machine.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
