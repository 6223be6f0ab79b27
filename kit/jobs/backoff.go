package jobs

import (
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
