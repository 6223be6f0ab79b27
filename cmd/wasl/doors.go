package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"syscall"

	"golang.org/x/sync/errgroup"

	"wasl/kit/httpx"
)

// doorConfig is what an operator may set of where strangers come in.
type doorConfig struct {
	// Proxies are the reverse proxies in front, as networks or addresses: only they are believed about whom they speak for.
	Proxies string `env:"WASL_TRUSTED_PROXIES"`
	// Scale multiplies every limit of requests by address; 0 takes them away.
	Scale float64 `env:"WASL_LIMIT_SCALE,default=1"`
	// Memory is what bodies of requests may take of the process's memory while they are worked on, in MiB.
	Memory int64 `env:"WASL_UPLOAD_MEMORY,default=128"`
	// Disk is what bodies that still arrive may take of the data directory's disk, in MiB.
	Disk int64 `env:"WASL_UPLOAD_DISK,default=4096"`
	// Conns and ConnsAddress are connections at most, in all and from one address.
	Conns        int `env:"WASL_CONNECTIONS,default=4096"`
	ConnsAddress int `env:"WASL_CONNECTIONS_ADDRESS,default=512"`
}

// doors is what stands before each listener of the process.
type doors struct {
	conf    doorConfig
	proxies httpx.Proxies
	budget  *httpx.Budget // one for the process
}

func (p *platform) openDoors(ctx context.Context) (d doors, err error) {
	if err := process(ctx, p.Env, &d.conf); err != nil {
		return d, err
	}
	if d.proxies, err = httpx.ParseProxies(d.conf.Proxies); err != nil {
		return d, fmt.Errorf("WASL_TRUSTED_PROXIES: %w", err)
	}
	disk := d.conf.Disk << 20
	var fs syscall.Statfs_t
	if err := syscall.Statfs(p.Data, &fs); err == nil { // a quarter of what is free: the database lies there too
		disk = min(disk, int64(fs.Bavail/4*uint64(fs.Bsize)))
	}
	d.budget, err = httpx.NewBudget(filepath.Join(p.Data, "uploads"), d.conf.Memory<<20, disk)
	return d, err
}

// before puts the door before a block that people reach, which says what it lets strangers ask for.
func (d doors) before(p *platform, name string) http.Handler {
	door := httpx.Door{Proxies: d.proxies, Budget: d.budget, Log: p.Log.With("block", name), Refuse: p.edge(name).Refuse}
	if b, ok := p.blocks[name].(interface{ Limits() []httpx.Rate }); ok {
		door.Limits = httpx.NewLimits(d.conf.Scale, b.Limits()...)
	}
	return door.Before(p.doors[name])
}

// services is where other processes of the installation come in: no limits, the same budget.
func (d doors) services(p *platform) http.Handler {
	return httpx.Door{Budget: d.budget, Log: p.Log}.Before(p.services())
}

func (d doors) listen(ctx context.Context, g *errgroup.Group, p *platform, name, addr string, h http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; give the %s another address with --%s", err, name, name)
	}
	s := httpx.Server{Conns: d.conf.Conns, ConnsSubscriber: d.conf.ConnsAddress, Proxies: d.proxies}
	if name == "services" {
		s.ConnsSubscriber = s.Conns // a sister process sends everybody's calls from one address
	}
	h = httpx.Health(p.ready.Failing, h)
	g.Go(func() error { return s.Serve(ctx, l, h, p.Log) })
	return nil
}
