package httpx

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"wasl/kit/errs"
)

const (
	// inMemory is the largest body that is kept in memory while it arrives.
	inMemory = 64 << 10
	// copies is how often a body stands in memory while a block works on it: as it was read, and what was made of it.
	copies = 2
	// turn is how long a body that has arrived waits for memory.
	turn = 15 * time.Second
)

var errBusy = errs.New(errs.Unavailable, "try_again")

// Budget bounds what bodies may take of one process. A body arrives in a file, as slowly as its sender likes, and takes no memory
// for it; when all of it is there it waits for its turn to be worked on. The files have no name and are encrypted with a key that
// is only in memory: nothing of them can be read after the process.
type Budget struct {
	dir    string
	memory *semaphore.Weighted
	whole  int64 // of memory
	disk   int64
	used   atomic.Int64 // of disk
}

// NewBudget returns a budget of so many bytes of memory, and of disk in dir, which is made.
func NewBudget(dir string, memory, disk int64) (*Budget, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("httpx: %w", err)
	}
	memory = max(memory, copies*MaxBody) // the largest body must have its turn
	return &Budget{dir: dir, memory: semaphore.NewWeighted(memory), whole: memory, disk: disk}, nil
}

// Take reads a body to its end and waits for its turn; release gives back what it took.
func (b *Budget) Take(ctx context.Context, body io.Reader) (_ io.Reader, size int64, release func(), err error) {
	head, err := io.ReadAll(io.LimitReader(body, inMemory))
	if err != nil || len(head) < inMemory {
		return bytes.NewReader(head), int64(len(head)), func() {}, err
	}
	s, err := b.spill()
	if err != nil {
		return nil, 0, nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if size, err = io.Copy(s, io.MultiReader(bytes.NewReader(head), body)); err != nil {
		return nil, 0, nil, err
	}
	content, err := s.content()
	if err != nil {
		return nil, 0, nil, err
	}
	wait, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	weight := min(size*copies, b.whole)
	if err := b.memory.Acquire(wait, weight); err != nil {
		return nil, 0, nil, errBusy.Cause(errors.New("httpx: no memory for another upload"))
	}
	return content, size, func() { b.memory.Release(weight); s.close() }, nil
}

// spilled is a file without a name, written and read once.
type spilled struct {
	b    *Budget
	f    *os.File
	to   io.Writer
	key  cipher.Block
	iv   []byte
	size int64
}

func (b *Budget) spill() (*spilled, error) {
	f, err := os.CreateTemp(b.dir, "body-")
	if err != nil {
		return nil, errBusy.Cause(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, errBusy.Cause(err)
	}
	secret := make([]byte, 32+aes.BlockSize)
	rand.Read(secret)
	key, err := aes.NewCipher(secret[:32])
	if err != nil {
		f.Close()
		return nil, err
	}
	s := &spilled{b: b, f: f, key: key, iv: secret[32:]}
	s.to = &cipher.StreamWriter{S: cipher.NewCTR(key, s.iv), W: f}
	return s, nil
}

func (s *spilled) Write(p []byte) (int, error) {
	if s.b.used.Add(int64(len(p))) > s.b.disk {
		s.b.used.Add(-int64(len(p)))
		return 0, errBusy.Cause(errors.New("httpx: no disk for another upload"))
	}
	s.size += int64(len(p))
	return s.to.Write(p)
}

func (s *spilled) content() (io.Reader, error) {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return &cipher.StreamReader{S: cipher.NewCTR(s.key, s.iv), R: s.f}, nil
}

func (s *spilled) close() {
	s.f.Close()
	s.b.used.Add(-s.size)
}
