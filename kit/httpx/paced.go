package httpx

import (
	"io"
	"net/http"
	"time"
)

const (
	grace    = 10 * time.Second // what any body has
	minSpeed = 16 << 10         // bytes a second that it must then have come in at, on average
	answerIn = 2 * time.Minute  // the time to write an answer
)

// paced cuts a body that comes in slower than 16 KiB a second, after its first ten seconds: whoever holds a connection open must
// pay for it with a stream of bytes.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			turns(r, working)
			next.ServeHTTP(w, r)
			return
		}
		b := &pacedBody{ReadCloser: r.Body, r: r, control: http.NewResponseController(w), start: now()}
		b.allow()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

type pacedBody struct {
	io.ReadCloser
	r       *http.Request
	control *http.ResponseController
	start   time.Time
	read    int64
	waiting bool // for its sender, as the crowd was told
	ended   bool
}

// allow gives the next bytes their time; the control of a wire without a socket says that it cannot, and need not.
func (b *pacedBody) allow() {
	_ = b.control.SetReadDeadline(b.start.Add(grace + time.Duration(b.read)*time.Second/minSpeed))
}

// something is what a read must bring, at least, for its sender to be one who sends: a packet, not single bytes.
const something = 1 << 10

func (b *pacedBody) Read(p []byte) (int, error) {
	if !b.waiting && !b.ended {
		b.waiting = true
		turns(b.r, engaged)
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	switch {
	case err == io.EOF:
		b.end()
	case err == nil:
		b.allow()
		if n >= something || n == len(p) {
			b.waiting = false
			turns(b.r, working) // what we do with it is our time, not theirs
		}
	}
	return n, err
}

// end lifts the limit of the body and begins that of the answer.
func (b *pacedBody) end() {
	if b.ended {
		return
	}
	b.ended = true
	turns(b.r, working)
	_ = b.control.SetReadDeadline(time.Time{})
	_ = b.control.SetWriteDeadline(now().Add(answerIn))
}
