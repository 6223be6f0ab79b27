// Package envelopetest is custody for the tests of the blocks that seal rows: it wraps under one key, and counts.
package envelopetest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"wasl/kit/envelope"
	"wasl/kit/txn"
)

// Custody wraps keys. The zero value is not usable: New.
type Custody struct {
	aead    tink.AEAD
	version atomic.Int64
	Calls   atomic.Int64
	Down    atomic.Bool
}

// New returns a custody whose key everybody knows.
func New() *Custody {
	aead, err := subtle.NewAESGCM(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	c := &Custody{aead: aead}
	c.version.Store(1)
	return c
}

// Rotate has later keys wrapped under the next id.
func (c *Custody) Rotate() { c.version.Add(1) }

func (c *Custody) id(purpose string) string {
	return "kek:" + purpose + ":" + string(rune('0'+c.version.Load()))
}

func (c *Custody) called(ctx context.Context) error {
	c.Calls.Add(1)
	if txn.In(ctx) {
		return errors.New("custody was called inside a transaction")
	}
	if c.Down.Load() {
		return errors.New("custody does not answer")
	}
	return nil
}

// Wrap encrypts a key.
func (c *Custody) Wrap(ctx context.Context, purpose string, key, aad []byte) (w envelope.Wrapped, err error) {
	if err := c.called(ctx); err != nil {
		return w, err
	}
	w.KeyID = c.id(purpose)
	w.Blob, err = c.aead.Encrypt(key, append([]byte(purpose+w.KeyID), aad...))
	return w, err
}

// Unwrap decrypts it.
func (c *Custody) Unwrap(ctx context.Context, purpose string, w envelope.Wrapped, aad []byte) ([]byte, error) {
	if err := c.called(ctx); err != nil {
		return nil, err
	}
	return c.aead.Decrypt(w.Blob, append([]byte(purpose+w.KeyID), aad...))
}

// ServeHTTP answers POST /v1/keys/{purpose}/wrap and unwrap, as custody does.
func (c *Custody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/keys/{purpose}/{act}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			envelope.Wrapped
			Key []byte `json:"key"`
			AAD []byte `json:"aad"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var out any
		var err error
		if r.PathValue("act") == "wrap" {
			out, err = c.Wrap(r.Context(), r.PathValue("purpose"), in.Key, in.AAD)
		} else {
			var key []byte
			key, err = c.Unwrap(r.Context(), r.PathValue("purpose"), in.Wrapped, in.AAD)
			out = map[string][]byte{"key": key}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	})
	mux.ServeHTTP(w, r)
}
