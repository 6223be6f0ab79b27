package binary

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What strangers bring in TestStrangersNeitherFillNorSlowNorCrashIt, all at once. The whole of it, with the time of another
// visitor, is measured on a machine of its own: WASL_LOAD=whole go test ./e2e/binary -run TestStrangers -v (docs/performance.md).
const (
	slowConns   = 10_000
	uploads     = 200
	part        = 5   // of it that comes with every `make test`
	fromAddress = 250 // connections from one address: below the limit of 512
	uploadSize  = 20 << 20

	mostMemory = 600 << 20
	slowestP95 = 500 * time.Millisecond
)

// from returns a transport that dials from an address of the loopback network: the server tells strangers apart by it.
func from(n int) *http.Transport {
	d := net.Dialer{LocalAddr: source(n), Timeout: 10 * time.Second}
	return &http.Transport{DialContext: d.DialContext}
}

func source(n int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+n/200), byte(1+n%200))}
}

// TestStrangersNeitherFillNorSlowNorCrashIt is the target of an attack from many addresses: ten thousand connections that say
// little, and two hundred files of 20 MB at the verification page, beside one visitor who reads pages.
func TestStrangersNeitherFillNorSlowNorCrashIt(t *testing.T) {
	conns, uploads, measured := slowConns/part, uploads/part, false
	if os.Getenv("WASL_LOAD") == "whole" {
		conns, uploads, measured = conns*part, uploads*part, true
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < files.Max { // the runtime has raised it; a limit lowered since is raised again
		files.Cur = files.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < uint64(conns+1000) {
		conns = int(files.Cur) - 1000
		t.Logf("only %d slow connections: the process may open %d files", conns, files.Cur)
	}
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	s := serve(t, data, nil).up(t)
	addr := strings.TrimPrefix(s.portal, "http://localhost")
	addr = "127.0.0.1" + addr

	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	var slow sync.WaitGroup
	defer func() { stop(); slow.Wait() }()
	var open, cut atomic.Int64
	for i := range conns {
		slow.Go(func() { sayLittle(ctx, addr, i, &open, &cut) })
	}
	eventually(t, "the slow connections", 30*time.Second, func() bool { return open.Load() > int64(min(conns, 4096)*3/4) })
	calm := memory(t, s.Process.Pid, "VmRSS")

	codes := make(chan int, uploads)
	forms := pdfOf(uploadSize)
	begun := time.Now()
	var sent sync.WaitGroup
	for i := range uploads {
		sent.Go(func() { codes <- upload(ctx, t, "http://"+addr+"/fr/verify", from(1000+i/4), forms[i%len(forms)]) })
	}
	judged := make(chan struct{})
	go func() { sent.Wait(); close(judged) }()
	waits, failed := visit(ctx, t, "http://"+addr, judged)
	took := time.Since(begun)
	close(codes)
	judgedAs := map[int]int{}
	for code := range codes {
		judgedAs[code]++
	}
	slices.Sort(waits)
	p95 := waits[len(waits)*95/100]
	peak := memory(t, s.Process.Pid, "VmHWM")
	t.Logf("%d slow connections (%d cut): %d MB; with %d uploads of %d MB in %.1fs: at most %d MB, answers %v; another visitor: %d pages, p50 %v, p95 %v, slowest %v",
		open.Load(), cut.Load(), calm>>20, uploads, uploadSize>>20, took.Seconds(), peak>>20, judgedAs, len(waits), waits[len(waits)/2], p95, waits[len(waits)-1])

	if peak > mostMemory {
		t.Errorf("%d MB resident", peak>>20)
	}
	if measured && p95 > slowestP95 {
		t.Errorf("another visitor waits %v (p95)", p95)
	}
	if failed > 0 {
		t.Errorf("another visitor was refused %d of %d pages", failed, len(waits))
	}
	for code, n := range judgedAs {
		if code != http.StatusOK && code != http.StatusServiceUnavailable && code != http.StatusTooManyRequests {
			t.Errorf("%d uploads are answered %d", n, code)
		}
	}
	if judgedAs[http.StatusOK] == 0 {
		t.Error("no upload is judged")
	}
	if !answers(s.portal + "/readyz") {
		t.Error("not ready afterwards")
	}
	stop()
	slow.Wait()
	s.stop(t)
	for line := range strings.Lines(s.said.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic") {
			t.Errorf("logged: %.400s", line)
		}
	}
}

// sayLittle holds a connection as long as it is let, in one of four ways, and comes back a while after it was cut.
func sayLittle(ctx context.Context, addr string, i int, open, cut *atomic.Int64) {
	d := net.Dialer{LocalAddr: source(i / fromAddress), Timeout: 10 * time.Second}
	opening := []string{
		"GET /fr/ HTTP/1.1\r\nHost: a\r\nX-A: ", // a header that never ends
		"GET /fr/ HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 8<<10) + "\r\nX-B: ",
		"POST /fr/verify HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n" + strings.Repeat("a", 60<<10), // a body that stops
		"", // nothing at all
	}[i%4]
	for ctx.Err() == nil {
		c, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			open.Add(1)
			trickle(ctx, c, opening)
			open.Add(-1)
			cut.Add(1)
		}
		pause(ctx, 5*time.Second)
	}
}

func trickle(ctx context.Context, c net.Conn, opening string) {
	defer c.Close()
	ended := context.AfterFunc(ctx, func() { c.SetDeadline(time.Now()) })
	defer ended()
	if _, err := io.WriteString(c, opening); err != nil {
		return
	}
	for ctx.Err() == nil {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 512)); err != nil && !os.IsTimeout(err) {
			return
		}
		if opening != "" {
			if _, err := io.WriteString(c, "a"); err != nil {
				return
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// pdfOf returns forms with one file each: noise behind the head of a PDF, and a PDF that is one and carries no seal.
func pdfOf(size int) [][]byte {
	noise := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("0123456789abcde\n"), size/16)...)
	var whole bytes.Buffer
	whole.WriteString("%PDF-1.7\n")
	at := []int{whole.Len()}
	whole.WriteString("1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
	at = append(at, whole.Len())
	whole.WriteString("2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n")
	at = append(at, whole.Len())
	fmt.Fprintf(&whole, "3 0 obj\n<</Length %d>>\nstream\n", size-1000)
	whole.Write(make([]byte, size-1000))
	whole.WriteString("\nendstream\nendobj\n")
	start := whole.Len()
	whole.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(&whole, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&whole, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	var forms [][]byte
	for _, file := range [][]byte{noise[:size], whole.Bytes()} {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		_ = w.SetBoundary("boundary-of-the-form")
		part, _ := w.CreateFormFile("file", "a.pdf")
		part.Write(file)
		w.Close()
		forms = append(forms, form.Bytes())
	}
	return forms
}

func upload(ctx context.Context, t *testing.T, address string, from *http.Transport, form []byte) int {
	defer from.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(form))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=boundary-of-the-form")
	resp, err := from.RoundTrip(r)
	if err != nil {
		t.Logf("upload: %v", err)
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK && resp.Header.Get("Retry-After") == "" {
		t.Errorf("upload: %d does not say when to come back", resp.StatusCode)
	}
	return resp.StatusCode
}

// visit reads pages one after the other until done, and returns how long each took.
func visit(ctx context.Context, t *testing.T, portal string, done <-chan struct{}) (waits []time.Duration, failed int) {
	client := http.Client{Transport: from(2000), Timeout: 30 * time.Second}
	paths := []string{"/fr/", "/ar/search?q=passeport", "/fr/verify", "/ar/", "/fr/help"}
	for i := 0; ; i++ {
		select {
		case <-done:
			return waits, failed
		case <-time.After(100 * time.Millisecond):
		}
		if i%10 == 0 {
			client.CloseIdleConnections() // a new visitor each second
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, portal+paths[i%len(paths)], nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		resp, err := client.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		waits = append(waits, time.Since(begun))
		if err != nil || resp.StatusCode != http.StatusOK {
			failed++
		}
	}
}

// memory reads a line of a process's status: what is resident (VmRSS), or was at most (VmHWM).
func memory(t *testing.T, pid int, name string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kb, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
