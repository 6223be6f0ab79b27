package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wasl/kit/clock"
	"wasl/kit/errs"
)

// MaxBody bounds every request body that reaches a block: the largest piece (20 MiB) and its form around it.
const MaxBody = 24 << 20

var now = clock.System(nil).Now

type noteKey struct{}

type note struct{ err error }

// NoteError keeps err for the one access line of the request: errors are logged once, at the edge.
func NoteError(r *http.Request, err error) {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok && n.err == nil {
		n.err = err
	}
}

// Middleware gives every request a trace, a bounded body, recovery from panics and one access line. The line holds the
// route pattern, never the path: paths may hold references.
func Middleware(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := now()
		n := &note{}
		ctx := context.WithValue(WithTrace(r), noteKey{}, n)
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				n.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				if rec.status == 0 {
					Problem(rec, r, errs.New(errs.Internal, "internal"))
				}
			}
			line(log, r, rec, n.err, now().Sub(start))
		}()
		if !addressIsText(r.URL) {
			Problem(rec, r, errs.New(errs.Invalid, "request_invalid"))
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// IsText tells whether s is UTF-8 without NUL: what PostgreSQL stores as text and JSON carries. Anything else is an attempt, and
// would come back as a fault of ours.
func IsText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func addressIsText(u *url.URL) bool {
	if !IsText(u.Path) {
		return false
	}
	query, _ := url.ParseQuery(u.RawQuery) // a pair that does not parse reaches nobody
	for name, values := range query {
		if !IsText(name) || slices.ContainsFunc(values, func(v string) bool { return !IsText(v) }) {
			return false
		}
	}
	return true
}

func line(log *slog.Logger, r *http.Request, rec *recorder, err error, took time.Duration) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	attrs := []slog.Attr{
		slog.String("trace", Trace(r.Context())), slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Int64("us", took.Microseconds()),
	}
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelInfo
		left := errors.Is(err, context.Canceled) // whoever asked has gone: no fault of ours
		if !left && (errs.KindOf(err) == errs.Internal || errs.KindOf(err) == errs.Unavailable) {
			level = slog.LevelError
		}
		attrs = append(attrs, slog.String("err", err.Error()))
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

// recorder remembers what was answered; Unwrap keeps Flush and deadlines reachable.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Bearer returns the bearer token of a request, or "".
func Bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
