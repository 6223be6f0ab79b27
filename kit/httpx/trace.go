// Package httpx is the HTTP edge that every process shares: trace ids, recovery, limits and access lines without personal
// data, problem documents (RFC 9457), health, and a server that stops gracefully.
package httpx

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
)

// TraceHeader carries the trace id between processes (W3C Trace Context).
const TraceHeader = "traceparent"

type traceKey struct{}

// WithTrace returns a context that carries the trace id of the incoming request, or a fresh one.
func WithTrace(r *http.Request) context.Context {
	return context.WithValue(r.Context(), traceKey{}, traceID(r.Header.Get(TraceHeader)))
}

// Trace returns the 32-digit trace id of the context, "" outside a request.
func Trace(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// SetTrace writes the context's trace onto an outgoing request, with a fresh span id.
func SetTrace(ctx context.Context, h http.Header) {
	id := Trace(ctx)
	if id == "" {
		id = randomHex(16)
	}
	h.Set(TraceHeader, "00-"+id+"-"+randomHex(8)+"-01")
}

func traceID(parent string) string {
	p := strings.Split(parent, "-")
	if len(p) == 4 && p[0] == "00" && len(p[1]) == 32 && strings.Trim(p[1], "0") != "" && strings.Trim(p[1], "0123456789abcdef") == "" {
		return p[1]
	}
	return randomHex(16)
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
