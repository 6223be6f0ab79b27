package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wasl/catalog/catalogapi"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/signature/signatureapi"
)

type world struct {
	*Block
	keys map[string]*tokens.Keyring
	api  *catalogapi.Client
}

// newWorld is a catalogue beside a signature service that seals anything.
func newWorld(t testing.TB) world {
	t.Helper()
	keys := tokens.ForTest(t, "portal", "casework", "catalog", "signature", "custody")
	sealer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		_ = json.NewEncoder(w).Encode(signatureapi.Seal{
			ID: "sea_1", KeyID: "key_1", SHA256: hex.EncodeToString(sum[:]), SealedAt: time.Unix(1_790_000_000, 0), CMS: []byte("seal"),
		})
	})
	b, err := open(t.Context(), Config{Index: "memory", SealOrg: "commission"}, block.Deps{
		Name: "catalog", Log: slog.New(slog.DiscardHandler), Clock: clock.On("2026-11-25"),
		Keys: keys["catalog"], Dir: t.TempDir(), PortalURL: "http://localhost:8080",
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(sealer), keys["catalog"])
		},
	}, pgtest.New(t, "catalog", migrations))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.finder.close)
	api := catalogapi.New(wire.New("http://catalog", "catalog", wire.Memory(b.Handler()), keys["casework"]))
	return world{b, keys, api}
}

// visit opens a page as the portal forwards it.
func (w world) visit(t testing.TB, path string) *httptest.ResponseRecorder {
	t.Helper()
	token, err := w.keys["portal"].SignVisit("catalog", tokens.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set(tokens.VisitHeader, token)
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

func TestCatalogueLoadsOnceAndFast(t *testing.T) {
	w := newWorld(t)
	start := time.Now()
	if err := w.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("loading again took %s", took)
	}
	var revisions, jobs int
	err := w.store.db.Pool().QueryRow(t.Context(), `SELECT (SELECT count(*) FROM revision), (SELECT count(*) FROM river_job WHERE kind = 'seal_revision')`).Scan(&revisions, &jobs)
	if err != nil || revisions != 801 || jobs != 2 {
		t.Errorf("%d revisions, %d seal jobs, %v", revisions, jobs, err)
	}
}

func TestPublishedRevisionIsSealedOverItsExactBytes(t *testing.T) {
	w := newWorld(t)
	if err := w.sealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := w.api.Procedure(t.Context(), "permis-construire")
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.api.Revision(t.Context(), p.Revision)
	if err != nil || r.Seal == nil || r.Seal.ID != "sea_1" || len(r.Missing) > 0 {
		t.Fatalf("revision %+v, %v", r, err)
	}
	file := w.visit(t, "/fr/procedures/permis-construire/revisions/1.json")
	if got := Hash(file.Body.Bytes()); got != r.SHA256 {
		t.Errorf("file has %s, revision says %s", got, r.SHA256)
	}
	if seal := w.visit(t, "/fr/procedures/permis-construire/revisions/1.p7s").Body.String(); seal != "seal" {
		t.Errorf("seal file %q", seal)
	}
	again, _ := Canonical(r.Sheet)
	if Hash(again) != r.SHA256 {
		t.Error("the API's sheet has another canonical form than the sealed one")
	}
}

func TestChangedSheetBecomesTheNextRevision(t *testing.T) {
	w := newWorld(t)
	seed := readSeed(t)
	for i, s := range seed.Sheets {
		if s.Code == "permis-construire" {
			seed.Sheets[i].Title = i18n.Text{"ar": "رخصة البناء", "fr": "Permis de bâtir"}
		}
	}
	seed.Hash = "changed"
	w.deps.Clock.(*clock.Fake).Shift(10)
	if err := w.store.load(t.Context(), seed, w.deps.Clock.Today(), w.published); err != nil {
		t.Fatal(err)
	}
	r, err := w.store.current(t.Context(), "permis-construire")
	if err != nil || r.Number != 2 || r.Sheet.Title["fr"] != "Permis de bâtir" {
		t.Fatalf("%+v, %v", r, err)
	}
	before, err := w.store.on(t.Context(), "permis-construire", w.deps.Clock.Today().AddDays(-1))
	if err != nil || before.Number != 1 || before.ValidTo == nil {
		t.Errorf("yesterday's revision: %+v, %v", before, err)
	}
	if page := w.visit(t, "/fr/procedures/permis-construire?on=2026-11-26").Body.String(); !strings.Contains(page, "révision passée") {
		t.Error("a past revision does not say so")
	}
}

func TestCompetenceFollowsTheTerritory(t *testing.T) {
	w := newWorld(t)
	c, err := w.api.Competent(t.Context(), "permis-construire", "04.501.01.07")
	if err != nil || c.Org.Code != "com_04.501.01.07" || c.Unit.Code != "com_04.501.01.07" || c.Governor == nil || c.Governor.Code != "prov_04.501" {
		t.Errorf("building permit in Témara: %+v, %v", c, err)
	}
	if c.Org.Name["fr"] != "Commune de Témara" || c.Governor.Name["fr"] == "" || c.Org.Name["ar"] != "جماعة تمارة" {
		t.Errorf("names: %v %v", c.Org.Name, c.Governor.Name)
	}
	c, err = w.api.Competent(t.Context(), "passeport-biometrique-adulte", "04.501.01.07")
	if err != nil || c.Org.Code != "min_interieur" || c.Unit.Code != "prov_04.501" || c.Governor != nil {
		t.Errorf("passport in Témara: %+v, %v", c, err)
	}
	for _, territory := range []string{"", "04", "99.999"} {
		if _, err := w.api.Competent(t.Context(), "permis-construire", territory); errs.KindOf(err) != errs.NotFound {
			t.Errorf("territory %q: %v", territory, err)
		}
	}
}

func TestContractAnswers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if all, err := w.api.Procedures(ctx, "", 500); err != nil || len(all) != 500 {
		t.Errorf("%d procedures, %v", len(all), err)
	}
	if f, err := w.api.Search(ctx, "جواز صفر", 5); err != nil || len(f.Hits) == 0 || f.Hits[0].Procedure.Code != "passeport-biometrique-adulte" {
		t.Errorf("search: %+v, %v", f, err)
	}
	if all, err := w.api.Territories(ctx, ""); err != nil || len(all) != 12 {
		t.Errorf("%d regions, %v", len(all), err)
	}
	if all, err := w.api.Territories(ctx, "04.421"); err != nil || len(all) != 6 {
		t.Errorf("%d communes in Rabat, %v", len(all), err)
	}
	for _, prefix := range []string{"temar", "تمار"} {
		if all, err := w.api.Communes(ctx, prefix); err != nil || len(all) == 0 || all[0].Code != "04.501.01.07" {
			t.Errorf("communes %q: %+v, %v", prefix, all, err)
		}
	}
	if all, err := w.api.Units(ctx, "min_interieur"); err != nil || len(all) != 76 {
		t.Errorf("%d units of the Interior, %v", len(all), err)
	}
	if u, err := w.api.Unit(ctx, "prov_04.421"); err != nil || u.Org != "min_interieur" || u.Territory != "04.421" {
		t.Errorf("unit: %+v, %v", u, err)
	}
	if all, err := w.api.Organisations(ctx, "central", ""); err != nil || len(all) < 30 {
		t.Errorf("%d central administrations, %v", len(all), err)
	}
	if o, err := w.api.Organisation(ctx, "com_04.421.01.01"); err != nil || o.Level != "communal" {
		t.Errorf("organisation: %+v, %v", o, err)
	}
	for code, err := range map[string]error{
		"procedure_unknown": func() error { _, err := w.api.Procedure(ctx, "none"); return err }(),
		"revision_unknown":  func() error { _, err := w.api.Revision(ctx, "rev_x"); return err }(),
		"territory_unknown": func() error { _, err := w.api.Territory(ctx, "77"); return err }(),
	} {
		if errs.CodeOf(err) != code {
			t.Errorf("want %s, got %v", code, err)
		}
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/v1/procedures", nil))
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("without a service token: %d", rec.Code)
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := newWorld(t).store.db
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db,
		"organisation: public",
		"procedure: public",
		"revision: public",
		"seed: public",
		"territory: public",
		"unit: public",
	)
	pgtest.PrepareAll(t, db, lockSeed, seedThere, insertSeed, putTerritory, putOrganisation, putUnit, currentRevisions, endRevisions,
		insertRevisions, putProcedures, revisionByID, revisionOfCode, revisionOn, revisionsOfCodes, revisionsAfter, revisionHistory,
		revisionBytes, browsePage, browseCount, themeCounts, audienceCounts, organisationCounts, statusCounts, territoryByCode,
		territoriesUnder, communesByName, territoriesByName, organisationByCode, organisationsBy, organisationsOf, unitByCode, unitsOf,
		unsealedContent, unsealed, storeSeal, addOpened, mostOpened)
}

func TestReadSheetsAreCounted(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.visit(t, "/ar/procedures/daam-sakane")
	}
	if err := w.countOpened(t.Context()); err != nil {
		t.Fatal(err)
	}
	counts, err := w.store.counts(t.Context(), mostOpened)
	if err != nil || len(counts) != 1 || counts[0] != (count{"daam-sakane", 3}) {
		t.Errorf("%v, %v", counts, err)
	}
}
