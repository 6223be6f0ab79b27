package envelope_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// migrations are a block with one table that the release before filled in clear.
var migrations fs.FS = fstest.MapFS{"migrations/00001_note.sql": {Data: []byte(`-- +goose Up
CREATE TABLE note (id text PRIMARY KEY, person text NOT NULL, name text NOT NULL DEFAULT '', answers jsonb NOT NULL DEFAULT '{}', sealed bytea);
CREATE INDEX note_clear ON note (id) WHERE sealed IS NULL;
`)}}

type answers struct {
	Name    string            `json:"name"`
	Answers map[string]string `json:"answers"`
}

var notes = envelope.Table{Name: "note", Row: "id", Owner: "person", Columns: []string{"name", "answers"}}

type world struct {
	*testing.T
	db      *pg.DB
	custody *envelopetest.Custody
	clock   *clock.Fake
	vault   *envelope.Vault
}

func begin(t *testing.T) *world {
	w := &world{T: t, db: pgtest.New(t, "casework", migrations), custody: envelopetest.New(), clock: clock.On("2026-09-01")}
	w.vault = w.another()
	return w
}

// another is the vault of another process, or of this one after a restart.
func (w *world) another() *envelope.Vault {
	w.Helper()
	v := envelope.New(w.db, w.custody, w.clock, notes)
	if err := v.Unlock(w.Context()); err != nil {
		w.Fatal(err)
	}
	return v
}

func place(row string) envelope.Place {
	return envelope.Place{Table: "note", Column: "sealed", Row: row}
}

func (w *world) seal(v *envelope.Vault, owner, row, text string) []byte {
	w.Helper()
	b, err := v.SealBytes(w.Context(), w.db.Pool(), owner, place(row), []byte(text))
	if err != nil {
		w.Fatal(err)
	}
	return b
}

func (w *world) open(v *envelope.Vault, row string, blob []byte) (string, error) {
	var plain []byte
	err := v.Open(w.Context(), w.db.Pool(), envelope.Sealed{Place: place(row), Blob: blob, Into: &plain})
	return string(plain), err
}

func TestWhatIsSealedShowsNothingAndOpensInItsPlaceOnly(t *testing.T) {
	w := begin(t)
	const name = "فاطمة الزهراء Fatima"
	blob := w.seal(w.vault, "fatima", "1", name)
	if bytes.Contains(blob, []byte("Fatima")) || bytes.Equal(blob, w.seal(w.vault, "fatima", "1", name)) {
		t.Error("what is sealed shows")
	}
	if got, err := w.open(w.another(), "1", blob); err != nil || got != name {
		t.Error(got, err)
	}
	for what, p := range map[string]envelope.Place{
		"row":    {Table: "note", Column: "sealed", Row: "2"},
		"column": {Table: "note", Column: "name", Row: "1"},
		"table":  {Table: "piece", Column: "sealed", Row: "1"},
		"limits": {Table: "notes", Column: "ealed", Row: "1"},
	} {
		var out []byte
		if err := w.vault.Open(t.Context(), w.db.Pool(), envelope.Sealed{Place: p, Blob: blob, Into: &out}); err == nil || out != nil {
			t.Errorf("opened in another %s: %q", what, out)
		}
	}
	for i := range blob {
		bad := bytes.Clone(blob)
		bad[i] ^= 1
		if got, err := w.open(w.vault, "1", bad); err == nil {
			t.Fatalf("opened with byte %d changed: %q", i, got)
		}
	}
	for n := range blob {
		if _, err := w.open(w.vault, "1", blob[:n]); err == nil {
			t.Fatalf("opened when cut to %d bytes", n)
		}
	}
}

func TestAnotherBlocksKeysOpenNothing(t *testing.T) {
	w := begin(t)
	blob := w.seal(w.vault, "fatima", "1", "answer")
	cluster := pgtest.Cluster(t)
	db, err := cluster.Block(t.Context(), "payment", migrations, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other := envelope.New(db, w.custody, w.clock)
	if err := other.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A thief who writes too copies the key rows of casework into payment's schema.
	if err := copyKeys(t.Context(), w.db, db); err != nil {
		t.Fatal(err)
	}
	thief := envelope.New(db, w.custody, w.clock)
	if err := thief.Unlock(t.Context()); err == nil {
		t.Error("the keys of one block were unwrapped for another")
	}
	var out []byte
	if err := other.Open(t.Context(), db.Pool(), envelope.Sealed{Place: place("1"), Blob: blob, Into: &out}); err == nil {
		t.Errorf("opened in another block: %q", out)
	}
}

func copyKeys(ctx context.Context, from, to *pg.DB) error {
	rows, _ := from.Pool().Query(ctx, `SELECT id, use, kek, wrapped, created_at FROM envelope_key`)
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
	for _, k := range all {
		if _, e := to.Pool().Exec(ctx, `INSERT INTO envelope_key (id, use, kek, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)`, k...); e != nil {
			err = e
		}
	}
	return err
}

func TestDestroyingAPersonsKeyDestroysWhatItSeals(t *testing.T) {
	w := begin(t)
	hers, his := w.seal(w.vault, "fatima", "1", "answer"), w.seal(w.vault, "youssef", "2", "answer")
	if err := w.vault.Destroy(t.Context(), w.db.Pool(), "fatima"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*envelope.Vault{w.vault, w.another()} {
		if got, err := w.open(v, "1", hers); !errors.Is(err, envelope.ErrDestroyed) {
			t.Errorf("%q %v", got, err)
		}
		if got, err := w.open(v, "2", his); err != nil || got != "answer" {
			t.Errorf("another person's: %q %v", got, err)
		}
	}
	var left int
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM owner_key WHERE destroyed_at IS NOT NULL AND wrapped IS NOT NULL`).Scan(&left); err != nil || left > 0 {
		t.Error(left, err)
	}
	again := w.seal(w.vault, "fatima", "3", "comes again")
	if got, err := w.open(w.another(), "3", again); err != nil || got != "comes again" {
		t.Errorf("under a new key: %q %v", got, err)
	}
}

func TestOnlyUnlockingAsksCustody(t *testing.T) {
	w := begin(t)
	before := w.custody.Calls.Load()
	err := w.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		blob, err := w.vault.Seal(ctx, tx, "fatima", place("1"), answers{Name: "Fatima"})
		if err != nil {
			return err
		}
		var got answers
		err = w.vault.Open(ctx, tx, envelope.Sealed{Place: place("1"), Blob: blob, Into: &got}, envelope.Sealed{Place: place("2")})
		if got.Name != "Fatima" {
			t.Error(got)
		}
		return err
	})
	if err != nil || w.custody.Calls.Load() != before {
		t.Errorf("%v, %d calls", err, w.custody.Calls.Load()-before)
	}
	w.custody.Down.Store(true)
	locked := envelope.New(w.db, w.custody, w.clock)
	if err := w.db.Tx(t.Context(), pg.System(), func(context.Context, pgx.Tx) error { t.Error("ran"); return nil }); err == nil {
		t.Error("unlocked without custody")
	}
	if _, err := locked.Find("number", "ZZ1"); err == nil {
		t.Error("a locked vault hashes under no key: everybody could compute it")
	}
	w.clock.Advance(2 * time.Minute) // what is open stays open while custody is away
	if err := w.vault.Unlock(t.Context()); err != nil {
		t.Error(err)
	}
}

// The key of a transaction that was rolled back seals what nobody could open.
func TestAKeyOfATransactionThatWasRolledBackIsNotUsed(t *testing.T) {
	w := begin(t)
	undone := errors.New("undone")
	err := w.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		b, err := w.vault.SealBytes(ctx, tx, "fatima", place("1"), []byte("lost"))
		if err != nil {
			return err
		}
		var out []byte
		if err := w.vault.Open(ctx, tx, envelope.Sealed{Place: place("1"), Blob: b, Into: &out}); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	blob := w.seal(w.vault, "fatima", "1", "kept")
	if got, err := w.open(w.another(), "1", blob); err != nil || got != "kept" {
		t.Errorf("%q %v", got, err)
	}
}

func TestManyAtOnceShareOneKey(t *testing.T) {
	w := begin(t)
	var wait sync.WaitGroup
	blobs := make([][]byte, 8)
	for i := range blobs {
		wait.Go(func() {
			v := envelope.New(w.db, w.custody, w.clock)
			if err := v.Unlock(context.Background()); err != nil {
				t.Error(err)
				return
			}
			var err error
			if blobs[i], err = v.SealBytes(context.Background(), w.db.Pool(), "fatima", place("1"), []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, b := range blobs {
		if len(b) < 17 || !bytes.Equal(b[:17], blobs[0][:17]) {
			t.Error("two keys for one person")
		}
	}
}

func TestRotation(t *testing.T) {
	w := begin(t)
	old := w.seal(w.vault, "fatima", "1", "old")
	hash, _ := w.vault.Find("number", "ZZ1")
	w.custody.Rotate()
	done, err := w.another().Rotate(t.Context())
	if err != nil || done.Block != "casework" || done.KEK != "kek:casework:2" || done.Owners != 1 {
		t.Fatalf("%+v %v", done, err)
	}
	var under int
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM envelope_key WHERE kek <> 'kek:casework:2'`).Scan(&under); err != nil || under > 0 {
		t.Errorf("%d keys are still under the key before, %v", under, err)
	}
	// The running process meets a key that it has not seen: it says "again", and has followed by then.
	fresh := w.seal(w.another(), "youssef", "2", "new")
	if _, err := w.open(w.vault, "2", fresh); err == nil {
		t.Error("opened under a key that was not unlocked")
	}
	for name, v := range map[string]*envelope.Vault{"running": w.vault, "restarted": w.another()} {
		if err := v.Unlock(t.Context()); err != nil {
			t.Fatal(err)
		}
		for row, want := range map[string]string{"1": "old", "2": "new"} {
			if got, err := w.open(v, row, map[string][]byte{"1": old, "2": fresh}[row]); err != nil || got != want {
				t.Errorf("%s: %q %v", name, got, err)
			}
		}
		if again, err := v.Find("number", "ZZ1"); err != nil || !bytes.Equal(again, hash) {
			t.Errorf("%s: what was found is not found any more", name)
		}
	}
	w.clock.Advance(48 * time.Hour)
	if _, err := w.vault.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var keys int
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT count(*) FROM envelope_key WHERE use = 'seal'`).Scan(&keys); err != nil || keys != 1 {
		t.Errorf("%d keys, %v: keys that seal nothing any more are deleted", keys, err)
	}
	if got, err := w.open(w.another(), "1", old); err != nil || got != "old" {
		t.Errorf("%q %v", got, err)
	}
}

// Whoever pulls the plug during a rotation would otherwise have people whose answers open under neither key.
func TestARotationThatWasKilledLeavesEverythingReadableAndEndsAtTheNextRun(t *testing.T) {
	w := begin(t)
	const people = 1100 // three batches
	err := w.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		for i := range people {
			if _, err := w.vault.SealBytes(ctx, tx, fmt.Sprint("p", i), place("1"), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first, last := w.seal(w.vault, "p0", "1", "first"), w.seal(w.vault, fmt.Sprint("p", people-1), "2", "last")
	// Killed after the first batch: the second meets a row that another session holds, and its time ends.
	hold, err := w.db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), `SELECT FROM owner_key ORDER BY ctid DESC LIMIT 50 FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	killed, kill := context.WithTimeout(t.Context(), 5*time.Second)
	defer kill()
	if _, err := w.another().Rotate(killed); err == nil {
		t.Fatal("it was not interrupted")
	}
	_ = hold.Rollback(t.Context())
	var under int
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT count(DISTINCT under) FROM owner_key`).Scan(&under); err != nil || under != 2 {
		t.Errorf("the owners' keys stand under %d keys, %v", under, err)
	}
	readable := func(when string) {
		t.Helper()
		v := w.another()
		for row, blob := range map[string][]byte{"1": first, "2": last} {
			if _, err := w.open(v, row, blob); err != nil {
				t.Errorf("%s: row %s: %v", when, row, err)
			}
		}
	}
	readable("after the kill")
	if done, err := w.another().Rotate(t.Context()); err != nil || done.Owners != people {
		t.Fatalf("%+v %v", done, err)
	}
	readable("after the next run")
}

func TestRowsOfTheReleaseBeforeAreSealedBeforeAnythingIsServed(t *testing.T) {
	w := begin(t)
	_, err := w.db.Pool().Exec(t.Context(), `INSERT INTO note (id, person, name, answers)
		SELECT 'n' || i, 'p' || i % 3, 'Fatima ' || i, jsonb_build_object('email', 'fatima@example.org') FROM generate_series(1, 1201) i`)
	if err != nil {
		t.Fatal(err)
	}
	v := w.another()
	var clear, keys int
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE sealed IS NULL OR name <> '' OR answers <> '{}'), (SELECT count(*) FROM owner_key) FROM note`).Scan(&clear, &keys); err != nil || clear > 0 || keys != 3 {
		t.Errorf("%d rows are in clear, %d keys, %v", clear, keys, err)
	}
	var blob []byte
	if err := w.db.Pool().QueryRow(t.Context(), `SELECT sealed FROM note WHERE id = 'n7'`).Scan(&blob); err != nil {
		t.Fatal(err)
	}
	var got answers
	if err := v.Open(t.Context(), w.db.Pool(), envelope.Sealed{Place: place("n7"), Blob: blob, Into: &got}); err != nil || got.Name != "Fatima 7" || got.Answers["email"] != "fatima@example.org" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAHashTellsColumnsApart(t *testing.T) {
	w := begin(t)
	a, _ := w.vault.Find("ab", "c")
	b, _ := w.vault.Find("a", "bc")
	again, _ := w.another().Find("ab", "c")
	if bytes.Equal(a, b) || !bytes.Equal(a, again) || len(a) != 32 || strings.Contains(string(a), "c@") {
		t.Error("hashes")
	}
}
