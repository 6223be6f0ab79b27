package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"wasl/kit/clock"
)

// processors is how many of the Go scheduler's processors a gateway wants at least.
const processors = 8

// MoreProcessors lets the scheduler run more threads than there are cores. A thread in fsync keeps its processor until the
// monitor notices, up to 10 ms later; on two cores, with a journal and a log to sync, everything else stood still half of the
// time (64 clients: 1,050 exchanges/s, with eight processors 2,400). A process whose GOMAXPROCS is set by hand keeps it.
func MoreProcessors() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < processors {
		runtime.GOMAXPROCS(processors)
	}
}

// Run is `wasl gateway`: it runs the gateway that the file describes until ctx ends.
func Run(ctx context.Context, path string, clk clock.Clock, logger *slog.Logger) (err error) {
	c, err := ReadConfig(path)
	if err != nil {
		return err
	}
	if c.Listen == "" && c.ClientListen == "" {
		return fmt.Errorf("gateway: %s names no address to listen on", path)
	}
	MoreProcessors()
	g, err := Open(ctx, c, clk, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	var listeners []net.Listener
	for _, address := range []string{c.Listen, c.ClientListen} {
		var l net.Listener
		if address != "" {
			if l, err = net.Listen("tcp", address); err != nil {
				return fmt.Errorf("gateway: %w", err)
			}
			defer l.Close()
		}
		listeners = append(listeners, l)
	}
	work, ctx := errgroup.WithContext(ctx)
	if listeners[0] != nil {
		work.Go(func() error { return g.Serve(ctx, listeners[0]) })
	}
	if listeners[1] != nil {
		work.Go(func() error { return g.ServeClients(ctx, listeners[1]) })
	}
	logger.Info("exchange gateway", "member", c.Member.String(), "listen", c.Listen, "clients", c.ClientListen, "directory", g.Directory().Serial)
	return work.Wait()
}
