// Package quiet keeps the chatter of libraries out of the log.
package quiet

import (
	"context"
	"log/slog"
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
