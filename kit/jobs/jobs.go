package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"wasl/kit/clock"
	"wasl/kit/pg"
	"wasl/kit/quiet"
)

const (
	// workers per queue. Jobs wait for the network more than for the database, whose pool is smaller.
	workers = 8
	// cooldown bounds a queue to workers/cooldown jobs a second: 8 / 10 ms = 800.
	cooldown = 10 * time.Millisecond
	// poll is only the fallback: one LISTEN connection per block, outside its pool, wakes the queue within milliseconds.
	poll = time.Second
	// timeout of one attempt; a job of a killed process is taken up again after rescue.
	timeout = 45 * time.Second
	rescue  = time.Minute
	// stopTimeout is how long a stopping process waits for its running jobs.
	stopTimeout = 15 * time.Second
)

const wake = `SELECT pg_notify($1, json_build_object('queue', $2::text)::text)`

// Args are the arguments of a job: a struct that marshals to JSON, with its kind ("seal_receipt"). They name rows and never
// carry personal data.
type Args = river.JobArgs

// Opts change how a job is inserted: Queue, ScheduledAt, MaxAttempts, UniqueOpts.
type Opts = river.InsertOpts

// Worker works one kind of job; embed river.WorkerDefaults. A plain function is enough with Handle.
type Worker[A Args] = river.Worker[A]

// Jobs is the queue of one block.
type Jobs struct {
	db       *pg.DB
	log      *slog.Logger
	clock    clock.Clock
	workers  *river.Workers
	kinds    int // of jobs that have a worker
	sweeps   []sweep
	client   *river.Client[pgx.Tx]
	build    sync.Once
	err      error
	running  atomic.Bool
	outcomes outcomes
	wait     sync.WaitGroup
	cancel   context.CancelFunc
}

// New returns the queue of db's block. Add the workers, then Start. Each block that has jobs keeps the retention of its rows.
func New(db *pg.DB, clk clock.Clock, log *slog.Logger) *Jobs {
	j := &Jobs{db: db, log: log, clock: clk, workers: river.NewWorkers()}
	Every(j, db.Name()+": retention", time.Hour, func(ctx context.Context) error { return db.Retain(ctx, clk.Now()) })
	return j
}

// Add registers the worker of a kind of job. All are added before the first Insert or Start.
func Add[A Args](j *Jobs, w Worker[A]) {
	j.kinds++
	river.AddWorker(j.workers, w)
}

// Handle registers a function as the worker of a kind of job.
func Handle[A Args](j *Jobs, work func(ctx context.Context, args A) error) {
	Add(j, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error { return work(ctx, job.Args) }))
}

func (j *Jobs) queue() (*river.Client[pgx.Tx], error) {
	j.build.Do(func() {
		j.client, j.err = river.NewClient(riverpgxv5.New(j.db.Pool()), &river.Config{
			Schema:               j.db.Name(),
			Workers:              j.workers,
			Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
			FetchCooldown:        cooldown,
			FetchPollInterval:    poll,
			JobTimeout:           timeout,
			RescueStuckJobsAfter: rescue,
			RetryPolicy:          backoff{j.clock},
			ReindexerSchedule:    river.NeverSchedule(), // the working role owns no index
			Middleware:           []rivertype.Middleware{j.outcomes.middleware()},
			SoftStopTimeout:      stopTimeout,
			Logger:               quiet.AtMost(slog.LevelWarn, quiet.AtLeast(slog.LevelWarn, j.log)), // a database that is away is said at /readyz
		})
	})
	if j.err != nil {
		return nil, fmt.Errorf("jobs: %s: %w", j.db.Name(), j.err)
	}
	return j.client, nil
}

// Insert adds a job in the caller's transaction and returns its number, for Soon. opts may be nil.
func (j *Jobs) Insert(ctx context.Context, tx pgx.Tx, args Args, opts *Opts) (int64, error) {
	q, err := j.queue()
	if err != nil {
		return 0, err
	}
	r, err := q.InsertTx(ctx, tx, args, opts)
	if err != nil {
		return 0, fmt.Errorf("jobs: insert %s: %w", args.Kind(), err)
	}
	// River thins out its notifications by time of insertion, whatever the transactions later do: a job could wait for the next
	// poll. PostgreSQL itself merges equal ones of a transaction and sends them at its commit.
	if _, err := tx.Exec(ctx, wake, j.db.Name()+".river_insert", r.Job.Queue); err != nil {
		return 0, fmt.Errorf("jobs: insert %s: %w", args.Kind(), err)
	}
	return r.Job.ID, nil
}

// Start begins to work jobs and returns at once. It goes on until Stop.
func (j *Jobs) Start(ctx context.Context) error {
	// Ending the caller's context must not cut jobs off: Stop lets them finish.
	ctx, j.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := j.startQueue(ctx); err != nil {
		j.cancel()
		return err
	}
	j.running.Store(true)
	for _, s := range j.sweeps {
		j.wait.Go(func() { s.run(ctx, j.log) })
	}
	return nil
}

// startQueue starts River; a block that only sweeps has no kinds of job and no queue.
func (j *Jobs) startQueue(ctx context.Context) error {
	if j.kinds == 0 {
		return nil
	}
	q, err := j.queue()
	if err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return fmt.Errorf("jobs: start %s: %w", j.db.Name(), err)
	}
	return nil
}

// Stop takes no new jobs and waits for the running ones.
func (j *Jobs) Stop() error {
	if !j.running.Swap(false) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout+5*time.Second)
	defer cancel()
	var err error
	if j.client != nil {
		err = j.client.Stop(ctx)
	}
	j.cancel()
	j.wait.Wait()
	if err != nil {
		return fmt.Errorf("jobs: stop %s: %w", j.db.Name(), err)
	}
	return nil
}

// Run starts, waits for the end of ctx, and stops.
func (j *Jobs) Run(ctx context.Context) error {
	if err := j.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return j.Stop()
}
