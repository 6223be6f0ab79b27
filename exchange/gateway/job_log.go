package gateway

import (
	"context"
	"fmt"
	"time"
)

// copyToLog moves journal records into the tile log, in order, until the journal is closed. A failure is tried again for
// ever: the queue in front of it fills, exchanges stop, and the alarm is in the log.
func (g *Gateway) copyToLog() {
	defer close(g.copied)
	for {
		first, open := <-g.journal.out
		if !open {
			return
		}
		batch := g.gatherRecords(first)
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
			err := g.catchUp(batch)
			if err == nil {
				break
			}
			g.logger.Error("tile log does not take messages", "error", err, "waiting", len(batch))
			select {
			case <-time.After(wait):
			case <-g.abandon:
				return // the journal holds the records; the next start goes on from the log's size
			}
		}
	}
}

// gatherRecords waits a moment for more: each step of the log costs several writes to the disk, whatever its size, and nobody
// waits for it, since the journal holds the records already.
func (g *Gateway) gatherRecords(first Record) []Record {
	batch := []Record{first}
	until := time.NewTimer(logGather)
	defer until.Stop()
	for len(batch) < logBatch {
		select {
		case r, open := <-g.journal.out:
			if !open {
				return batch
			}
			batch = append(batch, r)
		case <-until.C:
			return batch
		}
	}
	return batch
}

// catchUp appends what of the batch the log does not hold yet.
func (g *Gateway) catchUp(batch []Record) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	size, err := g.tiles.reader.IntegratedSize(ctx)
	if err != nil {
		return fmt.Errorf("gateway: tile log size: %w", err)
	}
	for len(batch) > 0 && batch[0].Seq < size {
		batch = batch[1:]
	}
	return g.tiles.Append(ctx, batch)
}

// recoverLog brings the tile log up to the journal after a stop, and remembers the last minutes' requests against replay.
func (g *Gateway) recoverLog(ctx context.Context) error {
	size, err := g.tiles.reader.IntegratedSize(ctx)
	if err != nil {
		return fmt.Errorf("gateway: tile log size: %w", err)
	}
	if size > g.journal.next {
		return fmt.Errorf("gateway: tile log holds %d messages, the journal only %d: the journal was lost or replaced", size, g.journal.next)
	}
	var batch []Record
	flush := func() error {
		err := g.tiles.Append(ctx, batch)
		batch = batch[:0]
		return err
	}
	err = g.journal.Read(size, func(r Record) error {
		if batch = append(batch, r); len(batch) == logBatch {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(batch) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return g.rememberReplays()
}
