package block

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wasl/kit/clock"
)

const (
	checkLimit = 2 * time.Second // a check that takes longer has failed
	checkAgain = time.Second     // /readyz is open to everybody: it asks the database at most this often
)

// Ready collects what must hold for a process to be given requests; /readyz asks it. The zero value is ready. A nil Ready takes
// checks and forgets them: what a test of a block needs.
type Ready struct {
	mu     sync.Mutex
	log    *slog.Logger
	checks []check
	failed []string // at the last look
	at     time.Time
}

type check struct {
	name string
	ask  func(context.Context) error
}

// NewReady returns a Ready that logs once when a check begins to fail, as an error, and once when it holds again.
func NewReady(log *slog.Logger) *Ready { return &Ready{log: log} }

// Check adds a condition: name says what is wrong when ask returns an error ("locker.keys"), in public; the error goes to the log
// and must hold no personal data. ask is called at most once a second and has two seconds.
func (r *Ready) Check(name string, ask func(context.Context) error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, check{name, ask})
}

// Failing returns the names of the checks that do not hold, sorted; none when the process is ready. All are asked at once.
func (r *Ready) Failing(ctx context.Context) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := clock.System(nil).Now(); at.Sub(r.at) >= checkAgain || at.Before(r.at) {
		r.look(context.WithoutCancel(ctx)) // the visitor who leaves must not make it look broken
		r.at = clock.System(nil).Now()
	}
	return slices.Clone(r.failed)
}

func (r *Ready) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	found := make([]error, len(r.checks))
	var all sync.WaitGroup
	for i, c := range r.checks {
		all.Go(func() { found[i] = c.within(ctx) })
	}
	all.Wait()
	was := r.failed
	r.failed = nil
	for i, c := range r.checks {
		if found[i] == nil {
			continue
		}
		r.failed = append(r.failed, c.name)
		if r.log != nil && !slices.Contains(was, c.name) {
			r.log.Error("not ready", "check", c.name, "err", found[i])
		}
	}
	for _, name := range was {
		if r.log != nil && !slices.Contains(r.failed, name) {
			r.log.Warn("ready again", "check", name)
		}
	}
	slices.Sort(r.failed)
}

// within gives a check its time, even one that does not look at its context.
func (c check) within(ctx context.Context) error {
	answer := make(chan error, 1)
	go func() { answer <- c.ask(ctx) }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return errors.Join(errors.New("no answer"), ctx.Err())
	}
}
