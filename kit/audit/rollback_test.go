package audit_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// blockOf returns a block's database in its working role and in its owner's, as an operator has it.
func blockOf(t *testing.T) (db, owner *pg.DB) {
	t.Helper()
	cluster := pgtest.ClusterWith(t, "audittest", nil)
	db, err := cluster.Block(t.Context(), "audittest", nil, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if owner, err = cluster.Owner(t.Context(), "audittest"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(owner.Close)
	return db, owner
}

// restore takes the database back to the state before the batches after the first n, as a backup of that moment does.
func restore(t *testing.T, owner *pg.DB, n int) {
	t.Helper()
	for _, q := range []string{
		`DELETE FROM audit WHERE batch IS NULL OR batch IN (SELECT id FROM audit_batch ORDER BY log_index OFFSET $1)`,
		`DELETE FROM audit_batch WHERE id IN (SELECT id FROM audit_batch ORDER BY log_index OFFSET $1)`,
		`UPDATE audit_compared SET log_index = least(log_index, $1 - 1)`,
	} {
		if _, err := owner.Pool().Exec(t.Context(), q, n); err != nil {
			t.Fatal(err)
		}
	}
}

func try(t *testing.T, db *pg.DB) error {
	t.Helper()
	return db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := audit.Record(ctx, tx, clock.On("2026-09-01"), audit.Entry{Act: "a", Object: "o"})
		return err
	})
}

func compare(t *testing.T, db *pg.DB, l audit.Sink) int {
	t.Helper()
	n, err := audit.Compare(t.Context(), db, l)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARestoredDatabaseTakesNoActUntilItsLostActsAreAccepted(t *testing.T) {
	db, owner := blockOf(t)
	l := newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	for range 3 {
		record(t, db, audit.Entry{Act: "dossier.deposited", Object: "dos_1", Subject: "person"})
		publish(t, p)
	}
	compare(t, db, l) // as the running block does each minute
	var lost []string
	for range 5 {
		lost = append(lost, record(t, db, audit.Entry{Act: "dossier.approved", Object: "dos_1", Subject: "person"}))
		publish(t, p)
	}
	if n := compare(t, db, l); n != 0 {
		t.Fatalf("%d batches are lost before anything was", n)
	}
	restore(t, owner, 3)
	if n := compare(t, db, l); n != 5 {
		t.Fatalf("%d batches are found lost, want 5", n)
	}
	if err := try(t, db); errs.KindOf(err) != errs.Unavailable || errs.CodeOf(err) != "records_rolled_back" {
		t.Errorf("an act after the restoration: %v", err)
	}
	if n := compare(t, db, l); n != 0 {
		t.Errorf("%d found again", n)
	}
	list, err := audit.LostActs(t.Context(), db)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d listed: %v", len(list), err)
	}
	for i, b := range list {
		if len(b.Acts) != 1 || b.Acts[0].ID != lost[i] || b.Acts[0].Is != "dossier.approved" || !strings.HasPrefix(b.Acts[0].At, "2026-0") || b.Accepted != nil {
			t.Errorf("%d: %+v", i, b)
		}
	}
	// The block itself cannot wave it away.
	for _, q := range []string{"UPDATE audit_rollback SET accepted_at = now()", "DELETE FROM audit_lost", "DELETE FROM audit_rollback"} {
		if _, err := db.Pool().Exec(t.Context(), q); err == nil {
			t.Errorf("the working role may: %s", q)
		}
	}
	id, err := audit.AcceptRollback(t.Context(), owner, clock.On("2026-09-02"))
	if err != nil || id.IsZero() {
		t.Fatal(id, err)
	}
	if err := try(t, db); err != nil {
		t.Errorf("an act after the acceptance: %v", err)
	}
	var said string
	err = db.Pool().QueryRow(t.Context(), "SELECT detail->>'batches' || ' ' || (detail->>'acts') FROM audit WHERE act = 'rollback.accepted' AND object = $1", id.String()).Scan(&said)
	if err != nil || said != "5 5" {
		t.Errorf("the acceptance is recorded as %q: %v", said, err)
	}
	publish(t, p)
	if n := compare(t, db, l); n != 0 {
		t.Errorf("%d found after the acceptance", n)
	}
	if id, err := audit.AcceptRollback(t.Context(), owner, clock.On("2026-09-02")); err != nil || !id.IsZero() {
		t.Errorf("accepted twice: %v %v", id, err)
	}
	// A second restoration is another one.
	record(t, db, audit.Entry{Act: "a", Object: "o"})
	publish(t, p)
	restore(t, owner, 4)
	if n := compare(t, db, l); n != 1 {
		t.Errorf("%d lost the second time", n)
	}
	if err := try(t, db); errs.CodeOf(err) != "records_rolled_back" {
		t.Errorf("an act after the second restoration: %v", err)
	}
}

// TestAKillIsNoRollback: whatever moment a process is killed in, its batch was committed before it was sent.
func TestAKillIsNoRollback(t *testing.T) {
	db, _ := blockOf(t)
	l := newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	p.Log = slog.New(slog.DiscardHandler)
	record(t, db, audit.Entry{Act: "a", Object: "o"})
	l.lose = errors.New("killed before the answer was written down")
	if _, err := p.Publish(t.Context()); err == nil {
		t.Fatal("no error")
	}
	l.lose = nil
	if n := compare(t, db, l); n != 0 {
		t.Errorf("sent, not recorded: %d found lost", n)
	}
	l.fail = errors.New("killed before the root was sent")
	record(t, db, audit.Entry{Act: "a", Object: "o"})
	if _, err := p.Publish(t.Context()); err == nil {
		t.Fatal("no error")
	}
	l.fail = nil
	if n := compare(t, db, l); n != 0 {
		t.Errorf("recorded, not sent: %d found lost", n)
	}
	if err := try(t, db); err != nil {
		t.Error(err)
	}
	publish(t, p)
	if len(l.leaves) != 3 && len(l.leaves) != 2 {
		t.Errorf("%d leaves", len(l.leaves))
	}
}

// TestABatchWithAnotherRootIsLost: the rows were rewritten, not only cut.
func TestABatchWithAnotherRootIsLost(t *testing.T) {
	db, owner := blockOf(t)
	l := newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	record(t, db, audit.Entry{Act: "a", Object: "o"})
	publish(t, p)
	if _, err := owner.Pool().Exec(t.Context(), "UPDATE audit_batch SET root = sha256('x')"); err != nil {
		t.Fatal(err)
	}
	if n := compare(t, db, l); n != 1 {
		t.Errorf("%d found lost", n)
	}
}

// TestALogThatForgotWhatItPromisedIsTold: the log itself is older than the rows.
func TestALogThatForgotWhatItPromisedIsTold(t *testing.T) {
	db, _ := blockOf(t)
	l := newLog(t)
	p := audit.NewPublisher(db, "audittest", l)
	for range 2 {
		record(t, db, audit.Entry{Act: "a", Object: "o"})
		publish(t, p)
	}
	l.logged = l.logged[:1]
	if _, err := audit.Compare(t.Context(), db, l); err == nil || !strings.Contains(err.Error(), "not at the place of the log that was promised") {
		t.Errorf("%v", err)
	}
}
