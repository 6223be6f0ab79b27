package httpx

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMemoryForStrangersIsBounded(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	l := NewLimits(1, Rate{Name: "a", Pattern: "GET /a", PerSecond: 1, Burst: 3}, Rate{Name: "a", Pattern: "GET /b", PerSecond: 1, Burst: 3})
	l.by["GET /a"].limit = 100
	r := httptest.NewRequest("GET", "/a", nil)
	allowed := func(from string, at time.Time) bool {
		_, refused := l.Allow(r, netip.MustParseAddr(from), at)
		return refused == nil
	}
	for i := range 300 {
		allowed(fmt.Sprintf("10.0.%d.%d", i/250, i%250), at)
	}
	if n := len(l.by["GET /a"].known); n > 100 {
		t.Errorf("%d subscribers are remembered", n)
	}
	if allowed("192.0.2.1", at) {
		t.Error("newcomers of a flood do not share one allowance")
	}
	if !allowed("192.0.2.1", at.Add(time.Minute)) || len(l.by["GET /a"].known) != 1 {
		t.Errorf("those that have recovered are not forgotten: %d", len(l.by["GET /a"].known))
	}
	for range 2 {
		allowed("192.0.2.1", at.Add(time.Minute))
	}
	other := httptest.NewRequest("GET", "/b", nil)
	wait, refused := l.Allow(other, netip.MustParseAddr("192.0.2.1"), at.Add(time.Minute))
	if refused == nil || wait <= 0 || wait > time.Second {
		t.Errorf("two routes of one name have two allowances: %v, wait %v", refused, wait)
	}
	if _, refused := NewLimits(0, Rate{Name: "a", Pattern: "/", PerSecond: 0, Burst: 0}).Allow(r, netip.MustParseAddr("192.0.2.1"), at); refused != nil {
		t.Error("scale 0 limits")
	}
}

func budget(t *testing.T, disk int64) *Budget {
	t.Helper()
	b, err := NewBudget(t.TempDir(), 0, disk)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABodyWaitsForMemoryOnlyWhenAllOfItIsThere(t *testing.T) {
	b := budget(t, 1<<30)
	whole := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MiB: one of them, twice, is more than half of the budget
	first, size, release, err := b.Take(t.Context(), bytes.NewReader(whole))
	if err != nil || size != int64(len(whole)) {
		t.Fatal(size, err)
	}
	if got, err := io.ReadAll(first); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%d bytes came back: %v", len(got), err)
	}
	if left, _ := os.ReadDir(b.dir); len(left) > 0 {
		t.Errorf("the file has a name: %v", left)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, _, err := b.Take(ctx, bytes.NewReader(whole)); err == nil {
		t.Error("the second has its turn beside the first")
	}
	if _, size, again, err := b.Take(t.Context(), strings.NewReader("small")); err != nil || size != 5 {
		t.Error("a small body waits", err)
	} else {
		again()
	}
	release()
	_, _, release, err = b.Take(t.Context(), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	release()
	if b.used.Load() != 0 || !b.memory.TryAcquire(b.whole) {
		t.Errorf("something is not given back: %d", b.used.Load())
	}
}

func TestUploadsDoNotFillTheDisk(t *testing.T) {
	b := budget(t, 1<<20)
	if _, _, _, err := b.Take(t.Context(), bytes.NewReader(make([]byte, 2<<20))); err == nil || b.used.Load() != 0 {
		t.Error(err, b.used.Load())
	}
	if _, _, release, err := b.Take(t.Context(), bytes.NewReader(make([]byte, 1<<20))); err != nil {
		t.Error(err)
	} else {
		release()
	}
}

func TestWhatIsSpilledCannotBeReadFromTheDisk(t *testing.T) {
	b := budget(t, 1<<30)
	s, err := b.spill()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.put(t.Context(), bytes.Repeat([]byte("birth certificate"), 1000)); err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 17000)
	if _, err := s.f.ReadAt(raw, 0); err != nil || bytes.Contains(raw, []byte("birth")) {
		t.Error("the disk shows it", err)
	}
}

// serve runs h behind a server and returns its address.
func serve(t *testing.T, o Server, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Serve(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { stop(); <-ended })
	return l.Addr().String()
}

func dialed(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestABodyThatDoesNotComeIsCut(t *testing.T) {
	t.Parallel()
	addr := serve(t, Server{}, Middleware(slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			Problem(w, r, err)
		}
	})))
	begun := time.Now()
	slow, steady := dialed(t, addr), dialed(t, addr)
	for _, c := range []net.Conn{slow, steady} {
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\nContent-Length: 700000\r\n\r\nxx")
	}
	go func() {
		for range 14 {
			if _, err := steady.Write(make([]byte, 50_000)[:min(50_000, 700_000-2)]); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}()
	slow.SetReadDeadline(time.Now().Add(30 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	took := time.Since(begun)
	if err == nil && resp.StatusCode < 400 || took < 8*time.Second || took > 20*time.Second {
		t.Errorf("after %v: %v %v", took, resp, err)
	}
	steady.SetReadDeadline(time.Now().Add(30 * time.Second))
	if resp, err := http.ReadResponse(bufio.NewReader(steady), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("a steady body: %v %v", resp, err)
	}
}

func TestWhoHoldsConnectionsShutsNobodyOut(t *testing.T) {
	release := make(chan struct{})
	var working atomic.Int32
	addr := serve(t, Server{Conns: 20, ConnsSubscriber: 10}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/work" {
			working.Add(1)
			<-release
		}
	}))
	ask := func(path string) (int, error) {
		c := dialed(t, addr)
		c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, nil
	}
	var worked sync.WaitGroup
	for range 3 { // these are owed an answer: they are never cut
		worked.Go(func() {
			if code, err := ask("/work"); code != 200 {
				t.Errorf("a request that is worked on was cut: %d %v", code, err)
			}
		})
	}
	for working.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	var silent []net.Conn
	for range 100 {
		c := dialed(t, addr)
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: ") // a header that never ends
		silent = append(silent, c)
	}
	if code, err := ask("/"); code != 200 {
		t.Errorf("the next visitor: %d %v", code, err)
	}
	open := 0
	for _, c := range silent {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil && strings.Contains(err.Error(), "timeout") {
			open++
		}
	}
	if open > 10 {
		t.Errorf("%d silent connections of one address are held", open)
	}
	close(release)
	worked.Wait()
}

func TestARefusedUploadIsToldWhenToComeBack(t *testing.T) {
	var log bytes.Buffer
	h := Door{
		Limits: NewLimits(1, Rate{Name: "up", Pattern: "POST /up", PerSecond: 0.1, Burst: 1}), Budget: budget(t, 100_000),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}.Before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	post := func(from string, size int) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/up", bytes.NewReader(make([]byte, size)))
		r.RemoteAddr = from
		r.Header.Set("Content-Type", "application/pdf")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := post("192.0.2.1:1", 90_000); w.Code != 200 {
		t.Error(w.Code)
	}
	for want, w := range map[int]*httptest.ResponseRecorder{429: post("192.0.2.1:2", 10), 503: post("192.0.2.2:1", 200_000)} {
		if w.Code != want || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d, want %d; Retry-After %q", w.Code, want, w.Header().Get("Retry-After"))
		}
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}

func TestManySlowBodiesTakeNoMemory(t *testing.T) {
	b := budget(t, 1<<30)
	room := b.whole / smallShare / inMemory
	if !b.small.TryAcquire(room) || b.small.TryAcquire(1) {
		t.Fatal("bodies that may be small are not bounded")
	}
	body, size, release, err := b.Take(t.Context(), strings.NewReader("small"))
	if err != nil || size != 5 {
		t.Fatal(size, err)
	}
	if _, kept := body.(*bytes.Reader); kept {
		t.Error("it is kept in memory that is full")
	}
	if got, err := io.ReadAll(body); err != nil || string(got) != "small" {
		t.Errorf("%q %v", got, err)
	}
	release()
	b.small.Release(room)
	if _, _, _, err := b.Take(t.Context(), io.MultiReader(strings.NewReader("a"), brokenOff{})); err == nil {
		t.Error("a body that breaks off is whole")
	}
	if b.used.Load() != 0 || !b.small.TryAcquire(room) {
		t.Errorf("something is not given back: %d", b.used.Load())
	}
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWhoDoesNotTakeTheirAnswersShutsNobodyOut(t *testing.T) {
	addr := serve(t, Server{Conns: 5, ConnsSubscriber: 5}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			w.Write(make([]byte, 64<<20))
		}
	}))
	for range 5 {
		fmt.Fprintf(dialed(t, addr), "GET /large HTTP/1.1\r\nHost: a\r\n\r\n") // and never reads
	}
	time.Sleep(300 * time.Millisecond) // until the buffers are full
	c := dialed(t, addr)
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("the next visitor: %v %v", resp, err)
	}
}
