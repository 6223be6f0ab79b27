// Package wire is how a block reaches another: one path (the other block's HTTP handler), two wires (the network, or the handler
// in memory when both run in one process).
//
// A Client signs every call with the calling block's service token, passes the trace on, and turns problem documents back into
// errors. It refuses to call from inside a database transaction.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/tokens"
	"wasl/kit/txn"
)

const maxJSON = 16 << 20

// ErrInTransaction is returned when a call to another block is tried inside a transaction.
var ErrInTransaction = errors.New("wire: call to another block inside a transaction")

// Client calls one block.
type Client struct {
	base string
	aud  string
	http *http.Client
	keys *tokens.Keyring
}

// New returns a client of the block aud at base (for example http://payment), over rt, signing with keys.
func New(base, aud string, rt http.RoundTripper, keys *tokens.Keyring) *Client {
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{strings.TrimSuffix(base, "/"), aud, &http.Client{Transport: rt, CheckRedirect: noRedirect}, keys}
}

// Base returns the address of the block.
func (c *Client) Base() string { return c.base }

// Aud returns the name of the block.
func (c *Client) Aud() string { return c.aud }

// Transport returns the wire itself, for the portal's forwarding.
func (c *Client) Transport() http.RoundTripper { return c.http.Transport }

// Option changes one request.
type Option func(*http.Request)

// Idempotency sets the Idempotency-Key, which derives from the fact and never from chance.
func Idempotency(key string) Option { return Header("Idempotency-Key", key) }

// Header sets a request header.
func Header(name, value string) Option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// JSON calls path with in as its JSON body (nil: none) and decodes the answer into out (nil: ignored).
func (c *Client) JSON(ctx context.Context, method, path string, in, out any, opts ...Option) error {
	var body io.Reader
	contentType := ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("wire: %w", err)
		}
		body, contentType = bytes.NewReader(b), "application/json"
	}
	return c.Decode(ctx, method, path, contentType, body, out, opts...)
}

// Decode calls path with any body and decodes the JSON answer into out (nil: ignored).
func (c *Client) Decode(ctx context.Context, method, path, contentType string, body io.Reader, out any, opts ...Option) error {
	resp, err := c.Raw(ctx, method, path, contentType, body, opts...)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxJSON)).Decode(out); err != nil {
		return c.unavailable(fmt.Errorf("answer to %s %s: %w", method, path, err))
	}
	return nil
}

// Raw calls path with any body and returns the answer, whose body the caller closes. An answer of 400 or more is an error.
func (c *Client) Raw(ctx context.Context, method, path, contentType string, body io.Reader, opts ...Option) (*http.Response, error) {
	if txn.In(ctx) {
		return nil, ErrInTransaction
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	token, err := c.keys.SignService(c.aud)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	httpx.SetTrace(ctx, req.Header)
	for _, o := range opts {
		o(req)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unavailable(err)
	}
	if resp.StatusCode >= 400 {
		defer resp.Body.Close()
		return nil, c.problem(resp)
	}
	return resp, nil
}

func (c *Client) problem(resp *http.Response) error {
	var doc httpx.ProblemDoc
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&doc)
	if media != httpx.ProblemType || err != nil || doc.Code == "" || resp.StatusCode >= 500 {
		return c.unavailable(fmt.Errorf("answered %d %s", resp.StatusCode, doc.Code))
	}
	doc.Status = resp.StatusCode
	return errs.Wrap(c.aud, doc.Err())
}

// unavailable says that the other institution did not answer as agreed; the cause stays in the log.
func (c *Client) unavailable(err error) error {
	return errs.New(errs.Unavailable, "upstream_unavailable").With("block", c.aud).Cause(fmt.Errorf("wire: %s: %w", c.aud, err))
}
