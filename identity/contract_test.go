package identity

import (
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/governance/governanceapi"
	"wasl/identity/card"
	"wasl/identity/identityapi"
	"wasl/identity/oidc"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
	"wasl/kit/wire"
)

func TestOnlyTheExchangeResolvesAndLeavesATrace(t *testing.T) {
	s := newStage(t)
	subject, err := s.block.SubjectFor(t.Context(), s.person.ID, "portal")
	if err != nil {
		t.Fatal(err)
	}
	exchange := identityapi.New(wire.New(s.url, "identity", nil, s.keys["exchange"]))
	ask := identityapi.ResolveRequest{Subject: subject, Sector: "portal", Purpose: "civil status for a passport"}
	got, err := exchange.Resolve(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	want := identityapi.Resolved{NationalNumber: "AB123456", NameAr: "فاطمة العلوي", NameFr: "Fatima Alaoui", Born: "1990-05-12"}
	if got != want {
		t.Fatalf("got %v", reflect.ValueOf(got))
	}
	var entries int
	const q = `SELECT count(*) FROM audit WHERE act = 'person.resolved' AND detail ->> 'purpose' = $1 AND detail ->> 'caller' = 'exchange'`
	if err := s.block.db.Pool().QueryRow(t.Context(), q, ask.Purpose).Scan(&entries); err != nil || entries != 1 {
		t.Fatalf("%d audit entries %v", entries, err)
	}

	ask.Purpose = ""
	if _, err := exchange.Resolve(t.Context(), ask); errs.KindOf(err) != errs.Invalid {
		t.Errorf("without purpose: %v", err)
	}
	ask.Purpose, ask.Sector = "civil status", "bank"
	if _, err := exchange.Resolve(t.Context(), ask); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a subject of another sector: %v", err)
	}
	ask.Sector = "portal"
	if _, err := identityapi.New(wire.New(s.url, "identity", nil, s.keys["casework"])).Resolve(t.Context(), ask); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("casework resolves: %v", err)
	}
}

func TestIndicatorsCountLoginsByMonth(t *testing.T) {
	s := newStage(t)
	s.code(params())
	s.clock.Advance(31 * 24 * time.Hour)
	s.code(params())
	s.code(params())
	var out governanceapi.Indicators
	if err := wire.New(s.url, "identity", nil, s.keys["governance"]).JSON(t.Context(), "GET", "/v1/indicators", nil, &out); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, i := range out.Indicators {
		got[i.Name+" "+i.Month.String()] = i.Value
	}
	if got["authentications 2026-09-01"] != 1 || got["authentications 2026-10-01"] != 2 || got["authentications.refused 2026-10-01"] != 0 {
		t.Fatalf("%v", got)
	}
}

func TestEnrolment(t *testing.T) {
	s := newStage(t)
	good := NewPerson{
		NationalNumber: "CD7", GivenAr: "يوسف", FamilyAr: "أمزيان", GivenFr: "Youssef", FamilyFr: "Amziane",
		Born: civil.MustParse("1985-01-01"), PIN: "4321",
	}
	p, _, err := s.block.Enrol(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	known, ok, err := s.block.Known(t.Context(), "CD7")
	if err != nil || !ok || known.ID != p.ID || known.NameAr() != "يوسف أمزيان" {
		t.Fatalf("%v %v", ok, err)
	}
	if _, _, err := s.block.Enrol(t.Context(), good); errs.CodeOf(err) != "person_known" {
		t.Errorf("twice: %v", err)
	}
	bad := good
	bad.NationalNumber, bad.PIN, bad.Born, bad.Email = "123", "12", civil.MustParse("2090-01-01"), "x"
	_, _, err = s.block.Enrol(t.Context(), bad)
	var blamed []string
	for _, f := range errs.FieldsOf(err) {
		blamed = append(blamed, f.Name)
	}
	if slices.Sort(blamed); !slices.Equal(blamed, []string{"born", "email", "national_number", "pin"}) {
		t.Errorf("blamed %v", blamed)
	}
}

func TestPersonalDataIsStoredEncryptedAndHidesFromLogs(t *testing.T) {
	s := newStage(t)
	s.code(params())
	var dump string
	const q = `
SELECT string_agg(x, ' ') FROM (SELECT p::text x FROM person p UNION ALL SELECT c::text FROM card c UNION ALL SELECT l::text FROM login l
UNION ALL SELECT g::text FROM granted g UNION ALL SELECT a::text FROM audit a UNION ALL SELECT i::text FROM interaction i) t`
	if err := s.block.db.Pool().QueryRow(t.Context(), q).Scan(&dump); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "person", s.person, "new", NewPerson{NationalNumber: "AB123456", PIN: testPIN})
	for _, secret := range []string{"AB123456", "Fatima", "فاطمة", "1990-05-12", "fatima@example.ma", testPIN} {
		if strings.Contains(dump, secret) {
			t.Errorf("%s lies in the database", secret)
		}
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s lies in the log", secret)
		}
	}
}

func TestRegistrationIsWholeOrRefused(t *testing.T) {
	s := newStage(t)
	c := s.rp.client
	c.Sector = "other"
	if err := s.block.RegisterClient(t.Context(), c); errs.CodeOf(err) != "client_sector_fixed" {
		t.Errorf("another sector: %v", err)
	}
	for name, spoil := range map[string]func(*oidc.Client){
		"http elsewhere":        func(c *oidc.Client) { c.RedirectURIs = []string{"http://example.ma/cb"} },
		"fragment":              func(c *oidc.Client) { c.RedirectURIs = []string{"https://example.ma/cb#x"} },
		"no name in Tamazight":  func(c *oidc.Client) { c.Name = maps.Clone(c.Name); delete(c.Name, "zgh") },
		"no key":                func(c *oidc.Client) { c.Keys.Keys = nil },
		"unknown level":         func(c *oidc.Client) { c.Levels = []oidc.Level{"gold"} },
		"scope without right":   func(c *oidc.Client) { c.Optional = nil },
		"without scope openid":  func(c *oidc.Client) { c.Scopes = []string{"email"} },
		"unknown attribute":     func(c *oidc.Client) { c.Optional = append(slices.Clone(c.Optional), "iris") },
		"identifier with space": func(c *oidc.Client) { c.ID = "a b" },
	} {
		c := s.rp.client
		if spoil(&c); c.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "identity", files)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db,
		"data_key: wrapped by custody",
		"signing_key: sealed",
		"person: sealed; identity alone works on it, by id or keyed hash",
		"card: found by its certificate, before anybody is known",
		"sector: public",
		"subject: found by the pseudonym itself",
		"client: published partners",
		"pushed: found by the hash of its address",
		"replay: hashes",
		"session: found by the hash of its cookie",
		"interaction: found by its id or the hash of its address, and the hash of its cookie",
		"proof: found by the hash of its nonce",
		"tally: counts",
		"granted: found by the hash of its code or token",
		"consent: every query names the person of the session",
		"login: every query names the person of the session",
	)
	var swept []string
	for _, s := range sweeps {
		swept = append(swept, s.query)
	}
	pgtest.PrepareAll(t, db, slices.Concat([]string{
		formerKeys, formerPersons, sealPersonNew, formerSigning, sealSigning, dropFormer, insertPerson, updatePerson, insertCard, personByID, personByLookup, personBySubject, cardByPrint,
		cardBySerial, lockedCard, cardsOf, cardOfPerson, updateCard, cardPrinted, toldOfSession, sessionAtParty, insertProof, takeProof,
		countUp, talliedMonths, interactionAwaits, interactionPushed, subjectOf, insertSubject, endSessionsOf, insertSector, upsertClient, clientByID, insertPushed, takePushed, insertReplay,
		interactionByID, insertInteraction, setOutcome, setSession, setDone, insertSession,
		sessionBySecret, endSession, insertGrant, grantByCode, redeemGrant, revokeGrant, revokeGrants, grantByAccess, insertLogin,
		loginsOf, consentOf, replaceConsent, insertConsent, consentsOf, withdrawConsent, signingKeyRows,
		insertSigningKey, retireKeys, newestKey,
	}, swept)...)
}

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("identity", files, files, web.Standalone("http://localhost:8080"))
	if err != nil {
		t.Fatal(err)
	}
	client := oidc.Client{Name: i18n.Text{"ar": "بوابة", "fr": "Portail", "zgh": "ⵜⴰⵡⵡⵓⵔⵜ", "en": "Portal"}}
	login := loginView{ID: "int_1", Partner: client.Name, Retry: true}
	failed := login
	failed.Problem, failed.Retry = web.K("reason.card_blocked"), false
	person := Person{attributes: attributes{GivenAr: "فاطمة", FamilyAr: "العلوي", GivenFr: "Fatima", FamilyFr: "Alaoui", Born: civil.MustParse("1990-05-12")}}
	for _, tc := range []struct {
		page string
		data any
	}{
		{"login", login},
		{"login", failed},
		{"login", loginView{ID: "int_1", Retry: true}},
		{"card", cardView{loginView: login, Connector: "http://127.0.0.1:8085/sign", Nonce: "n", Return: "http://localhost:8081/ar/login/int_1/return", Lang: "ar"}},
		{"consent", consentView{
			ID: "int_1", Person: "x", Partner: client.Name, Required: []claimView{{web.K("attribute.name"), "x"}},
			Optional: []web.Choice{{Value: "birthdate", Label: web.K("attribute.birthdate"), Hint: person.Born}},
		}},
		{"consent", consentView{ID: "int_1", Person: "x", Partner: client.Name}},
		{"account", accountView{Name: "x", History: historyTable([]Login{
			{At: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), Partner: client.Name, Result: resultOK, Method: byCard, ACR: oidc.High},
			{At: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), Result: "card_blocked", Method: byCard},
			{At: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), Result: resultRefused, Method: bySession},
		}), Consents: []consentLine{{ID: "con_1", Partner: client.Name, Shared: []any{web.K("attribute.name"), web.K("attribute.email")}, At: time.Now()}}}},
		{"account", accountView{Name: "x", History: historyTable(nil)}},
		{"signed_in", goOnView{Next: "/ar/login/int_1/consent"}},
		{"logout", logoutView{SignedIn: true}},
		{"lost_card", lostView{Blocked: true}},
		{"lost_card", lostView{}},
		{"lost_card", lostView{
			SignedIn: true, Cards: []web.Choice{{Value: "crd_1", Label: web.Ref("…0001")}}, Causes: []web.Choice{{Value: "lost", Label: web.K("card_cause.lost")}},
		}},
		{"logout", logoutView{}},
	} {
		webtest.Check(t, pages, tc.page, web.Page{TitleKey: tc.page + ".title", NoIndex: true, Data: tc.data})
	}
	for _, r := range card.Reasons {
		if !pages.Bundle().Has("reason." + string(r)) {
			t.Errorf("no sentence for %s", r)
		}
	}
}
