package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/sethvargo/go-envconfig"
	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"

	"wasl/kit/clock"
	"wasl/kit/httpx"
	"wasl/peers/bank"
	"wasl/peers/card"
	"wasl/peers/mail"
	"wasl/peers/registers"
	"wasl/peers/witness"
)

type peerCmd struct {
	Card      peerCardCmd      `cmd:"" help:"Software cards: a drawer of cards and a reader."`
	Bank      peerBankCmd      `cmd:"" help:"The bank's hosted payment page (est3Dgate)."`
	Mail      peerMailCmd      `cmd:"" help:"A mail server that keeps what it gets."`
	Registers peerRegistersCmd `cmd:"" help:"The civil status register."`
	Witness   peerWitnessCmd   `cmd:"" help:"A witness of the evidence log (C2SP tlog-witness)."`
}

type peerCardCmd struct {
	Dir    string `required:"" help:"Drawer: one state file for each card." type:"path"`
	Reader string `help:"Reader (vpcd) into which the card is plugged." default:"127.0.0.1:35963"`
	Addr   string `help:"Address of the drawer's page." default:"127.0.0.1:8086"`
	Insert string `help:"Serial number of the card to lay on the reader at once."`
}

// Run shows the drawer until it is told to stop.
func (c *peerCardCmd) Run(a *app) error {
	w, err := card.NewWallet(c.Dir, c.Reader, a.stdout, a.log)
	if err != nil {
		return err
	}
	defer w.Remove()
	if c.Insert != "" {
		if err := w.Insert(c.Insert); err != nil {
			return err
		}
	}
	return simulate(a, "card drawer", c.Addr, w.Handler())
}

type peerBankCmd struct {
	Addr string `help:"Address of the hosted page." default:"127.0.0.1:8087"`
}

// Run serves the hosted page until it is told to stop.
func (c *peerBankCmd) Run(a *app) error {
	var cfg bank.Config
	if err := process(a.ctx, a.env, &cfg); err != nil {
		return err
	}
	b, err := bank.New(cfg, a.log)
	if err != nil {
		return err
	}
	defer b.Close()
	return simulate(a, "bank", c.Addr, b.Handler())
}

type peerRegistersCmd struct {
	Addr   string `help:"Address of the register." default:"127.0.0.1:8089"`
	People string `help:"JSON file of persons that it must know." type:"path"`
}

// Run answers the register's gateway until it is told to stop.
func (c *peerRegistersCmd) Run(a *app) error {
	r, err := registers.New(registers.Config{Seed: c.People}, a.log)
	if err != nil {
		return err
	}
	return simulate(a, "civil status register", c.Addr, r.Handler())
}

type peerMailCmd struct {
	Addr string `help:"Address of the page that lists the messages." default:"127.0.0.1:8088"`
	SMTP string `help:"Address of the mail server." default:"127.0.0.1:8025"`
}

// Run takes mail until it is told to stop.
func (c *peerMailCmd) Run(a *app) error {
	s, err := mail.New(clock.System(nil), a.log)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.SMTP)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(a.ctx)
	g.Go(func() error { return s.Serve(ctx, l) })
	g.Go(func() error {
		return simulate(&app{ctx, a.env, a.stdout, a.stderr, a.log}, "mail", c.Addr, s.Handler())
	})
	return g.Wait()
}

type peerWitnessCmd struct {
	Dir  string `required:"" help:"Folder of its key and of the checkpoint that it co-signed last; both are made at the first start." type:"path"`
	Name string `help:"Its name in co-signatures." default:"witness.example"`
	Log  string `required:"" help:"Verifier key of the log that it watches, in note format (member log of the trust file)."`
	Addr string `help:"Address." default:"127.0.0.1:8093"`
}

// Run co-signs until it is told to stop.
func (c *peerWitnessCmd) Run(a *app) error {
	klog.SetSlogLogger(a.log) // the public code's words
	w, err := witness.New(a.ctx, witness.Config{Dir: c.Dir, Name: c.Name, Log: c.Log}, a.log)
	if err != nil {
		return err
	}
	return simulate(a, "witness of the evidence log", c.Addr, w.Handler())
}

// simulate serves a stand-in on loopback and says on screen what it is.
func simulate(a *app, name, addr string, h http.Handler) error {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("a simulator listens on a loopback address only")
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "SIMULATOR: %s on http://%s\n", name, addr)
	alive := func(context.Context) []string { return nil }
	return httpx.Serve(a.ctx, l, httpx.Health(alive, h), a.log)
}

// process reads a configuration from environment variables.
func process(ctx context.Context, env []string, into any) error {
	return envconfig.ProcessWith(ctx, &envconfig.Config{Target: into, Lookuper: lookup(env)})
}

// lookup finds variables in what the process was given, so that a test can give it others.
func lookup(env []string) envconfig.Lookuper {
	vars := map[string]string{}
	for _, kv := range env {
		for i := 1; i < len(kv); i++ {
			if kv[i] == '=' {
				vars[kv[:i]] = kv[i+1:]
				break
			}
		}
	}
	return envconfig.MapLookuper(vars)
}
