package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/disk"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

// setup says which blocks a process runs and where it finds the others.
type setup struct {
	Data        string            // data directory
	Blocks      []string          // run here; empty: all
	Peers       map[string]string // block → base address of its services, for blocks that run elsewhere
	PortalURL   string
	IdentityURL string
	Demo        bool
	Env         []string
	Log         *slog.Logger
}

// platform is the blocks of one process.
type platform struct {
	setup
	cluster *pg.Cluster
	clock   clock.Clock
	shift   atomic.Int64
	blocks  map[string]block.Block
	doors   map[string]http.Handler // each block's handler behind the common edge: limits, trace, access line
	wires   map[string]http.RoundTripper
	ready   *block.Ready
}

var errShifted = errors.New("the legal date of this database was shifted by a demonstration; only `wasl demo` runs on it")

// assemble opens the database and makes the blocks from right to left, so that each finds those it calls.
func assemble(ctx context.Context, s setup) (_ *platform, err error) {
	if len(s.Blocks) == 0 {
		s.Blocks = block.Order
	}
	p := &platform{setup: s, blocks: map[string]block.Block{}, doors: map[string]http.Handler{}, wires: map[string]http.RoundTripper{}}
	p.ready = block.NewReady(s.Log)
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err := s.known(); err != nil {
		return nil, err
	}
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	for _, name := range block.Order {
		if slices.Contains(s.Blocks, name) {
			p.wires[name] = wire.Memory(p.late(name))
		} else if s.Peers[name] == "" {
			return nil, fmt.Errorf("block %s does not run here and has no address: --peer %s=URL", name, name)
		}
	}
	for _, name := range slices.Backward(block.Order) {
		if !slices.Contains(s.Blocks, name) {
			continue
		}
		if p.blocks[name], err = p.build(ctx, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p.doors[name] = p.edge(name).Before(p.blocks[name].Handler())
	}
	return p, nil
}

// edge is what stands before a block. One that people reach at an origin of its own refuses with a page in their language.
func (p *platform) edge(name string) httpx.Edge {
	e := httpx.Edge{Log: p.Log.With("block", name)}
	if people, ok := p.blocks[name].(interface {
		Refuse(http.ResponseWriter, *http.Request, error)
	}); ok {
		e.Refuse = people.Refuse
	}
	return e
}

// known refuses names that no block has.
func (s setup) known() error {
	for _, name := range append(slices.Clone(s.Blocks), slices.Collect(maps.Keys(s.Peers))...) {
		if !slices.Contains(block.Order, name) {
			return fmt.Errorf("there is no block %q; the blocks are %s", name, strings.Join(block.Order, ", "))
		}
	}
	return nil
}

func (p *platform) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return err
	}
	conf := pg.Config{Dir: filepath.Join(p.Data, "postgres"), Log: p.Log}
	if err := process(ctx, p.Env, &conf); err != nil {
		return err
	}
	if p.cluster, err = pg.Open(ctx, conf); err != nil {
		return err
	}
	p.ready.Check("database", p.cluster.Ping)
	p.ready.Check("records", p.whole)
	p.ready.Check("disk", func(context.Context) error { return disk.Writable(p.Data) })
	p.ready.Check("keys", p.keysReady)
	if err := p.ownKeys(ctx); err != nil {
		return err
	}
	days, err := p.cluster.LegalShift(ctx)
	if err != nil {
		return err
	}
	if days != 0 && !p.Demo {
		return errShifted
	}
	p.shift.Store(int64(days))
	p.clock = clock.System(func() int { return int(p.shift.Load()) })
	return nil
}

// as returns the wires that a block has, for work done in its name before it runs.
func (p *platform) as(name string) (func(to string) *wire.Client, error) {
	keys, err := tokens.Open(filepath.Join(p.Data, "keys"), name)
	if err != nil {
		return nil, err
	}
	return func(to string) *wire.Client { return p.peer(to, keys) }, nil
}

// build makes one block with what it needs from the process.
func (p *platform) build(ctx context.Context, name string) (block.Block, error) {
	keys, err := tokens.Open(filepath.Join(p.Data, "keys"), name)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(p.Data, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return p.newBlock(ctx, name, block.Deps{
		Name: name, Log: p.Log.With("block", name), Clock: p.clock, Cluster: p.cluster, Conns: conns[name], Keys: keys, Dir: dir,
		Peer:      func(to string) *wire.Client { return p.peer(to, keys) },
		PortalURL: p.PortalURL, IdentityURL: p.IdentityURL, Demo: p.Demo, Ready: p.ready,
	})
}

// conns divides the process's budget of 40 connections; a block that waits for others holds few.
var conns = map[string]int32{
	"portal": 4, "casework": 8, "payment": 4, "exchange": 3, "locker": 4, "catalog": 3, "governance": 2, "identity": 5,
	"support": 2, "signature": 3, "custody": 2,
}

// peer is the wire from one block to another: memory when both run here.
func (p *platform) peer(to string, keys *tokens.Keyring) *wire.Client {
	if rt, ok := p.wires[to]; ok {
		return wire.New("http://"+to, to, rt, keys)
	}
	return wire.New(p.Peers[to], to, network, keys)
}

var network = &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: 30 * time.Second}

// late finds a block's handler at the call: blocks to the left are made later.
func (p *platform) late(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door, ok := p.doors[name]
		if !ok {
			httpx.Problem(w, r, errs.New(errs.Unavailable, "block_starting"))
			return
		}
		door.ServeHTTP(w, r)
	})
}

// run does the background work of every block until ctx ends or one of them fails.
func (p *platform) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for name, b := range p.blocks {
		g.Go(func() error {
			if err := b.Run(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	g.Go(func() error { return p.follow(ctx) })
	return g.Wait()
}

// follow reads the legal date's shift, which a demonstration sets for all processes, and notices a database that is gone.
func (p *platform) follow(ctx context.Context) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.cluster.Lost():
			return errors.New("the private PostgreSQL has ended and does not start again: its own words are in " + filepath.Join(p.cluster.Home(), "log"))
		case <-tick.C:
		}
		if !p.Demo {
			continue
		}
		if days, err := p.cluster.LegalShift(ctx); err == nil {
			p.shift.Store(int64(days))
		}
	}
}

func (p *platform) close() {
	if p.cluster != nil {
		if err := p.cluster.Close(); err != nil {
			p.Log.Error("stop PostgreSQL", "err", err)
		}
	}
}
