package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/proof"
)

// memoryLog is an evidence log that fails on demand.
type memoryLog struct {
	mu     sync.Mutex
	leaves [][]byte
	logged []proof.Logged
	acts   map[string][]proof.Act
	index  map[string]int
	signer note.Signer
	key    string
	fail   error // before the root is taken
	lose   error // after it was taken: the answer is lost
	calls  int
}

func newLog(t *testing.T) *memoryLog {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "log.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &memoryLog{index: map[string]int{}, acts: map[string][]proof.Act{}, signer: signer, key: vkey}
}

func (l *memoryLog) Batches(_ context.Context, after int64) ([]proof.Logged, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.logged[min(int(after+1), len(l.logged)):min(int(after+3), len(l.logged))], l.fail // pages of two
}

func (l *memoryLog) Acts(_ context.Context, batch string) ([]proof.Act, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acts[batch], nil
}

func (l *memoryLog) AppendRoot(ctx context.Context, batch string, root []byte, acts []proof.Act) (proof.Inclusion, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if pg.InTx(ctx) {
		return proof.Inclusion{}, errors.New("called inside a transaction")
	}
	if l.fail != nil {
		return proof.Inclusion{}, l.fail
	}
	i, there := l.index[batch]
	if !there {
		i = len(l.leaves)
		l.leaves, l.index[batch] = append(l.leaves, proof.LogLeaf("audittest", batch, root)), i
		l.logged, l.acts[batch] = append(l.logged, proof.Logged{Index: int64(i), Batch: batch, Root: root}), acts
	}
	if l.lose != nil {
		return proof.Inclusion{}, l.lose
	}
	cp := log.Checkpoint{Origin: "log.test", Size: uint64(len(l.leaves)), Hash: proof.Root(l.leaves)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, l.signer)
	return proof.Inclusion{Index: uint64(i), Size: cp.Size, Path: proof.Path(l.leaves, i), Checkpoint: signed}, err
}

func record(t *testing.T, db *pg.DB, e audit.Entry) (id string) {
	t.Helper()
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = audit.Record(ctx, tx, clock.On("2026-09-01"), e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func publish(t *testing.T, p *audit.Publisher) {
	t.Helper()
	if _, err := p.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestEveryEntryGetsAProof(t *testing.T) {
	db, l := pgtest.New(t, "audittest", nil), newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	var ids []string
	for i := range 10 {
		for range i + 1 {
			e := audit.Entry{Act: "dossier.deposited", Object: fmt.Sprint("dos_", i), Org: "com_1", Subject: "person", Detail: map[string]string{"n": fmt.Sprint(i)}}
			ids = append(ids, record(t, db, e))
		}
		if _, err := audit.Proof(t.Context(), db, ids[len(ids)-1]); errs.CodeOf(err) != "proof_pending" {
			t.Errorf("before publishing: %v", err)
		}
		publish(t, p)
	}
	publish(t, p) // nothing waits
	if len(l.leaves) != 10 {
		t.Errorf("%d batches are logged, want 10", len(l.leaves))
	}
	for _, id := range ids {
		file, err := audit.Proof(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		r, err := proof.Verify(file, l.key)
		if err != nil || r.Entry.ID != id || r.Entry.Block != "audittest" || r.Entry.Act != "dossier.deposited" {
			t.Fatalf("%s: %+v %v\n%s", id, r, err, file)
		}
	}
	if _, err := audit.Proof(t.Context(), db, "aud_00000000000000000000000000000001"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("unknown entry: %v", err)
	}
}

func TestLostAnswersAndOutagesLoseAndDoubleNothing(t *testing.T) {
	db, l := pgtest.New(t, "audittest", nil), newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	p.Log = slog.New(slog.DiscardHandler)
	id := record(t, db, audit.Entry{Act: "a", Object: "o"})
	for _, c := range []struct{ fail, lose error }{{errors.New("custody is away"), nil}, {nil, errors.New("the answer was lost")}} {
		l.fail, l.lose = c.fail, c.lose
		if _, err := p.Publish(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	l.fail, l.lose = nil, nil
	publish(t, p)
	if len(l.leaves) != 1 || l.calls != 3 {
		t.Errorf("%d leaves after %d calls, want 1 after 3", len(l.leaves), l.calls)
	}
	file, err := audit.Proof(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Verify(file, l.key); err != nil {
		t.Error(err)
	}
}

func TestPublishersShareTheRows(t *testing.T) {
	db, l := pgtest.New(t, "audittest", nil), newLog(t)
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range 50 {
				record(t, db, audit.Entry{Act: "a", Object: fmt.Sprint(w, i)})
			}
		})
		wait.Go(func() {
			p := audit.NewPublisher(db, "audittest", l)
			for range 20 {
				if _, err := p.Publish(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	publish(t, audit.NewPublisher(db, "audittest", l))
	var n, placed int
	err := db.Pool().QueryRow(t.Context(), `SELECT count(*), count(DISTINCT (a.batch, a.pos)) FROM audit a JOIN audit_batch b ON b.id = a.batch WHERE b.checkpoint IS NOT NULL`).Scan(&n, &placed)
	if err != nil || n != 200 || placed != 200 {
		t.Errorf("%d entries are logged at %d places, want 200: %v", n, placed, err)
	}
}

func TestARolledBackActLeavesNoEntry(t *testing.T) {
	db := pgtest.New(t, "audittest", nil)
	_ = db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := audit.Record(ctx, tx, clock.On("2026-09-01"), audit.Entry{Act: "a", Object: "o"})
		return errors.Join(err, errors.New("refused"))
	})
	var n int
	if err := db.Pool().QueryRow(t.Context(), "SELECT count(*) FROM audit").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d entries, %v", n, err)
	}
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db)
}
