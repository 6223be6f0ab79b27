// Package quiet keeps the chatter of libraries out of the log.
package quiet

import (
	"context"
	"log/slog"
	"strings"
)

// AtLeast returns a logger that passes only records of the level or above.
func AtLeast(level slog.Level, log *slog.Logger) *slog.Logger {
	return slog.New(handler{log.Handler(), level})
}

type handler struct {
	slog.Handler
	level slog.Level
}

func (h handler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

func (h handler) WithAttrs(a []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(a), h.level}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.level}
}

// AtMost returns a logger that passes records above the level as that level: a library cannot know what somebody is to be woken
// for. Panics stay what they are.
func AtMost(level slog.Level, log *slog.Logger) *slog.Logger {
	return slog.New(softer{log.Handler(), level})
}

type softer struct {
	slog.Handler
	level slog.Level
}

func (h softer) Handle(ctx context.Context, r slog.Record) error {
	if r.Level > h.level && !strings.Contains(r.Message, "panic") {
		r.Level = h.level
	}
	return h.Handler.Handle(ctx, r)
}

func (h softer) WithAttrs(a []slog.Attr) slog.Handler {
	return softer{h.Handler.WithAttrs(a), h.level}
}

func (h softer) WithGroup(name string) slog.Handler {
	return softer{h.Handler.WithGroup(name), h.level}
}
