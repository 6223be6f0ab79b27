package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"wasl/e2e/cast"
	"wasl/e2e/crowd"
)

// Target is a running demonstration and what the bench needs to know of it.
type Target struct {
	Portal   string
	Identity string
	Services string // where blocks answer other processes
	Data     string
	People   []cast.Person
	PID      int           // of the process that runs the blocks
	Span     time.Duration // of each load; 0 means 5 s
}

// place is where the crowd goes that loads the platform.
func (t Target) place() crowd.Place {
	return crowd.Place{Portal: t.Portal, Identity: t.Identity, Data: t.Data}
}

// operations in the order of the table.
var operations = []struct {
	name    string
	measure func(context.Context, Target) (Result, error)
}{
	{"login", login}, {"deposit", deposit}, {"exchange", exchange}, {"seal", seal}, {"search", search},
}

// Names lists the operations.
func Names() (names []string) {
	for _, o := range operations {
		names = append(names, o.name)
	}
	return names
}

// Run measures the named operations, all when none is named, and hands each result to tell as it comes.
func Run(ctx context.Context, t Target, names []string, tell func(Result)) error {
	for _, n := range names {
		if !slices.Contains(Names(), n) {
			return fmt.Errorf("bench: %q is not one of %s", n, strings.Join(Names(), ", "))
		}
	}
	if t.Span == 0 {
		t.Span = 5 * time.Second
	}
	for _, o := range operations {
		if len(names) > 0 && !slices.Contains(names, o.name) {
			continue
		}
		r, err := o.measure(ctx, t)
		if err != nil {
			return fmt.Errorf("bench: %s: %w", o.name, err)
		}
		r.Name, r.RSS = o.name, rss(t.PID)
		if r.BoundRate > 0 {
			r.Ratio = r.Rate / r.BoundRate
		}
		tell(r)
	}
	return nil
}

// clients is how many work at once: enough to keep all cores busy while some wait for the disk.
func clients() int { return 4 * runtime.NumCPU() }

func result(s sample, unit, bound string, rate float64, note string) Result {
	return Result{Rate: s.rate, Unit: unit, P50: s.p50, P95: s.p95, P99: s.p99, Bound: bound, BoundRate: rate, Note: note + "; " + s.cpu.String()}
}
