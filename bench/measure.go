package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Result is one line of the table and of --json.
type Result struct {
	Name      string  `json:"name"`
	Rate      float64 `json:"rate"`
	Unit      string  `json:"unit"`
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	P99       float64 `json:"p99_ms"`
	Bound     string  `json:"bound"`
	BoundRate float64 `json:"bound_rate"`
	Ratio     float64 `json:"ratio"`
	RSS       float64 `json:"rss_mb"`
	Note      string  `json:"note,omitempty"`
}

// sample is what a load gave: how often a second, and how long each took.
type sample struct {
	count         int
	rate          float64
	p50, p95, p99 float64
	cpu           usage // of one operation
}

// load measures an operation of the target: its rate, its durations and the processor time it takes.
func (t Target) load(ctx context.Context, clients int, do func(ctx context.Context, client int) error) (sample, error) {
	before := spent(t.PID)
	s, err := load(ctx, clients, t.Span, do)
	s.cpu = spent(t.PID).since(before, s.count)
	return s, err
}

// load runs do from some clients at once, each again and again, for a while; the first error ends it.
func load(ctx context.Context, clients int, span time.Duration, do func(ctx context.Context, client int) error) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, span+time.Minute)
	defer cancel()
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		took     []time.Duration
		failure  error
		stopping atomic.Bool
	)
	start := time.Now()
	for c := range clients {
		group.Go(func() {
			var mine []time.Duration
			for time.Since(start) < span && !stopping.Load() {
				begin := time.Now()
				if err := do(ctx, c); err != nil {
					mu.Lock()
					failure = err
					mu.Unlock()
					stopping.Store(true)
					return
				}
				mine = append(mine, time.Since(begin))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	if failure != nil {
		return sample{}, failure
	}
	if len(took) == 0 {
		return sample{}, fmt.Errorf("bench: nothing finished in %s", span)
	}
	slices.Sort(took)
	return sample{
		count: len(took), rate: float64(len(took)) / elapsed,
		p50: percentile(took, .50), p95: percentile(took, .95), p99: percentile(took, .99),
	}, nil
}

// percentile is in milliseconds, of durations in order.
func percentile(took []time.Duration, q float64) float64 {
	return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000
}

// rss returns the resident memory of a process in MB, 0 when unknown.
func rss(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}
