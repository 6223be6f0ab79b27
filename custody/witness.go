package custody

import "time"

// silentFor is how long the witnesses have been silent.
func silentFor(since *time.Time, now time.Time) time.Duration {
	if since == nil {
		return 0
	}
	return now.Sub(*since)
}
