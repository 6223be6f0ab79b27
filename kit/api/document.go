package api

import (
	"bytes"
	"io"
	"maps"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"wasl/kit/errs"
)

// largeBody is the size from which the body of an operation gets its room at once.
const largeBody = 1 << 20

// largest is the operation metadata with the size of the largest body.
const largest = "wasl-largest-body"

// roomFor takes the limit of a large body from huma: it would grow a buffer by doubling, so that a document of 20 MB stood in
// memory three times.
func roomFor(op huma.Operation) huma.Operation {
	op.Metadata = maps.Clone(op.Metadata)
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[largest] = op.MaxBodyBytes
	op.MaxBodyBytes = -1
	return op
}

// room is the middleware of such operations.
func (a *API) room(ctx huma.Context, next func(huma.Context)) {
	if limit, ok := ctx.Operation().Metadata[largest].(int64); ok {
		r, _ := humago.Unwrap(ctx)
		if r.ContentLength < 0 || r.ContentLength > limit {
			a.refuse(ctx, errs.New(errs.TooLarge, "too_large"))
			return
		}
		r.Body = &document{r.Body, r.ContentLength}
	}
	next(ctx)
}

// document is a body whose length is known.
type document struct {
	io.ReadCloser
	length int64
}

// WriteTo makes the buffer that huma reads into as large as it must be, once.
func (d *document) WriteTo(w io.Writer) (int64, error) {
	if b, ok := w.(*bytes.Buffer); ok {
		b.Grow(int(d.length) + bytes.MinRead)
	}
	return io.Copy(struct{ io.Writer }{w}, struct{ io.Reader }{d.ReadCloser})
}
