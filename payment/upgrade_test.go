package payment

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/payment/est3dgate"
)

// firstRelease is a database in which the first release left: an order paid and
// captured, one only authorised, two that one transaction paid, one that a
// success without a number paid, and a redirect that nobody used.
const firstRelease = `
INSERT INTO orders (id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path, provider, state,
	created_at, expires_at, paid_at, attempt, txn, document, email, lang, fingerprint)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'REF-' || n, 'casework', 'casework', 'sub-' || n, 'min_interieur', 'dos_' || n, 'rev_1',
	50000, '{"fr":"Droit"}', '/', CASE n WHEN 2 THEN 'cmi' ELSE 'est3dgate' END, state,
	'2026-08-01', '2026-09-01', '2026-08-02', 'REF' || n || '-1', txn, 'doc_' || n, NULL, 'fr', 'f'
FROM (VALUES (1, 'captured', 'T1'), (2, 'authorised', 'T2'), (3, 'authorised', 'T1'), (4, 'authorised', '')) AS o (n, state, txn);
INSERT INTO orders (id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path, provider, state, created_at, expires_at, lang, fingerprint)
VALUES ('00000000-0000-0000-0000-000000000005', 'REF-5', 'casework', '', 'sub-5', 'min_interieur', 'dos_5', 'rev_1', 50000, '{"fr":"Droit"}', '/', 'est3dgate',
	'open', '2026-08-01', '2026-09-01', 'fr', 'f');
INSERT INTO attempts (number, order_id, n, org, payer, nonce, at, outcome, asked_at)
SELECT 'REF' || n || '-1', ('00000000-0000-0000-0000-00000000000' || n)::uuid, 1, 'min_interieur', 'sub-' || n, 'x', '2026-08-02',
	CASE n WHEN 5 THEN '' ELSE 'paid' END, '2026-08-03' FROM generate_series(1, 5) n;
INSERT INTO callbacks (attempt, txn, authorised, org, answer, alert, at)
SELECT 'REF' || n || '-1', txn, true, 'min_interieur', 'ACTION=POSTAUTH', '', '2026-08-02'
FROM (VALUES (1, 'T1'), (2, 'T2'), (3, 'T1'), (4, '')) AS c (n, txn);
INSERT INTO entries (id, kind, order_id, org, at, day)
SELECT ('10000000-0000-0000-0000-00000000000' || n)::uuid, 'payment', ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'min_interieur', '2026-08-02', '2026-08-02'
FROM generate_series(1, 4) n;
INSERT INTO lines (entry_id, n, account, org, amount)
SELECT ('10000000-0000-0000-0000-00000000000' || n)::uuid, l, CASE l WHEN 1 THEN 'acquirer_receivable' ELSE 'fee_revenue' END, 'min_interieur',
	CASE l WHEN 1 THEN 50000 ELSE -50000 END
FROM generate_series(1, 4) n, generate_series(1, 2) l;`

func TestAnUpgradeTakesBackTheRevenueThatWasNeverCaptured(t *testing.T) {
	first, err := migrations.ReadFile("migrations/00001_payment.sql")
	if err != nil {
		t.Fatal(err)
	}
	cluster := pgtest.Cluster(t)
	old, err := cluster.Block(t.Context(), "payment", fstest.MapFS{"00001_payment.sql": {Data: first}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	err = old.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, firstRelease)
		return err
	})
	old.Close()
	if err != nil {
		t.Fatal(err)
	}
	db, err := cluster.Block(t.Context(), "payment", migrations, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, want := range map[string]struct {
		sql string
		n   int64
	}{
		"revenue is the captured order's":    {`SELECT -sum(amount)::bigint FROM lines WHERE account = 'fee_revenue'`, 500_00},
		"the clearing holds the others":      {`SELECT sum(amount)::bigint FROM lines WHERE account = 'card_holds'`, 3 * 500_00},
		"the ledger balances":                {`SELECT sum(amount)::bigint FROM lines`, 0},
		"one is paid":                        {`SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND state = 'captured'`, 1},
		"three are held":                     {`SELECT count(*) FROM orders WHERE held_at IS NOT NULL AND state = 'authorised'`, 3},
		"the bank is asked about three":      {`SELECT count(*) FROM attempts WHERE ask_at IS NOT NULL`, 3},
		"a transaction has its first user":   {`SELECT count(*) FROM transactions WHERE txn = 'T1' AND attempt = 'REF1-1'`, 1},
		"what has no number is a case":       {`SELECT count(*) FROM cases WHERE kind = 'capture_unconfirmed' AND closed_at IS NULL AND attempt = 'REF4-1'`, 1},
		"the month counts what was captured": {`SELECT sum(amount)::bigint FROM months`, 500_00},
	} {
		var got int64
		err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, want.sql).Scan(&got) })
		if err != nil || got != want.n {
			t.Errorf("%s: %d, want %d (%v)", what, got, want.n, err)
		}
	}
	// What the upgrade left can be carried on by the rules of today.
	err = db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		for n := range 4 {
			o, err := orderOfAttempt(ctx, tx, "REF"+string(rune('1'+n))+"-1")
			if err != nil {
				return err
			}
			if err := saveState(ctx, tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("an old order cannot be written any more: %v", err)
	}
	pgtest.CheckGuards(t, db)
}

var quoted = regexp.MustCompile(`'([^']*)'::text`)

// Each closed vocabulary stands once in Go and once in SQL, and they agree.
func TestVocabulariesAreTheDatabasesToo(t *testing.T) {
	db := pgtest.New(t, "payment", migrations)
	list := func(words ...[]string) []string { return slices.Sorted(slices.Values(slices.Concat(words...))) }
	for constraint, want := range map[string][]string{
		"orders_state": list(words(States)), "orders_provider": list([]string{string(Est3DGate)}), "attempts_outcome": list(words(Outcomes)),
		"callbacks_answer": list([]string{string(est3dgate.Approved), string(est3dgate.PostAuth)}),
		"callbacks_alert":  list([]string{"", string(PaidTwice), string(LateSuccess)}),
		"entries_kind":     list(words(EntryKinds)), "lines_account": list(words(Accounts)),
		"cases_kind_check": list(words(CaseKinds)), "cases_remedy_check": list(words(Remedies)), "cases_finding_check": list([]string{""}, words(Findings)),
	} {
		var text string
		err := db.Pool().QueryRow(t.Context(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1 AND connamespace = current_schema()::regnamespace`, constraint).Scan(&text)
		if err != nil {
			t.Errorf("%s: %v", constraint, err)
			continue
		}
		var got []string
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: SQL has %s, Go has %s", constraint, strings.Join(got, " "), strings.Join(want, " "))
		}
	}
}

func words[T ~string](list []T) (out []string) {
	for _, w := range list {
		out = append(out, string(w))
	}
	return out
}

func TestAnUnknownWordIsKnownToNobody(t *testing.T) {
	for _, made := range []string{"x1", "Open", "captured ", "paid"} {
		if State(made).Known() || Outcome(made).Known() || CaseKind(made).Known() || Remedy(made).Known() || Finding(made).Known() ||
			Account(made).Known() || EntryKind(made).Known() || Provider(made).Known() || est3dgate.Standing(made).Known() {
			t.Errorf("%q is known", made)
		}
	}
	for _, s := range States {
		if !s.Known() || !s.Public().Known() {
			t.Errorf("%s is not known", s)
		}
	}
	for _, k := range CaseKinds {
		if !k.Known() || !k.Remedy().Known() {
			t.Errorf("%s is not known", k)
		}
	}
}
