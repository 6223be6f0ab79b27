package identity

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"wasl/governance/governanceapi"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/pg/pgtest"
	"wasl/kit/wire"
)

func (s *stage) rows(table string) (n int) {
	s.t.Helper()
	if err := s.block.db.Pool().QueryRow(s.t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// Forty strangers at the door once left 200 entries of evidence that nobody could ever delete.
func TestStrangersLeaveCountsAndNoRows(t *testing.T) {
	s := newStage(t)
	s.code(params())
	tables := []string{"interaction", "login", "audit", "proof", "session", "granted", "subject", "pushed"}
	was := map[string]int{}
	for _, table := range tables {
		was[table] = s.rows(table)
	}
	const strangers = 10
	for range strangers {
		b := s.browser().get("/fr/account")
		page := b.at.Path
		for _, spoil := range []func(*cardproto.Answer){
			func(a *cardproto.Answer) { a.Failure = cardproto.FailureCancelled },
			func(a *cardproto.Answer) { a.Failure = cardproto.FailureBlocked },
			func(a *cardproto.Answer) { a.Certificates = [][]byte{{1, 2, 3}} },
			func(a *cardproto.Answer) { a.Signature = make([]byte, 64) },
		} {
			b.get(page + "/card")
			a := cardproto.Answer{Nonce: b.field("nonce")}
			spoil(&a)
			status, ticket := s.answer(a)
			if status != http.StatusOK {
				t.Fatalf("answered %d", status)
			}
			if b.get(page + "/return?ticket=" + ticket); b.status != http.StatusForbidden {
				t.Fatalf("the person is told %d", b.status)
			}
		}
	}
	for _, table := range tables {
		if now := s.rows(table); now != was[table] {
			t.Errorf("%s grew from %d to %d", table, was[table], now)
		}
	}
	var unproven int
	if err := s.block.db.Pool().QueryRow(t.Context(), `SELECT coalesce(sum(n), 0) FROM tally WHERE name = 'unproven'`).Scan(&unproven); err != nil || unproven != 4*strangers {
		t.Errorf("%d counted %v", unproven, err)
	}

	// Through a partner's link: the pushed request becomes the log-in, one row for one, gone in twenty minutes; nothing else.
	b := s.browser().authorize(s.rp, s.rp.push(params()))
	page := b.at.Path
	b.get(page + "/card")
	s.answer(cardproto.Answer{Nonce: b.field("nonce"), Failure: cardproto.FailureCancelled})
	b.post(page+"/refuse", nil)
	if b.answered("error") != oidc.AccessDenied || b.answered("error_description") != "cancelled" {
		t.Errorf("the partner is told %s", b.at)
	}
	for _, table := range []string{"login", "audit", "proof"} {
		if now := s.rows(table); now != was[table] {
			t.Errorf("through a partner's link %s grew from %d to %d", table, was[table], now)
		}
	}
	s.clock.Advance(interactionLife + time.Second)
	for _, w := range sweeps {
		if err := s.block.sweep(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if left := s.rows("interaction"); left != 0 {
		t.Errorf("%d log-ins are left", left)
	}
	var out governanceapi.Indicators
	if err := wire.New(s.url, "identity", nil, s.keys["governance"]).JSON(t.Context(), "GET", "/v1/indicators", nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, i := range out.Indicators {
		if i.Name == "authentications.refused" && i.Value != 0 {
			t.Errorf("%v is published", i)
		}
	}
}

// A text that no row can hold is refused wherever it comes in, by a stranger or a partner, and wakes nobody.
func TestTextThatNoRowCanHoldIsAFaultOfTheSender(t *testing.T) {
	s := newStage(t)
	nul := "a\x00b"
	post := func(path string, form url.Values, assertion string) int {
		status, _ := s.rp.post(path, form, assertion)
		return status
	}
	named := func(name string) string { return s.rp.assertion(func(m map[string]any) { m[name] = nul }) }
	for name, got := range map[string]int{
		"sub at /par":       post("/par", params(), named("sub")),
		"sub at /token":     post("/token", params(), named("sub")),
		"iss":               post("/par", params(), named("iss")),
		"jti":               post("/par", params(), named("jti")),
		"aud":               post("/par", params(), named("aud")),
		"state":             post("/par", with(func(v url.Values) { v.Set("state", nul) }), s.rp.assertion(nil)),
		"nonce":             post("/par", with(func(v url.Values) { v.Set("nonce", nul) }), s.rp.assertion(nil)),
		"claims":            post("/par", with(func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":"\u0000"}}`) }), s.rp.assertion(nil)),
		"acr_values":        post("/par", with(func(v url.Values) { v.Set("acr_values", nul) }), s.rp.assertion(nil)),
		"login_hint":        post("/par", with(func(v url.Values) { v.Set("login_hint", nul) }), s.rp.assertion(nil)),
		"id_token_hint":     post("/par", with(func(v url.Values) { v.Set("id_token_hint", nul) }), s.rp.assertion(nil)),
		"invalid UTF-8":     post("/par", with(func(v url.Values) { v.Set("state", "\xff") }), s.rp.assertion(nil)),
		"code":              post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {nul}}, s.rp.assertion(nil)),
		"nonce of a card":   first(s.answer(cardproto.Answer{Nonce: nul})),
		"failure of a card": first(s.answer(cardproto.Answer{Nonce: "x", Failure: cardproto.Failure(nul)})),
		"access token":      s.userinfo(url.QueryEscape(nul)),
		"page":              s.browser().get("/fr/login/int_%00").status,
		"request_uri":       s.browser().get("/authorize?client_id=portal&request_uri=%00").status,
		"client_id":         s.browser().get("/authorize?client_id=%00&request_uri=x").status,
		"ticket":            s.browser().get("/fr/login/own/return?ticket=%00").status,
	} {
		if name == "claims" && got == http.StatusCreated {
			continue // named and passed over: no such person exists
		}
		if got < 400 || got > 499 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("somebody is woken:\n%s", s.log.String())
	}
}

func first(status int, _ string) int { return status }

// With twenty-nine partners the operator must see whose calls fail, and sleep.
func TestAPartnersMistakeIsLoggedWithItsNameAndIsNoError(t *testing.T) {
	s := newStage(t)
	s.register("bank", "bank")
	s.rp.post("/par", params(), s.rp.assertion(func(m map[string]any) { m["aud"] = "x" }))
	s.rp.post("/par", with(func(v url.Values) { v.Set("scope", "x") }), s.rp.assertion(nil))
	s.rp.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, s.rp.assertion(nil))
	s.rp.post("/par", params(), "x.y.z")
	var named, nameless int
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
			t.Error(line)
		}
		if strings.Contains(line, "partner_refused: client portal") {
			named++
		}
		if strings.Contains(line, "partner_refused: client not registered") {
			nameless++
		}
	}
	if named != 3 || nameless != 1 {
		t.Errorf("%d lines name the partner, %d nobody:\n%s", named, nameless, s.log.String())
	}
}

func TestASchemeThatIsNotTakenIsNamed(t *testing.T) {
	s := newStage(t)
	for scheme, want := range map[string]string{"Basic eDp5": `Basic realm="wasl"`, "Bearer x": "Bearer", "Digest\" x": `Basic realm="wasl"`} {
		r, _ := http.NewRequest(http.MethodPost, s.url+"/token", strings.NewReader(""))
		r.Header.Set("Authorization", scheme)
		if b := s.browser().do(r); b.status != http.StatusUnauthorized || b.header.Get("WWW-Authenticate") != want {
			t.Errorf("%s: %d %q", scheme, b.status, b.header.Get("WWW-Authenticate"))
		}
	}
	if b := s.browser().get("/userinfo"); b.status != http.StatusUnauthorized || strings.Contains(b.header.Get("WWW-Authenticate"), "error") {
		t.Errorf("userinfo without a token: %d %q", b.status, b.header.Get("WWW-Authenticate"))
	}
	_, access := s.signedInAtTheBank()
	resp, err := http.PostForm(s.url+"/userinfo", url.Values{"access_token": {access}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a token in the form: %d", resp.StatusCode)
	}
}

// Relying parties must go on verifying what we signed while the database is away, however long.
func TestTheKeysAreServedWhileTheDatabaseIsAway(t *testing.T) {
	s := newStage(t)
	before := s.browser().get("/jwks").body
	s.block.db.Close()
	for range 3 {
		s.clock.Advance(24 * time.Hour)
		if b := s.browser().get("/jwks"); b.status != http.StatusOK || b.body != before {
			t.Fatalf("/jwks: %d %s", b.status, b.body)
		}
		if b := s.browser().get("/.well-known/openid-configuration"); b.status != http.StatusOK {
			t.Fatalf("metadata: %d", b.status)
		}
	}
}

// A million rows of each table that is swept: the plan uses an index and the sweep ends in seconds, whatever is left standing.
func TestAMillionRowsAreSweptInSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	s := newStage(t)
	s.code(params())
	s.clock.Advance(100 * 24 * time.Hour)
	const n, due = 1_000_000, 20_000
	ctx, pool := t.Context(), s.block.db.Pool()
	begin := time.Now()
	// As the test server's own user: rows go in without each being checked against others.
	conf, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conf.Database = pool.Config().ConnConfig.Database
	conf.RuntimeParams["search_path"], conf.RuntimeParams["session_replication_role"], conf.RuntimeParams["synchronous_commit"] = "identity", "replica", "off"
	load := func(queries ...string) error {
		conn, err := pgx.ConnectConfig(ctx, conf)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		for _, q := range queries {
			if _, err := conn.Exec(ctx, q, s.clock.Now()); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}
	ends := fmt.Sprintf(`CASE WHEN g <= %d THEN $1::timestamptz - interval '90 days' ELSE $1::timestamptz + interval '1 day' END`, due)
	series := fmt.Sprintf(` FROM generate_series(1, %d) g`, n)
	person := `(SELECT id FROM person LIMIT 1)`
	crd := `(SELECT id FROM card LIMIT 1)`
	var both errgroup.Group
	both.Go(func() error {
		return load(
			`INSERT INTO session SELECT gen_random_uuid(), sha256(int8send(g)), `+person+`, `+crd+`, '', '{}', $1, `+ends+series,
			`INSERT INTO granted SELECT int8send(s.n), 'portal', s.person, s.id, '', '', '', '', '', '{}', '{}', '', '{}', $1::timestamptz, s.expires_at
FROM (SELECT *, row_number() OVER () AS n FROM session) s`,
		)
	})
	both.Go(func() error {
		return load(
			`INSERT INTO replay SELECT 'portal', int8send(g), `+ends+series,
			`INSERT INTO pushed SELECT int8send(g), 'portal', '{}', `+ends+series,
			`INSERT INTO interaction (id, browser, client, request, expires_at) SELECT gen_random_uuid(), sha256(''), 'portal', '{}', `+ends+series,
			`INSERT INTO proof SELECT sha256(int8send(g)), `+person+`, `+crd+`, '', false, `+ends+series,
			`INSERT INTO login_rest SELECT gen_random_uuid(), `+person+`, 'portal', CASE WHEN g <= 20000 THEN $1::timestamptz - interval '500 days' ELSE $1::timestamptz END, 'ok', 'card', '', '{}'`+series,
		)
	})
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	loaded := time.Since(begin)
	for _, w := range sweeps {
		if w.table == "signing_key" {
			continue // a handful
		}
		var plan strings.Builder
		rows, err := pool.Query(ctx, `EXPLAIN `+w.query, s.clock.Now(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		rows.Close()
		if strings.Contains(plan.String(), "Seq Scan") || !strings.Contains(plan.String(), "Index") {
			t.Errorf("%s is read whole:\n%s", w.table, plan.String())
		}
		start := time.Now()
		if err := s.block.sweep(ctx, w); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		t.Logf("%s: %d of %d rows in %s", w.table, due, n, took.Round(time.Millisecond))
		if took > 15*time.Second {
			t.Errorf("%s takes %s", w.table, took)
		}
	}
	t.Logf("loaded in %s", loaded.Round(time.Second))
	start := time.Now()
	if err := s.block.db.Retain(ctx, s.clock.Now()); err != nil || time.Since(start) > 15*time.Second {
		t.Errorf("the history takes %s: %v", time.Since(start), err)
	}
	if left := s.rows("login"); left > n-due+1 { // and the one of the stage
		t.Errorf("%d lines of the history are left", left)
	}
	if left := s.rows("session"); left > n-due+2 {
		t.Errorf("%d sessions are left", left)
	}
}

func TestAFailingSweepDoesNotStopTheOthers(t *testing.T) {
	s := newStage(t)
	if err := s.block.sweep(t.Context(), sweep{table: "none", query: expired("none", "at", "$1", "")}); err == nil {
		t.Fatal("a table that does not exist was swept")
	}
	names := map[string]bool{}
	for _, w := range sweeps {
		if names[w.table] || w.every > time.Hour {
			t.Errorf("%s: twice, or every %s", w.table, w.every)
		}
		names[w.table] = true
	}
}

// The history is dropped by months, and nobody's last thirteen months with it.
func TestTheHistoryIsCutByMonths(t *testing.T) {
	s := newStage(t)
	if err := s.block.db.Retain(t.Context(), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	s.browser().get("/fr/account").useCard(s.chip, testPIN)
	if s.rows("login WHERE tableoid = 'login_202609'::regclass") != 1 || s.rows("login") != 1 {
		t.Fatal("the log-in did not go to its month")
	}
	step := func(months int) {
		s.clock.Advance(time.Duration(months) * 30 * 24 * time.Hour)
		for range 2 { // again changes nothing
			if err := s.block.db.Retain(t.Context(), s.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	step(13)
	if s.rows("login") != 1 {
		t.Fatal("dropped too early")
	}
	step(2)
	if s.rows("login") != 0 {
		t.Error("kept after its retention")
	}
	b := s.browser().get("/fr/account").useCard(s.chip, testPIN)
	if b.at.Path != "/fr/account" || s.rows("login") != 1 {
		t.Errorf("%s, %d lines", b.at, s.rows("login"))
	}
}
