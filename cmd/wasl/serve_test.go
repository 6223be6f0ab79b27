package main

import (
	"log/slog"
	"math"
	"runtime/debug"
	"testing"
)

func TestTheHeapIsBoundedByTheMachineAndByWhatStrangersMayBring(t *testing.T) {
	for _, c := range []struct{ machine, uploads, want uint64 }{
		{24 << 30, 128 << 20, 448 << 20},
		{24 << 30, 1 << 30, 1344 << 20}, // an operator who gives uploads more gives the heap more
		{512 << 20, 128 << 20, 256 << 20},
		{math.MaxUint64, 0, 320 << 20},
	} {
		if got := heapLimit(c.machine, c.uploads); got != c.want {
			t.Errorf("of %d MiB, uploads %d MiB: %d MiB, want %d", c.machine>>20, c.uploads>>20, got>>20, c.want>>20)
		}
	}
}

func TestTheOperatorsMemoryLimitIsKept(t *testing.T) {
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetMemoryLimit(limit); debug.SetGCPercent(percent) })
	log := slog.New(slog.DiscardHandler)
	debug.SetMemoryLimit(5 << 30) // as the runtime does with GOMEMLIMIT=5GiB
	collectLess([]string{"GOMEMLIMIT=5GiB", "GOGC=70"}, 128<<20, log)
	if got := debug.SetMemoryLimit(-1); got != 5<<30 {
		t.Errorf("an explicit limit becomes %d", got)
	}
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("an explicit GOGC becomes %d", got)
	}
	collectLess(nil, 128<<20, log)
	if got := debug.SetMemoryLimit(-1); got > 448<<20 || got < 1<<20 {
		t.Errorf("without one: %d MiB", got>>20)
	}
}
