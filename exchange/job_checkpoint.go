package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"wasl/custody/custodyapi"
	"wasl/exchange/gateway"
)

// publishCheckpoints puts each new checkpoint of the gateway's log into custody's evidence log, by its hash: the two logs vouch
// for each other, and a log that was rewritten contradicts what custody holds.
func (b *Block) publishCheckpoints(ctx context.Context, g *gateway.Gateway, custody *custodyapi.Client) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	var last []byte
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		cp, err := g.Checkpoint(ctx)
		if err != nil || len(cp) == 0 || bytes.Equal(cp, last) {
			continue
		}
		sum := sha256.Sum256(cp)
		if _, err := custody.AppendRoot(ctx, "chk_"+hex.EncodeToString(sum[:16]), sum[:], nil); err != nil {
			if ctx.Err() == nil {
				b.log.WarnContext(ctx, "checkpoint not in the evidence log yet", "error", err)
			}
			continue
		}
		last = cp
	}
}
