package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
)

const buffered = 4 << 10

// Memory is the wire to a block in the same process: it calls the handler as a server would, without a socket. It streams both
// ways; the handler sees nothing of the caller's context but its end. A panic before the answer starts is an error of RoundTrip, a
// later one an error while reading the body.
func Memory(h http.Handler) http.RoundTripper { return memory{h} }

type memory struct{ h http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(req.Context(), func() { cancel(context.Cause(req.Context())) })

	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	in.URL.Scheme, in.URL.Host, in.URL.User = "", "", nil
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	in.RemoteAddr, in.Proto, in.ProtoMajor, in.ProtoMinor, in.Pattern = "memory", "HTTP/1.1", 1, 1, ""
	body := &requestBody{ReadCloser: req.Body}
	if body.ReadCloser == nil {
		body.ReadCloser = http.NoBody
	}
	in.Body = body

	pr, pw := io.Pipe()
	w := &writer{header: http.Header{}, pipe: pw, started: make(chan struct{}), body: body, caller: req.Context()}
	go func() {
		defer body.Close()
		defer func() {
			if p := recover(); p != nil {
				w.fail(fmt.Errorf("wire: handler panicked: %v\n%s", p, debug.Stack()))
				return
			}
			w.finish()
		}()
		m.h.ServeHTTP(w, in)
	}()

	select {
	case <-w.started:
	case <-req.Context().Done():
		cancel(context.Cause(req.Context()))
		w.fail(req.Context().Err())
		<-w.started
	}
	if w.err != nil {
		stop()
		cancel(w.err)
		return nil, w.err
	}
	end := func() { stop(); cancel(context.Canceled); pr.CloseWithError(errClosed) }
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent, ContentLength: w.length,
		Body: &responseBody{Reader: pr, end: end}, Request: req,
	}, nil
}

var errClosed = errors.New("wire: response body closed by the caller")

// requestBody remembers a failed read: over TCP the call fails, so it must fail here.
type requestBody struct {
	io.ReadCloser
	mu  sync.Mutex
	err error
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.mu.Lock()
		b.err = err
		b.mu.Unlock()
	}
	return n, err
}

func (b *requestBody) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

type responseBody struct {
	io.Reader
	end  func()
	once sync.Once
}

func (b *responseBody) Close() error {
	b.once.Do(b.end)
	return nil
}

// writer buffers the first 4 KiB, so that an early panic fails the call and a short answer has its length.
type writer struct {
	header http.Header
	pipe   *io.PipeWriter
	body   *requestBody
	caller context.Context

	mu      sync.Mutex
	buf     bytes.Buffer
	started chan struct{} // closed when the answer begins or fails
	begun   bool
	status  int
	sent    http.Header
	length  int64
	err     error
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *writer) writeHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.writeHeader(http.StatusOK)
	if !w.begun && w.buf.Len()+len(p) <= buffered {
		n, err := w.buf.Write(p)
		w.mu.Unlock()
		return n, err
	}
	w.mu.Unlock()
	if err := w.release(false); err != nil {
		return 0, err
	}
	return w.pipe.Write(p)
}

// release lets the caller go on and sends what was buffered, outside the lock, for the caller may be slow. The answer's length is
// known if that is the whole of it, or if the handler said it.
func (w *writer) release(whole bool) error {
	w.mu.Lock()
	w.writeHeader(http.StatusOK)
	head := w.begin(whole)
	w.mu.Unlock()
	if len(head) == 0 {
		return nil // an empty write would wait for a reader
	}
	_, err := w.pipe.Write(head)
	return err
}

func (w *writer) begin(whole bool) []byte {
	if w.begun {
		return nil
	}
	w.begun, w.length = true, -1
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		w.length = n
	}
	if whole {
		w.length = int64(w.buf.Len())
	}
	close(w.started)
	return w.buf.Bytes()
}

// FlushError sends what was written so far.
func (w *writer) FlushError() error { return w.release(false) }

// Flush is FlushError for handlers that know only http.Flusher.
func (w *writer) Flush() { w.FlushError() }

func (w *writer) finish() {
	if err := w.body.failed(); err != nil {
		w.fail(fmt.Errorf("wire: request body: %w", err))
		return
	}
	if err := w.caller.Err(); err != nil {
		w.fail(err) // the caller has left: whatever the handler made of that is not an answer
		return
	}
	_ = w.release(true)
	w.pipe.Close()
}

func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.begun {
		w.begun, w.err = true, err
		close(w.started)
	}
	w.pipe.CloseWithError(err)
}
