package pcsc

import (
	"time"

	"wasl/kit/clock"
)

// deadline is the instant after which the other side is given up.
func deadline(d time.Duration) time.Time { return clock.System(nil).Now().Add(d) }
