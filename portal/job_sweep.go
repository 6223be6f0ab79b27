package portal

import (
	"context"
	"time"
)

// housekeeping sweeps what is over every minute until ctx ends. Nothing depends
// on it: a session that is over is refused whether its row is there or not.
func (b *Block) housekeeping(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := b.sweep(ctx, b.d.Clock.Now()); err != nil && ctx.Err() == nil {
			b.d.Log.Warn("portal: sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
