package gateway

import (
	"context"
	"time"

	"wasl/kit/tilelog"
)

// copyToLog moves journal records into the tile log, in order, until the journal is closed. A failure is tried again for
// ever: the queue in front of it fills, exchanges stop, and the alarm is in the log. A harmed log takes nothing more; what is
// under way is answered, and the journal holds it for the start after the log was mended.
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
			if err == nil || g.tiles.damage() != nil {
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
	st, _, err := g.tiles.state()
	if err != nil {
		return err
	}
	size := st.Size
	for len(batch) > 0 && batch[0].Seq < size {
		batch = batch[1:]
	}
	return g.tiles.Append(ctx, batch)
}

// recoverLog brings the tile log up to the journal after a stop, and remembers the last minutes' requests against replay.
func (g *Gateway) recoverLog(ctx context.Context) error {
	if g.tiles.refused != nil {
		return g.rememberReplays()
	}
	st, _, err := g.tiles.state()
	if err != nil {
		return err
	}
	var batch []Record
	flush := func() error {
		err := g.tiles.Append(ctx, batch)
		batch = batch[:0]
		return err
	}
	err = g.journal.Read(st.Size, func(r Record) error {
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

// scrubPause is the pause between two bundles when the log is looked at in the background, scrubEvery between two looks.
const (
	scrubPause = 20 * time.Millisecond
	scrubEvery = 24 * time.Hour
)

// scrub says what harm the log has come to, once, and looks at its files in the background: what the start had no time for, then
// all of it once a day.
func (g *Gateway) scrub() {
	l := g.tiles
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last, walk := g.clock.Now(), l.walk; ; {
		if err := l.damage(); err != nil {
			g.logger.Error("the message log is harmed: it is only read, and nothing is exchanged", "folder", l.dir, "error", err)
			return
		}
		wait := tick.C
		if walk != nil {
			wait = time.After(scrubPause)
			switch done, err := walk.Step(context.Background()); {
			case tilelog.AsDamage(err) != nil:
				l.guard.Refuse(err)
			case done || err != nil:
				walk, last = nil, g.clock.Now()
			}
		} else if g.clock.Now().Sub(last) >= scrubEvery {
			if base, err := l.base(context.Background()); err == nil {
				walk = tilelog.NewWalk(l.disk, tilelog.Owner{Leaves: l.ownLeaves()}, base.Size, base.Root)
			}
		}
		select {
		case <-g.abandon:
			return
		case <-wait:
		}
	}
}
