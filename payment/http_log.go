package payment

import (
	"context"
	"log/slog"
)

// MaskLog returns a handler that blanks card numbers in everything logged
// through it. None should be there; a test feeds it some.
func MaskLog(h slog.Handler) slog.Handler { return maskHandler{h} }

type maskHandler struct{ slog.Handler }

func (h maskHandler) Handle(ctx context.Context, r slog.Record) error {
	message, found := MaskCards(r.Message)
	clean := slog.NewRecord(r.Time, r.Level, message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked, hit := maskAttr(a)
		clean.AddAttrs(masked)
		found = found || hit
		return true
	})
	if found {
		clean.AddAttrs(slog.Bool("card_masked", true))
	}
	return h.Handler.Handle(ctx, clean)
}

func (h maskHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i], _ = maskAttr(a)
	}
	return maskHandler{h.Handler.WithAttrs(masked)}
}

func (h maskHandler) WithGroup(name string) slog.Handler {
	return maskHandler{h.Handler.WithGroup(name)}
}

func maskAttr(a slog.Attr) (slog.Attr, bool) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		found := false
		group := make([]slog.Attr, 0, len(v.Group()))
		for _, child := range v.Group() {
			masked, hit := maskAttr(child)
			group = append(group, masked)
			found = found || hit
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}, found
	}
	if masked, found := MaskCards(v.String()); found {
		return slog.String(a.Key, masked), true
	}
	return slog.Attr{Key: a.Key, Value: v}, false
}
