package connector

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/httpx"
	"wasl/kit/pcsc"
	"wasl/kit/strictjson"
)

// Connector serves one person at one machine.
type Connector struct {
	cfg   Config
	pages *pages

	card sync.Mutex // held while talking to the card
	mu   sync.Mutex // guards errand
	// errand is the current one; a newer one replaces it, because a person who starts again has left the old page.
	errand *Errand
}

// New makes a connector; its Handler can be served by any server that listens on cfg.Addr.
func New(cfg Config) (*Connector, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	p, err := loadPages()
	if err != nil {
		return nil, err
	}
	return &Connector{cfg: cfg, pages: p}, nil
}

// Run listens on cfg.Addr and serves until ctx ends. A virtual reader given as cfg.Reader is closed then.
func Run(ctx context.Context, cfg Config) error {
	c, err := New(cfg)
	if err != nil {
		return err
	}
	if v, ok := c.cfg.Reader.(*pcsc.VPCD); ok {
		defer v.Close()
	}
	l, err := net.Listen("tcp", c.cfg.Addr)
	if err != nil {
		return fmt.Errorf("connector: %w", err)
	}
	c.cfg.Addr = l.Addr().String()
	c.cfg.Log.Info("card connector ready", "url", "http://"+c.cfg.Addr)
	return httpx.Serve(ctx, l, httpx.Middleware(c.cfg.Log, c.Handler()), c.cfg.Log)
}

func (c *Connector) begin(e Errand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errand = &e
}

// current returns the errand with that id if it still waits.
func (c *Connector) current(id string) (Errand, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.errand
	if e == nil || subtle.ConstantTimeCompare([]byte(e.ID), []byte(id)) != 1 || c.cfg.Clock.Now().After(e.Until) {
		return Errand{}, false
	}
	return *e, true
}

func (c *Connector) end(e Errand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.errand != nil && c.errand.ID == e.ID {
		c.errand = nil
	}
}

// answerPath is where identity providers take answers.
const answerPath = "/login/card/answers"

// deliver posts the answer to the errand's provider and returns the ticket with which the browser goes back. A refusal is no error
// here: the provider tells the person itself on the page to which the browser returns, without a ticket.
func (c *Connector) deliver(ctx context.Context, e Errand, a cardproto.Answer) (ticket string, err error) {
	body, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.Origin+answerPath, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.cfg.HTTP.RoundTrip(req) // a redirect is not followed: the answer is for this origin alone
	if err != nil {
		return "", fmt.Errorf("connector: deliver: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 500 {
		return "", fmt.Errorf("connector: deliver: status %d", resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK {
		return "", nil
	}
	return readReceipt(resp.Body)
}

// maxReceipt bounds what a provider answers.
const maxReceipt = 4 << 10

func readReceipt(r io.Reader) (string, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxReceipt))
	if err != nil {
		return "", fmt.Errorf("connector: receipt: %w", err)
	}
	var receipt cardproto.Receipt
	if err := strictjson.Open(body, &receipt); err != nil {
		return "", fmt.Errorf("connector: receipt: %w", err)
	}
	return receipt.Ticket, nil
}
