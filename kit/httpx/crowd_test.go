package httpx

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// read is a handler that takes a whole body, and says how much it was.
func read(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, n)
}

// flood brings newcomers who say nothing, until stopped; each makes one of those that are there leave.
func flood(t *testing.T, addr string, every time.Duration) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var held []net.Conn
		for ctx.Err() == nil {
			if c, err := net.Dial("tcp", addr); err == nil {
				held = append(held, c)
			}
			time.Sleep(every)
		}
		for _, c := range held {
			c.Close()
		}
	}()
	return func() { cancel(); <-ended }
}

func TestAnUploadOnASlowNetworkIsNotCutForThoseWhoSayNothing(t *testing.T) {
	t.Parallel()
	addr := serve(t, Server{Conns: 20, ConnsSubscriber: 20}, http.HandlerFunc(read))
	c := dialed(t, addr)
	const pieces, piece = 12, 4 << 10
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", pieces*piece)
	stop := flood(t, addr, 10*time.Millisecond) // all twenty places change hands every 0.2 s
	defer stop()
	for range pieces {
		time.Sleep(300 * time.Millisecond)
		if _, err := c.Write(make([]byte, piece)); err != nil {
			t.Fatalf("cut while it sent: %v", err)
		}
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("an upload beside a crowd that says nothing: %v %v", resp, err)
	}
}

func TestAnUploadThatWeAreSlowToReadIsNotCut(t *testing.T) {
	t.Parallel()
	addr := serve(t, Server{Conns: 10, ConnsSubscriber: 10}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, 4<<10))
		time.Sleep(2 * time.Second) // as a body waits for the processor or the disk
		read(w, r)
	}))
	c := dialed(t, addr)
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", 8<<10, make([]byte, 8<<10))
	stop := flood(t, addr, 10*time.Millisecond)
	defer stop()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("it is cut for our own slowness: %v %v", resp, err)
	}
}

func TestBodiesThatStopShutNobodyOut(t *testing.T) {
	t.Parallel()
	for name, trickle := range map[string]time.Duration{"they stop": time.Hour, "they go on byte by byte": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := serve(t, Server{Conns: 10, ConnsSubscriber: 10}, http.HandlerFunc(read))
			for range 10 {
				c := dialed(t, addr)
				fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n%s", make([]byte, 4<<10))
				go func() {
					for {
						time.Sleep(trickle)
						if _, err := c.Write([]byte{'a'}); err != nil {
							return
						}
					}
				}()
			}
			time.Sleep(time.Second)
			visitor := dialed(t, addr)
			time.Sleep(100 * time.Millisecond) // a network's delay: meanwhile others come
			for range 4 {
				dialed(t, addr)
			}
			fmt.Fprintf(visitor, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			visitor.SetReadDeadline(time.Now().Add(10 * time.Second))
			if resp, err := http.ReadResponse(bufio.NewReader(visitor), nil); err != nil || resp.StatusCode != 200 {
				t.Errorf("the next visitor: %v %v", resp, err)
			}
		})
	}
}

func TestWhoKeepsUsWaitingDoesNotHoldUpAStop(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, http.HandlerFunc(read), slog.New(slog.DiscardHandler)) }()
	for i := range 20 {
		c := dialed(t, l.Addr().String())
		if i%2 == 0 {
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nX-A: ")
		} else {
			io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\naaaa")
		}
	}
	time.Sleep(300 * time.Millisecond)
	begun := time.Now()
	stop()
	if err := <-ended; err != nil || time.Since(begun) > 8*time.Second {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}
