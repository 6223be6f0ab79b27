package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"golang.org/x/sync/errgroup"

	"wasl/identity"
	"wasl/portal"
)

type serveCmd struct {
	Blocks        []string          `arg:"" optional:"" help:"Blocks to run; none means all."`
	Data          string            `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
	Portal        string            `help:"Address of the portal." default:"127.0.0.1:8080"`
	Identity      string            `help:"Address of identity." default:"127.0.0.1:8081"`
	Services      string            `help:"Address at which blocks of other processes reach those of this one."`
	PortalURL     string            `help:"Public origin of the portal." default:"http://localhost:8080" env:"WASL_PORTAL_URL"`
	IdentityURL   string            `help:"Public origin of identity, the issuer." default:"http://localhost:8081" env:"WASL_IDENTITY_URL"`
	Peer          map[string]string `help:"Where a block runs that does not run here: name=URL." mapsep:","`
	Demonstration bool              `hidden:"" env:"WASL_DEMONSTRATION" help:"Obey the shifted legal date."`
	Profile       string            `hidden:"" env:"WASL_PROFILE" help:"Write a CPU profile of the whole run to this file." type:"path"`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(a *app) error {
	if c.Profile != "" {
		stop, err := profile(c.Profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	var doors doorConfig
	if err := process(a.ctx, a.env, &doors); err != nil {
		return err
	}
	collectLess(a.env, uint64(max(0, doors.Memory))<<20, a.log)
	p, err := assemble(a.ctx, setup{
		Data: c.Data, Blocks: c.Blocks, Peers: c.Peer, PortalURL: strings.TrimSuffix(c.PortalURL, "/"),
		IdentityURL: strings.TrimSuffix(c.IdentityURL, "/"), Demo: c.Demonstration, Env: a.env, Log: a.log,
	})
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.introduce(a.ctx); err != nil {
		return err
	}
	p.compare(a.ctx)
	d, err := p.openDoors(a.ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(a.ctx)
	if c.Services != "" { // first: who sees the portal answer may rely on the rest
		if err := d.listen(ctx, g, p, "services", c.Services, d.services(p)); err != nil {
			return err
		}
	}
	for name, addr := range map[string]string{"identity": c.Identity, "portal": c.Portal} {
		if _, here := p.doors[name]; here {
			if err := d.listen(ctx, g, p, name, addr, d.before(p, name)); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s on http://%s\n", name, addr)
		}
	}
	g.Go(func() error { return p.run(ctx) })
	fmt.Fprintln(a.stdout, "ready")
	if left, err := filepath.Glob(filepath.Join(c.Data, "offline", "*.pem")); err == nil && len(left) > 0 && !c.Demonstration {
		fmt.Fprintf(a.stdout, "The root key of the seals still lies in %s: carry it away (docs/guides/operator.md).\n", filepath.Dir(left[0]))
	}
	return g.Wait()
}

// introduce registers the portal at identity when one process, and so one operator, runs both and identity does not know it yet, or
// not where to tell it of a log-out; in every other case `wasl admin portal` does.
func (p *platform) introduce(ctx context.Context) error {
	at, here := p.blocks["identity"].(*identity.Block)
	of, too := p.blocks["portal"].(*portal.Block)
	if !here || !too {
		return nil
	}
	if known, found, err := at.Client(ctx, of.Party().ID); err != nil || found && known.LogoutURI != "" {
		return err
	}
	return registerPortal(ctx, at, of)
}

// mostHeap is when the garbage collector stops being lazy, beside the memory for uploads: what strangers bring at once
// (docs/performance.md) then stays below 600 MB resident, with the mapped search index and the binary.
const mostHeap = 320 << 20

// heapLimit is where the heap is collected as often as it must: half of the container's or machine's memory at most, for the rest
// of the process and the database have theirs beside it.
func heapLimit(machine, uploads uint64) uint64 { return min(machine/2, mostHeap+uploads) }

// collectLess lets the heap grow to three times what is in use before the garbage collector runs, unless GOGC says otherwise: a
// server holds about 30 MB, so that the usual factor of two has it run many times a second (docs/performance.md). Beyond heapLimit
// it collects as often as it must, unless GOMEMLIMIT says otherwise.
func collectLess(env []string, uploads uint64, log *slog.Logger) {
	if !slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "GOGC=") }) {
		debug.SetGCPercent(200)
	}
	if slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "GOMEMLIMIT=") }) {
		return
	}
	machine, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil {
		log.Warn("memory limit not set", "err", err)
		return
	}
	debug.SetMemoryLimit(int64(heapLimit(machine, uploads)))
}

// profile writes a CPU profile until it is stopped: a file, never a page that somebody could find open.
func profile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// services mounts the blocks of this process for the others: /{block}/v1/… and /{block}/{lang}/….
func (p *platform) services() http.Handler {
	mux := http.NewServeMux()
	for name, door := range p.doors {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, door))
	}
	return mux
}
