// Package api gives a block its contract under /v1: operations whose Go types are the OpenAPI document (huma), called with a
// service token of a known block, answering problem documents that never repeat what was sent.
package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/tokens"
)

// API is the contract of one block.
type API struct {
	huma huma.API
	keys *tokens.Keyring
}

type callerKey struct{}

// allowed is the operation metadata that names the blocks which may call it; published is the same in the document.
const (
	allowed   = "wasl-callers"
	published = "x-wasl-callers"
)

// scheme is the name of the service token in the document.
const scheme = "service-token"

var replaceErrors = sync.OnceFunc(func() {
	// huma's own validation answers repeat the submitted values, the whole body for an unknown property.
	huma.NewError = newProblem
})

// New serves the contract of block on mux; every operation registered later needs a service token unless it is Public.
func New(mux *http.ServeMux, block, version string, keys *tokens.Keyring) *API {
	replaceErrors()
	c := huma.DefaultConfig("Wasl "+block, version)
	c.DocsPath, c.SchemasPath, c.OpenAPIPath, c.CreateHooks = "", "", "", nil
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{scheme: {
		Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "ES256, 60 seconds, iss the calling block, aud this block",
	}}
	a := &API{keys: keys}
	a.huma = humago.New(mux, c)
	a.huma.UseMiddleware(a.authenticate, a.room)
	mux.HandleFunc("GET "+SpecPath, a.spec)
	return a
}

// SpecPath is where every block publishes its contract, to everybody.
const SpecPath = "/v1/openapi.json"

func (a *API) spec(w http.ResponseWriter, r *http.Request) {
	b, err := Spec(a)
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
	w.Write(b)
}

// Allow limits an operation to the named blocks.
func Allow(op huma.Operation, callers ...string) huma.Operation {
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[allowed] = callers
	op.Extensions = map[string]any{published: callers}
	return op
}

// Public opens an operation to everybody, without a token.
func Public(op huma.Operation) huma.Operation { return Allow(op, "*") }

// Register adds an operation. An error of kit/errs is answered as its problem document; any other is an internal fault.
func Register[In, Out any](a *API, op huma.Operation, h func(context.Context, *In) (*Out, error)) {
	op.SkipValidateParams = false
	if op.MaxBodyBytes > largeBody {
		op = roomFor(op)
	}
	if callers, _ := op.Metadata[allowed].([]string); !slices.Contains(callers, "*") {
		op.Security = []map[string][]string{{scheme: {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
}

// Caller returns the block that calls.
func Caller(ctx context.Context) string {
	c, _ := ctx.Value(callerKey{}).(string)
	return c
}

// Spec returns the OpenAPI 3.1 document of the contract.
func Spec(a *API) ([]byte, error) {
	return json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
}

func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	callers, _ := ctx.Operation().Metadata[allowed].([]string)
	if slices.Contains(callers, "*") {
		next(ctx)
		return
	}
	token, _ := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
	caller, err := a.keys.VerifyService(token)
	if err != nil {
		a.refuse(ctx, errs.New(errs.Unauthenticated, "service_token_refused").Cause(err))
		return
	}
	r, _ := humago.Unwrap(ctx)
	httpx.NoteCaller(r, caller)
	if len(callers) > 0 && !slices.Contains(callers, caller) {
		a.refuse(ctx, errs.New(errs.Forbidden, "caller_not_allowed"))
		return
	}
	next(huma.WithValue(ctx, callerKey{}, caller))
}

func (a *API) refuse(ctx huma.Context, err error) {
	r, w := humago.Unwrap(ctx)
	httpx.Problem(w, r, err)
}

// problem is a ProblemDoc that huma can send.
type problem struct {
	httpx.ProblemDoc
	cause error
}

func (p *problem) Error() string                { return p.Code }
func (p *problem) Unwrap() error                { return p.cause }
func (p *problem) GetStatus() int               { return p.Status }
func (p *problem) ContentType(string) string    { return httpx.ProblemType }
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.ProblemDoc) }

func problemOf(ctx context.Context, err error) error {
	r := (&http.Request{}).WithContext(ctx)
	httpx.NoteError(r, err)
	return &problem{httpx.ProblemOf(r, err), err}
}

// newProblem keeps of huma's findings the place of each fault and drops the values.
func newProblem(status int, _ string, findings ...error) huma.StatusError {
	kind := errs.KindOfStatus(status)
	code := "request_invalid"
	if kind == errs.Internal || kind == errs.TooLarge {
		code = map[errs.Kind]string{errs.Internal: "internal", errs.TooLarge: "too_large"}[kind]
	}
	p := &problem{ProblemDoc: httpx.ProblemDoc{
		Type: "urn:wasl:problem:" + code, Title: http.StatusText(status), Status: status, Code: code,
	}}
	for _, f := range findings {
		if d, ok := f.(huma.ErrorDetailer); ok {
			p.Fields = append(p.Fields, errs.FieldError{Name: d.ErrorDetail().Location, Code: "invalid"})
		}
	}
	return p
}
