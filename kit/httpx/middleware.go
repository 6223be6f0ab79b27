package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"wasl/kit/clock"
	"wasl/kit/errs"
)

// MaxBody bounds every request body that reaches a block: the largest piece (20 MiB) and its form around it.
const MaxBody = 24 << 20

var now = clock.System(nil).Now

type noteKey struct{}

type note struct {
	err    error
	caller string
}

// NoteError keeps err for the one access line of the request: errors are logged once, at the edge.
func NoteError(r *http.Request, err error) {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok && n.err == nil {
		n.err = err
	}
}

// NoteCaller keeps the name of the block or relying party that asks, or says it is, for the access line: so somebody can tell
// whose integration fails. Anything that is no name is left out.
func NoteCaller(r *http.Request, name string) {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok && callerName.MatchString(name) {
		n.caller = name
	}
}

var callerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$`)

// Edge is what stands before the handler of a block: a trace, a bounded body that is text where it should be, recovery from
// panics, one access line, and when to come back.
type Edge struct {
	Log *slog.Logger
	// Refuse answers a request that does not reach the handler; nil is Problem.
	Refuse func(http.ResponseWriter, *http.Request, error)
}

// Middleware is the edge of a handler whose refusals are problem documents.
func Middleware(log *slog.Logger, next http.Handler) http.Handler { return Edge{Log: log}.Before(next) }

// Before puts the edge before next. The access line holds the route pattern, never the path: paths may hold references.
func (e Edge) Before(next http.Handler) http.Handler {
	if e.Refuse == nil {
		e.Refuse = Problem
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := now()
		n := &note{}
		r = r.WithContext(context.WithValue(WithTrace(r), noteKey{}, n))
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
			line(e.Log, r, rec, n, now().Sub(start))
		}()
		r.Body = &arriving{http.MaxBytesReader(w, r.Body, MaxBody)}
		if err := onlyText(r); err != nil {
			e.Refuse(rec, r, err)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

func line(log *slog.Logger, r *http.Request, rec *recorder, n *note, took time.Duration) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	attrs := []slog.Attr{
		slog.String("trace", Trace(r.Context())), slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Int64("us", took.Microseconds()),
	}
	if n.caller != "" {
		attrs = append(attrs, slog.String("caller", n.caller))
	}
	if n.err != nil {
		attrs = append(attrs, slog.String("err", n.err.Error()))
	}
	log.LogAttrs(r.Context(), level(rec.status, n.err), "request", attrs...)
}

// level is ERROR only for what somebody should be woken for: a fault of ours. What a visitor or a partner did wrong is INFO,
// whatever error it was noted with; something that is away is WARN on each request, and an error once, at /readyz.
func level(status int, err error) slog.Level {
	switch {
	case err == nil && status == http.StatusInternalServerError:
		return slog.LevelError
	case err == nil:
		return slog.LevelDebug
	case status >= 400 && status < 500, errors.Is(err, context.Canceled): // whoever asked was refused, or has gone
		return slog.LevelInfo
	case errs.KindOf(err) == errs.Internal:
		return slog.LevelError
	case errs.KindOf(err) == errs.Unavailable:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// recorder remembers what was answered; Unwrap keeps Flush and deadlines reachable.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// again is when to come back after a status, in seconds (RFC 9110, 10.2.3).
var again = map[int]string{http.StatusServiceUnavailable: "5", http.StatusTooManyRequests: "2"}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
		if h := r.Header(); again[status] != "" && h.Get("Retry-After") == "" {
			h.Set("Retry-After", again[status])
		}
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
