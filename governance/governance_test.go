package governance

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wasl/governance/governanceapi"
	"wasl/kit/block"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
	"wasl/kit/wire"
)

var (
	august    = civil.Of(2026, time.August, 1)
	september = civil.Of(2026, time.September, 1)
)

func figure(name string, month civil.Date, org string, value float64, n int) Figure {
	return Figure{"casework", governanceapi.Indicator{Name: name, Month: month, Org: org, Value: value, N: n}}
}

func example() []Figure {
	return []Figure{
		figure("dossiers.deposited", september, "com_a", 20, 20), figure("dossiers.decided", september, "com_a", 8, 8), figure("dossiers.in_time", september, "com_a", 6, 8),
		figure("dossiers.median_days", september, "com_a", 12, 8), figure("dossiers.decided", september, "com_b", 2, 2), figure("dossiers.in_time", september, "com_b", 2, 2),
		figure("dossiers.median_days", september, "com_b", 3, 2), figure("dossiers.silence", september, "com_b", 1, 1), figure("exchanges", september, "min_interieur", 40, 40),
		figure("dossiers.decided", august, "com_a", 2, 2), figure("dossiers.in_time", august, "com_a", 0, 2), figure("authentications", august, "", 100, 100),
	}
}

func TestMonthsAddUpAndSayNothingOfTooFew(t *testing.T) {
	m := Months(example())
	if len(m) != 2 || m[0].First != august || m[1].First != september {
		t.Fatalf("%+v", m)
	}
	if m[0].InTime != nil || m[0].MedianDays != nil || m[0].Authentications != 100 {
		t.Errorf("two cases make no rate: %+v", m[0])
	}
	if s := m[1]; s.Decided != 10 || *s.InTime != 80 || *s.MedianDays != 12 || s.Silences != 1 || s.Exchanges != 40 {
		t.Errorf("%+v", s)
	}
	if l := Lately(m, civil.Of(2026, time.September, 30), 4); len(l) != 4 || l[0].First != civil.Of(2026, time.June, 1) || l[0].Exchanges != 0 || l[3].Decided != 10 || l[2].Authentications != 100 {
		t.Errorf("%+v", l)
	}
	o := Organisations(example())
	if len(o) != 3 || o[0].Code != "com_a" || o[0].Decided != 10 || *o[0].InTime != 60 || o[1].InTime != nil {
		t.Errorf("%+v", o)
	}
	if figure("dossiers.median_days", august, "x", 3, 2).Shown() || !figure("dossiers.decided", august, "x", 2, 2).Shown() {
		t.Error("what may be shown")
	}
}

func TestWhatNoHonestBlockSendsIsDropped(t *testing.T) {
	for _, i := range []governanceapi.Indicator{
		{Name: "x", Month: civil.Of(2026, 9, 2), Value: 1}, {Name: "x", Value: 1}, {Month: september}, {Name: "x", Month: september, Value: -1}, {Name: "x", Month: september, N: -1},
	} {
		if Valid(i) {
			t.Errorf("%+v", i)
		}
	}
	if !Valid(example()[0].Indicator) {
		t.Error("a good one")
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "governance", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db,
		"figures: published",
		"organisations: public",
		"sources: where figures come from; no person",
	)
	pgtest.PrepareAll(t, db, deleteFigures, putFigures, selectFigures, answerSource, failSource, selectSources, selectUnnamed, insertOrganisation, selectOrganisations)
}

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("governance", files, files)
	if err != nil {
		t.Fatal(err)
	}
	full := published{
		today: civil.Of(2026, 9, 15), figures: example(), names: map[string]i18n.Text{"com_a": {"ar": "جماعة", "fr": "Commune"}},
		sources: []source{{Block: "casework", Asked: time.Unix(1e9, 0), Answered: time.Unix(1e9, 0), Count: 8}, {Block: "payment", Asked: time.Unix(1e9, 0), Answered: time.Unix(0, 0)}},
	}
	webtest.All(t, pages, map[string]web.Page{"indicators": {TitleKey: "indicators.title", Data: view(full, i18n.French)}})
	webtest.Check(t, pages, "indicators", web.Page{TitleKey: "indicators.title", Data: view(published{today: civil.Of(2026, 1, 15)}, i18n.Arabic)})
}

// start runs the block over feeds that answer for the other blocks.
func start(t *testing.T, feed http.Handler) (*Block, func(path string) *httptest.ResponseRecorder) {
	t.Helper()
	keys := tokens.ForTest(t, block.Order...)
	b, err := New(t.Context(), Config{Sources: []string{"casework", "identity"}, Catalogue: "catalog", Every: time.Hour}, block.Deps{
		Name: "governance", Log: slog.New(slog.DiscardHandler), Clock: clock.On("2026-09-15"), Cluster: pgtest.Cluster(t), Conns: 2, Keys: keys["governance"],
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(feed), keys["governance"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	return b, func(path string) *httptest.ResponseRecorder {
		t.Helper()
		token, err := keys["portal"].SignVisit("governance", tokens.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set(tokens.VisitHeader, token)
		rec := httptest.NewRecorder()
		b.Handler().ServeHTTP(rec, r)
		return rec
	}
}

func TestFiguresAreCollectedAndPublished(t *testing.T) {
	var down atomic.Bool
	b, get := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() || r.Host == "identity" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/v1/organisations/") {
			io.WriteString(w, `{"code":"com_a","name":{"ar":"جماعة","fr":"Commune d’essai"}}`)
			return
		}
		out := governanceapi.Indicators{Block: "casework"}
		for _, f := range example() {
			out.Indicators = append(out.Indicators, f.Indicator)
		}
		out.Indicators = append(out.Indicators, governanceapi.Indicator{Name: "nonsense", Month: september, Value: -3})
		json.NewEncoder(w).Encode(out)
	}))
	if body := get("/en/indicators").Body.String(); !strings.Contains(body, "No data yet") || strings.Contains(body, "<svg class=\"bars\"") {
		t.Error("an empty installation must say so and draw nothing")
	}
	for range 2 {
		if err := b.collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	down.Store(true)
	if err := b.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	body := get("/fr/indicators").Body.String()
	for _, want := range []string{"Commune d’essai", "67 %", "<svg", "Jamais", "Chiffres"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	rows, err := csv.NewReader(get("/fr/indicators/figures.csv").Body).ReadAll()
	if err != nil || len(rows) != len(example())+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r[1] == "dossiers.median_days" && (r[3] == "com_b") != (r[4] == "") {
			t.Errorf("median over too few cases: %v", r)
		}
	}
	var open struct {
		Dictionary map[string]map[string]string `json:"dictionary"`
		Figures    []openFigure                 `json:"figures"`
	}
	if err := json.Unmarshal(get("/fr/indicators/figures.json").Body.Bytes(), &open); err != nil || len(open.Figures) != len(example()) || open.Dictionary["exchanges"]["fr"] == "" {
		t.Errorf("%v %+v", err, open.Dictionary)
	}
	if words := get("/ar/indicators/dictionary.csv").Body.String(); !strings.Contains(words, "dossiers.silence") {
		t.Error("dictionary")
	}
	if r := get("/fr/indicators/none"); r.Code != http.StatusNotFound {
		t.Errorf("%d", r.Code)
	}
}
