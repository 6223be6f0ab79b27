package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river/rivertype"

	"wasl/kit/clock"
)

// backoff doubles the pause from 1 s to 10 min: with the 25 attempts of a job, another institution may be away for some hours.
type backoff struct{ clock clock.Clock }

func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	pause := min(time.Second<<min(len(job.Errors), 20), 10*time.Minute)
	return b.clock.Now().Add(pause + rand.N(pause/4+1))
}

// atLeast passes only records of a level or above: the queue's own chatter stays out of the log.
type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h atLeast) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h atLeast) WithAttrs(a []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(a), h.level}
}

func (h atLeast) WithGroup(n string) slog.Handler { return atLeast{h.Handler.WithGroup(n), h.level} }
