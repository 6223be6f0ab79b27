package custody

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/transparency-dev/tessera/client"

	"wasl/kit/errs"
	"wasl/kit/tilelog"
)

// scrubPause is the pause between two bundles when the log is looked at in the background, scrubEvery between two looks.
const (
	scrubPause = 20 * time.Millisecond
	scrubEvery = 24 * time.Hour
)

// scrub looks at every file of the log in the background: what the start had no time for, then all of it once a day.
func (e *evidenceLog) scrub(ctx context.Context) {
	w := e.writer.Load()
	walk := w.tiles.walk
	for ctx.Err() == nil {
		for walk != nil {
			done, err := walk.Step(ctx)
			if tilelog.AsDamage(err) != nil {
				w.tiles.guard.Refuse(err)
				e.poke()
				return
			}
			if done || err != nil || pause(ctx, scrubPause) != nil {
				walk = nil
			}
		}
		if err := e.acts.sweep(e.clock.Now()); err != nil {
			e.log.ErrorContext(ctx, "evidence log: old names of acts", "error", err)
		}
		if pause(ctx, scrubEvery) != nil {
			return
		}
		if last, err := e.store.signed(ctx); err == nil && last.Root != nil {
			walk = tilelog.NewWalk(w.tiles.disk, w.owner(e.store), last.Size, last.Root)
		}
	}
}

func (e *evidenceLog) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// errMode asks for the log to be opened anew because it is to publish nothing without its witnesses from now on, or may again.
var errMode = errors.New("custody: the log changes between publishing with and without its witnesses")

// errContradicted says what it means that a witness refuses.
var errContradicted = errors.New("a witness has co-signed another history of this log: the log was set back to an older copy, or forked")

// attend looks at the newest checkpoint and at what the witnesses said: have enough co-signed it? When that changes what may be
// published, the log is to be opened anew. It returns the damage that was found in the meantime.
func (e *evidenceLog) attend(ctx context.Context) error {
	l := e.tiles()
	if err := l.guard.Damage(); err != nil {
		return err
	}
	if e.conf.policy.IsZero() {
		return nil
	}
	raw, err := l.disk.ReadCheckpoint(ctx)
	if err != nil {
		return nil // published soon, or damage that the next check names
	}
	e.mu.Lock()
	last := e.watched
	e.mu.Unlock()
	if last.raw == "" {
		stored, err := e.store.signed(ctx)
		if err != nil {
			return nil // the database answers again, or the round says so
		}
		last = stored.watch()
	}
	answers, heard := e.conf.asked.so()
	if string(raw) != last.raw || heard != last.heard {
		next := last.look(e.conf.policy, raw, answers, e.clock.Now())
		next.heard = heard
		if err := e.store.watched(ctx, next, e.conf.policy.String()); err != nil {
			return nil
		}
		e.tell(ctx, last, next)
		last = next
		e.mu.Lock()
		e.watched = next
		e.mu.Unlock()
	}
	if last.closed(e.conf.policy, e.conf.grace, e.clock.Now()) != l.strict {
		if !l.strict {
			e.log.ErrorContext(ctx, "the evidence log publishes nothing until its witnesses co-sign", "silent_since", last.silent, "contradicted_by", last.against)
		}
		return errMode
	}
	return nil
}

// tell logs what is new of the witnesses.
func (e *evidenceLog) tell(ctx context.Context, last, next watch) {
	if next.silent != nil && last.silent == nil && len(next.against) == 0 {
		e.log.WarnContext(ctx, "too few witnesses co-sign the evidence log", "cosigned", len(next.by), "of", len(e.conf.policy.Witnesses()), "goes_on_for", e.conf.grace)
	}
	if len(next.against) > 0 && !slices.Equal(next.against, last.against) {
		e.log.ErrorContext(ctx, "evidence log", "error", errContradicted, "witnesses", next.against)
	}
}

// consult asks the witnesses about the checkpoint that is on disk, before anything is written: a log that was set back as a whole, rows
// and files, does not notice it itself.
func (e *evidenceLog) consult(ctx context.Context) {
	if e.conf.policy.IsZero() {
		e.unnamed(ctx)
		return
	}
	if last, err := e.store.signed(ctx); err == nil {
		e.conf.asked.signed.Store(last.Size)
	}
	disk := client.FileFetcher{Root: filepath.Join(e.conf.dir, "tiles")}
	if raw, err := disk.ReadCheckpoint(ctx); err == nil {
		e.conf.asked.askAll(ctx, e.conf.policy, raw, disk.ReadTile)
	}
}

// unnamed writes down, and says, that the log no longer has the witnesses that it had.
func (e *evidenceLog) unnamed(ctx context.Context) {
	if last, err := e.store.signed(ctx); err != nil || last.Policy == "" {
		return
	}
	e.log.WarnContext(ctx, "the evidence log has no witnesses any more: nobody outside would notice a fork")
	if err := e.store.watched(ctx, watch{}, ""); err != nil {
		e.log.WarnContext(ctx, "evidence log: witnesses", "error", err)
	}
}

// strict says whether a log that is opened now publishes nothing without its witnesses.
func (c logConfig) strict(last signed, raw []byte, now time.Time) bool {
	if c.policy.IsZero() {
		return false
	}
	seen := last.watch()
	if len(raw) > 0 {
		answers, _ := c.asked.so()
		seen = seen.look(c.policy, raw, answers, now)
	}
	return seen.closed(c.policy, c.grace, now)
}

// Ready says why the log signs or publishes nothing, nil as long as it does.
func (e *evidenceLog) Ready() error {
	l := e.tiles()
	why := l.refused
	if why == nil {
		why = l.guard.Damage()
	}
	if why != nil {
		return errs.New(errs.Unavailable, "log_refused").Cause(why)
	}
	if !l.strict {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.watched.against) > 0 {
		return errs.New(errs.Unavailable, "log_contradicted").Cause(fmt.Errorf("%w: %s", errContradicted, strings.Join(e.watched.against, ", ")))
	}
	return errs.New(errs.Unavailable, "log_unwitnessed").Cause(errMode)
}
