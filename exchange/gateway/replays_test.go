package gateway

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"wasl/exchange/message"
)

func TestAReplayIsRefusedAfterARestart(t *testing.T) {
	w := newWorld(t)
	x, err := w.send(call())
	if err != nil {
		t.Fatal(err)
	}
	q, _, _ := x.Evidence.Leaves()
	// A busy gateway: many files of records follow, all of the last minutes.
	segments, _ := filepath.Glob(filepath.Join(w.config("GOV-portal").Log, "journal", "*.jsonl"))
	w.consumer.Close()
	b, _ := os.ReadFile(segments[0])
	lines := strings.SplitAfter(string(b), "\n")
	os.WriteFile(segments[0], []byte(lines[0]), 0o600)
	for i := 1; i < 5; i++ {
		name := filepath.Join(filepath.Dir(segments[0]), fmt.Sprintf("%020d.jsonl", i))
		os.WriteFile(name, []byte(strings.Replace(lines[1], `"seq":1`, fmt.Sprintf(`"seq":%d`, i), 1)), 0o600)
	}
	w.consumer = w.open("GOV-portal")
	if err := w.consumer.replays.first(q, w.clk.Now()); !errors.Is(err, errReplayed) {
		t.Errorf("forgotten: %v", err)
	}
	w.consumer.Close()
	w.clk.Advance(3*freshness + time.Second)
	w.consumer = w.open("GOV-portal")
	if from, err := w.consumer.journal.since(w.clk.Now().Add(-3 * freshness)); err != nil || from != 4 {
		t.Errorf("a start reads %d files of older records: %v", 5-from, err)
	}
}

func TestReplaysAreRememberedWhileFreshAndNoLonger(t *testing.T) {
	var r replays
	now := time.Date(2026, 9, 1, 10, 0, 30, 0, time.UTC)
	l := message.Leaf{Client: "a", RequestID: "1", Time: now.Add(freshness)}
	if err := r.first(l, now); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, freshness, 2 * freshness} {
		if err := r.first(l, now.Add(later)); !errors.Is(err, errReplayed) {
			t.Errorf("after %s: %v", later, err)
		}
	}
	again := l
	again.Time = now
	if err := r.first(again, now); !errors.Is(err, errReplayed) {
		t.Errorf("the same number, signed anew: %v", err)
	}
	if err := r.first(message.Leaf{Client: "b", RequestID: "1", Time: now}, now); err != nil {
		t.Errorf("another client's number: %v", err)
	}
	if r.first(message.Leaf{Client: "c", Time: now.Add(time.Hour)}, now.Add(time.Hour)); r.count != 1 || len(r.minutes) != 1 {
		t.Errorf("%d are remembered for ever", r.count)
	}
	full := replays{limit: 1}
	full.first(l, now)
	if err := full.first(again, now); !errors.Is(err, errReplayed) {
		t.Errorf("full, seen: %v", err)
	}
	if err := full.first(message.Leaf{Client: "d", Time: now}, now); !errors.Is(err, errBusy) {
		t.Errorf("full, new: %v", err)
	}
}

func TestTheReplayMemoryStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("a million and a half requests")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var r replays
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	const second = 1500
	for i := range 11 * 60 * second { // 1,500 a second, from five minutes ago to five minutes ahead
		l := message.Leaf{Client: "a", RequestID: strconv.Itoa(i), Time: now.Add(-freshness + time.Duration(i)*time.Second/second)}
		if err := r.first(l, now); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 80<<20 {
		t.Errorf("%d MB", used>>20)
	} else {
		t.Logf("%d requests in %.1f MB", r.count, float64(used)/(1<<20))
	}
	runtime.KeepAlive(&r)
}
