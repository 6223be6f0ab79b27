package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

type seal struct{ N int }

func (seal) Kind() string { return "seal" }

func insert(t *testing.T, db *pg.DB, j *jobs.Jobs, n int, fail error) (id int64) {
	t.Helper()
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if id, err = j.Insert(ctx, tx, seal{n}, nil); err != nil {
			return err
		}
		return fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	return id
}

func start(t *testing.T, j *jobs.Jobs) {
	t.Helper()
	if err := j.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestSoonWaitsForTheJob(t *testing.T) {
	db := pgtest.New(t, "jobtest", nil)
	j := jobs.New(db, clock.System(nil), slog.Default())
	var done atomic.Int64
	jobs.Handle(j, func(ctx context.Context, a seal) error {
		switch {
		case pg.InTx(ctx):
			t.Error("a job runs inside a transaction")
		case a.N == 3:
			return errors.New("not yet")
		case a.N == 4:
			time.Sleep(time.Second)
		}
		done.Add(int64(a.N))
		return nil
	})
	if j.Soon(t.Context(), insert(t, db, j, 1, nil), time.Second) {
		t.Error("Soon is true before Start")
	}
	start(t, j)
	if !j.Soon(t.Context(), insert(t, db, j, 2, nil), 5*time.Second) {
		t.Error("job 2 was not done soon")
	}
	if j.Soon(t.Context(), insert(t, db, j, 3, nil), 5*time.Second) {
		t.Error("a failed job counts as done")
	}
	if j.Soon(t.Context(), insert(t, db, j, 4, nil), 100*time.Millisecond) {
		t.Error("a slow job counts as done")
	}
	insert(t, db, j, 100, errors.New("rolled back"))
	if err := j.Stop(); err != nil { // waits for job 4
		t.Error(err)
	}
	if got := done.Load(); got != 1+2+4 {
		t.Errorf("done %d, want 7: the job of a rolled back transaction must not run", got)
	}
}

func TestEveryGoesOnAfterFailureAndPanic(t *testing.T) {
	j := jobs.New(pgtest.New(t, "jobtest", nil), clock.System(nil), slog.New(slog.DiscardHandler))
	var runs atomic.Int64
	enough := make(chan struct{})
	jobs.Every(j, "sweep", 5*time.Millisecond, func(context.Context) error {
		switch runs.Add(1) {
		case 1:
			return errors.New("database away")
		case 2:
			panic("bad row")
		case 3:
			close(enough)
		}
		return nil
	})
	jobs.Handle(j, func(context.Context, seal) error { return nil })
	start(t, j)
	select {
	case <-enough:
	case <-time.After(5 * time.Second):
		t.Error("the sweep stopped")
	}
}

func TestJobsInARowDoNotWaitForThePoll(t *testing.T) {
	db := pgtest.New(t, "jobtest", nil)
	j := jobs.New(db, clock.System(nil), slog.Default())
	jobs.Handle(j, func(context.Context, seal) error { return nil })
	start(t, j)
	for n := range 20 {
		if !j.Soon(t.Context(), insert(t, db, j, n, nil), 800*time.Millisecond) {
			t.Errorf("job %d was not done soon", n)
		}
	}
}
