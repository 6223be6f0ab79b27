package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wasl/bench"
	"wasl/kit/pg"
)

type benchCmd struct {
	Names   []string      `arg:"" optional:"" help:"Operations; none means all."`
	JSON    bool          `help:"One JSON object a line."`
	Span    time.Duration `help:"How long each load lasts." default:"5s"`
	Profile string        `help:"Write a CPU profile of the blocks' process to this file." type:"path"`
}

// Run measures a demonstration of its own, on free ports and temporary data.
func (c *benchCmd) Run(a *app) error {
	dir, err := os.MkdirTemp("", "wasl-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer pg.Remove(filepath.Join(dir, "postgres"))
	quiet := *a
	quiet.stdout = a.stderr
	quiet.env = append(slices.Clone(a.env), "WASL_LIMIT_SCALE=0") // all load comes from one address
	if c.Profile != "" {
		quiet.env = append(quiet.env, "WASL_PROFILE="+c.Profile)
	}
	d := &demo{cmd: &demoCmd{Free: true, Crowd: 32}, app: &quiet, dir: dir}
	defer d.stop()
	if err := d.start(a.ctx); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(a.stdout, "%-10s %10s %-12s %8s %8s %8s  %10s %7s %7s  %s\n", "operation", "rate", "unit", "p50 ms", "p95 ms", "p99 ms", "bound", "ratio", "RSS MB", "bound is")
	}
	world := d.world()
	return bench.Run(a.ctx, bench.Target{
		Portal: world.Portal, Identity: world.Identity, Services: d.at.url(restAddr), Data: dir, People: d.people,
		PID: d.troupe.pids()["wasl"], Span: c.Span,
	}, c.Names, func(r bench.Result) {
		if c.JSON {
			json.NewEncoder(a.stdout).Encode(r)
			return
		}
		fmt.Fprintf(a.stdout, "%-10s %10.1f %-12s %8.1f %8.1f %8.1f  %10.1f %7.3f %7.0f  %s\n", r.Name, r.Rate, r.Unit, r.P50, r.P95, r.P99, r.BoundRate, r.Ratio, r.RSS, r.Bound)
	})
}
