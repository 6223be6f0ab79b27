// Package custodyapi is the contract of custody under /v1: keys that wrap other blocks' keys, and the evidence log.
package custodyapi

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"wasl/kit/envelope"
	"wasl/kit/proof"
	"wasl/kit/wire"
)

// Wrapped is a key under a key-encryption key. KeyID says which, for ever; Blob is opaque.
type Wrapped = envelope.Wrapped

// Inclusion proves that a root stands in the evidence log.
type Inclusion = proof.Inclusion

// Client calls custody.
type Client struct{ w *wire.Client }

// New returns a client over w.
func New(w *wire.Client) *Client { return &Client{w} }

type wrapBody struct {
	Key []byte `json:"key,omitempty"`
	AAD []byte `json:"aad,omitempty"`
	*Wrapped
}

// Wrap encrypts a data key (16 to 64 bytes) for a purpose ("locker", "signature", "identity"); aad is bound to it.
func (c *Client) Wrap(ctx context.Context, purpose string, key, aad []byte) (w Wrapped, err error) {
	err = c.w.JSON(ctx, http.MethodPost, "/v1/keys/"+purpose+"/wrap", wrapBody{Key: key, AAD: aad}, &w)
	return w, err
}

// Unwrap decrypts a data key; another aad, purpose or a changed blob is refused with key_unwrap_refused.
func (c *Client) Unwrap(ctx context.Context, purpose string, w Wrapped, aad []byte) ([]byte, error) {
	var out struct {
		Key []byte `json:"key"`
	}
	err := c.w.JSON(ctx, http.MethodPost, "/v1/keys/"+purpose+"/unwrap", wrapBody{AAD: aad, Wrapped: &w}, &out)
	return out.Key, err
}

// AppendRoot puts the root of a batch of audit entries into the log and returns its inclusion. The batch id is the idempotency
// key: the same batch is logged once, whatever the number of calls. acts says what the batch holds, should its rows be lost.
func (c *Client) AppendRoot(ctx context.Context, batchID string, root []byte, acts []proof.Act) (in Inclusion, err error) {
	body := map[string]any{"batch_id": batchID, "root": root}
	if len(acts) > 0 {
		body["acts"] = acts
	}
	err = c.w.JSON(ctx, http.MethodPost, "/v1/log/roots", body, &in, wire.Idempotency(batchID))
	return in, err
}

// Batches returns the caller's batches after a place in the log (-1: all), a page at a time, in the log's order.
func (c *Client) Batches(ctx context.Context, after int64) ([]proof.Logged, error) {
	var out struct {
		Batches []proof.Logged `json:"batches"`
	}
	err := c.w.JSON(ctx, http.MethodGet, "/v1/log/batches?after="+strconv.FormatInt(after, 10), nil, &out)
	return out.Batches, err
}

// Acts returns what custody was told of one of the caller's batches; none when that is no longer kept.
func (c *Client) Acts(ctx context.Context, batchID string) ([]proof.Act, error) {
	var out struct {
		Acts []proof.Act `json:"acts"`
	}
	err := c.w.JSON(ctx, http.MethodGet, "/v1/log/batches/"+batchID+"/acts", nil, &out)
	return out.Acts, err
}

// Verifier returns the public key of the log in note format (name+hash+key), and the policy (kit/proof) of the witnesses that co-sign
// its checkpoints, "" when there are none.
func (c *Client) Verifier(ctx context.Context) (key, witnesses string, err error) {
	var out struct {
		Verifier  string `json:"verifier"`
		Witnesses string `json:"witnesses"`
	}
	err = c.w.JSON(ctx, http.MethodGet, "/v1/log/verifier", nil, &out)
	return out.Verifier, out.Witnesses, err
}

// Checkpoint returns the log's newest checkpoint: a signed note (C2SP tlog-checkpoint), for whoever stamps or copies it.
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	resp, err := c.w.Raw(ctx, http.MethodGet, "/v1/log/checkpoint", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
