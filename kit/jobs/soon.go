package jobs

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// remembered is how many finished jobs of this process Soon can still answer for from memory.
const remembered = 1024

// outcomes remembers how the last jobs of this process ended. River writes the end of a job in batches, a quarter of a second
// later: too late for a page.
type outcomes struct {
	mu      sync.Mutex
	ended   map[int64]bool // job → it succeeded
	order   []int64
	waiting map[int64]chan struct{}
}

// middleware notes the end of each attempt.
func (o *outcomes) middleware() rivertype.WorkerMiddleware {
	return river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
		err := work(ctx)
		o.note(job.ID, err == nil)
		return err
	})
}

func (o *outcomes) note(id int64, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended == nil {
		o.ended = map[int64]bool{}
	}
	if _, again := o.ended[id]; !again {
		o.order = append(o.order, id)
	}
	o.ended[id] = ok
	if len(o.order) > remembered {
		delete(o.ended, o.order[0])
		o.order = o.order[1:]
	}
	if c, there := o.waiting[id]; there {
		close(c)
		delete(o.waiting, id)
	}
}

// watch returns how the job ended, or a channel that is closed when it ends in this process.
func (o *outcomes) watch(id int64) (ok, ended bool, end <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ok, ended = o.ended[id]; ended {
		return ok, true, nil
	}
	c, there := o.waiting[id]
	if !there {
		c = make(chan struct{})
		if o.waiting == nil {
			o.waiting = map[int64]chan struct{}{}
		}
		o.waiting[id] = c
	}
	return false, false, c
}

// forget drops the waiting place of a job that nobody waits for any longer.
func (o *outcomes) forget(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.waiting, id)
}

// Soon waits up to limit for a job that the caller has just committed, and reports whether it is done. A page shows the result if
// so, and "being prepared" if not. It is no error when a job takes longer, or when this process works no jobs.
func (j *Jobs) Soon(ctx context.Context, id int64, limit time.Duration) bool {
	if !j.running.Load() || id == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Another process may have taken the job: then only its row tells.
	row := time.NewTicker(100 * time.Millisecond)
	defer row.Stop()
	for {
		ok, ended, end := j.outcomes.watch(id)
		if ended {
			return ok
		}
		select {
		case <-end:
		case <-row.C:
			job, err := j.client.JobGet(ctx, id)
			if err == nil && job.FinalizedAt != nil {
				return job.State == rivertype.JobStateCompleted
			}
		case <-ctx.Done():
			j.outcomes.forget(id)
			return false
		}
	}
}
