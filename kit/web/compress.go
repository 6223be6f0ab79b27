package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"wasl/kit/web/assets"
)

// Compress compresses pages as the browser accepts, in front of a whole origin;
// what is not HTML passes untouched. A page of ours holds no secret beside what
// a visitor typed (the session is a cookie scripts cannot read, and forms carry
// no token), so its length tells nothing (BREACH).
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encoding := ""
		for _, e := range []string{"br", "gzip"} {
			if encoding == "" && assets.Accepts(r.Header.Get("Accept-Encoding"), e) {
				encoding = e
			}
		}
		if encoding == "" || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		c := &compressor{ResponseWriter: w, encoding: encoding}
		defer c.close()
		next.ServeHTTP(c, r)
	})
}

// compressor decides at the header of the answer.
type compressor struct {
	http.ResponseWriter
	encoding string
	decided  bool
	body     squeezer
}

// squeezer is what the two compressors have in common. They are kept for the next page: each works in up to a megabyte.
type squeezer interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

var squeezers = map[string]*sync.Pool{
	"br":   {New: func() any { return brotli.NewWriterLevel(nil, 4) }},
	"gzip": {New: func() any { return gzip.NewWriter(nil) }},
}

func (c *compressor) WriteHeader(status int) {
	h := c.Header()
	if !c.decided && status >= 200 {
		c.decided = true
		if strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Content-Encoding") == "" && status != http.StatusNoContent && status != http.StatusNotModified {
			h.Set("Content-Encoding", c.encoding)
			h.Add("Vary", "Accept-Encoding")
			h.Del("Content-Length")
			c.body = squeezers[c.encoding].Get().(squeezer)
			c.body.Reset(c.ResponseWriter)
		}
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressor) Write(p []byte) (int, error) {
	if !c.decided {
		if c.Header().Get("Content-Type") == "" {
			c.Header().Set("Content-Type", http.DetectContentType(p))
		}
		c.WriteHeader(http.StatusOK)
	}
	if c.body == nil {
		return c.ResponseWriter.Write(p)
	}
	return c.body.Write(p)
}

// FlushError sends what is there; it is what http.ResponseController calls.
func (c *compressor) FlushError() error {
	if c.body != nil {
		if err := c.body.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Flush is FlushError for those who ask for an http.Flusher.
func (c *compressor) Flush() { c.FlushError() }

// Unwrap keeps deadlines reachable.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) close() {
	if c.body != nil {
		c.body.Close()
		c.body.Reset(nil) // a kept compressor holds no answer
		squeezers[c.encoding].Put(c.body)
	}
}
