package custody

import (
	"context"
	"errors"
	"time"

	"wasl/kit/errs"
	"wasl/kit/tilelog"
)

// watch is what is known of the witnesses and of the log's files.
type watch struct {
	raw    string     // the newest checkpoint that was looked at
	by     []string   // witnesses that co-signed it
	silent *time.Time // since when too few do
}

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

// errMode asks for the log to be opened anew because its witnesses fell silent for too long, or are back.
var errMode = errors.New("custody: the log changes between publishing with and without its witnesses")

// attend looks at the newest checkpoint: have the witnesses co-signed it? When their silence has lasted too long, or ends, the
// log is to be opened anew. It returns the damage that was found in the meantime.
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
		last.silent = stored.Silent
	}
	if string(raw) != last.raw {
		next := watch{raw: string(raw), by: e.conf.policy.Cosigned(raw), silent: last.silent}
		switch satisfied := e.conf.policy.Satisfied(raw); {
		case satisfied:
			next.silent = nil
		case next.silent == nil:
			now := e.clock.Now().UTC()
			next.silent = &now
		}
		if err := e.store.silence(ctx, next.silent); err != nil {
			return nil
		}
		if next.silent != nil && last.silent == nil {
			e.log.WarnContext(ctx, "too few witnesses co-sign the evidence log", "cosigned", len(next.by), "of", len(e.conf.policy.Witnesses()), "goes_on_for", e.conf.grace)
		}
		last = next
		e.mu.Lock()
		e.watched = next
		e.mu.Unlock()
	}
	if strict := silentFor(last.silent, e.clock.Now()) > e.conf.grace; strict != l.strict {
		if strict {
			e.log.ErrorContext(ctx, "the evidence log publishes nothing until its witnesses co-sign", "silent_since", last.silent)
		}
		return errMode
	}
	return nil
}

// Ready says why the log signs or publishes nothing, nil as long as it does.
func (e *evidenceLog) Ready() error {
	l := e.tiles()
	why := l.refused
	if why == nil {
		why = l.guard.Damage()
	}
	switch {
	case why != nil:
		return errs.New(errs.Unavailable, "log_refused").Cause(why)
	case l.strict:
		return errs.New(errs.Unavailable, "log_unwitnessed").Cause(errMode)
	}
	return nil
}
