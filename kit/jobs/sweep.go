package jobs

import (
	"context"
	"log/slog"
	"time"

	"wasl/kit/errs"
)

// sweep is work done again and again.
type sweep struct {
	name     string
	interval time.Duration
	work     func(context.Context) error
}

// Every has work run at Start and then at each interval. It may run in several processes at once: it decides each row under
// that row's lock. A failure is logged and the next interval tries again.
func Every(j *Jobs, name string, interval time.Duration, work func(context.Context) error) {
	j.sweeps = append(j.sweeps, sweep{name, interval, work})
}

func (s sweep) run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(s.interval)
	defer tick.Stop()
	for {
		if err := s.once(ctx, log); err != nil && ctx.Err() == nil {
			level := slog.LevelError
			if errs.KindOf(err) == errs.Unavailable { // said once at /readyz
				level = slog.LevelWarn
			}
			log.Log(ctx, level, "sweep failed", "sweep", s.name, "code", errs.CodeOf(err), "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// once survives a panic: one bad row must not end the sweeps of the others.
func (s sweep) once(ctx context.Context, log *slog.Logger) error {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "sweep panicked", "sweep", s.name, "panic", p)
		}
	}()
	return s.work(ctx)
}
