package custody

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

type wrapIn struct {
	Purpose string `path:"purpose" maxLength:"50"`
	Body    struct {
		Key []byte `json:"key"`
		AAD []byte `json:"aad,omitempty" maxLength:"1024"`
	}
}

type wrapOut struct{ Body custodyapi.Wrapped }

type unwrapIn struct {
	Purpose string `path:"purpose" maxLength:"50"`
	Body    struct {
		custodyapi.Wrapped
		AAD []byte `json:"aad,omitempty" maxLength:"1024"`
	}
}

type unwrapOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Key []byte `json:"key"`
	}
}

func (b *Block) keyRoutes(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "wrap-key", Method: http.MethodPost, Path: "/v1/keys/{purpose}/wrap",
		Summary: "Encrypt a data key under the purpose's key-encryption key",
	}, b.wrap)
	api.Register(a, huma.Operation{
		OperationID: "unwrap-key", Method: http.MethodPost, Path: "/v1/keys/{purpose}/unwrap",
		Summary: "Decrypt a wrapped data key",
	}, b.unwrap)
}

func (b *Block) wrap(ctx context.Context, in *wrapIn) (*wrapOut, error) {
	if err := mayUse(ctx, Purpose(in.Purpose)); err != nil {
		return nil, err
	}
	if n := len(in.Body.Key); n < MinKey || n > MaxKey {
		return nil, errs.New(errs.Invalid, "request_invalid").Field("key", "invalid")
	}
	w, err := b.keys.Wrap(ctx, Purpose(in.Purpose), in.Body.Key, in.Body.AAD)
	if err != nil {
		return nil, err
	}
	return &wrapOut{w}, b.trace(ctx, "key.wrapped", w.KeyID)
}

func (b *Block) unwrap(ctx context.Context, in *unwrapIn) (*unwrapOut, error) {
	if err := mayUse(ctx, Purpose(in.Purpose)); err != nil {
		return nil, err
	}
	key, err := b.keys.Unwrap(ctx, Purpose(in.Purpose), in.Body.Wrapped, in.Body.AAD)
	if err != nil {
		return nil, err
	}
	out := &unwrapOut{CacheControl: "no-store"}
	out.Body.Key = key
	return out, b.trace(ctx, "key.unwrapped", in.Body.KeyID)
}

func mayUse(ctx context.Context, purpose Purpose) error {
	if !MayUse(api.Caller(ctx), purpose) {
		return errs.New(errs.Forbidden, "caller_not_allowed")
	}
	return nil
}

// trace records who used which key.
func (b *Block) trace(ctx context.Context, act, keyID string) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := audit.Record(ctx, tx, b.clock, audit.Entry{Act: act, Object: keyID, Detail: map[string]string{"caller": api.Caller(ctx)}})
		return err
	})
}
