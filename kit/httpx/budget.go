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
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"wasl/kit/errs"
)

const (
	// inMemory is the largest body that is kept in memory while it arrives, as long as there is room for small ones.
	inMemory = 64 << 10
	// smallShare is the part of the memory, beside the budget, for bodies that may turn out small.
	smallShare = 4
	// chunk is what a larger body holds of memory while it arrives.
	chunk = 8 << 10
	// copies is how often a body stands in memory while a block works on it: as it was read, and as the block that judges has it.
	copies = 2
	// turn is how long a body that has arrived waits for memory.
	turn = 30 * time.Second
)

var errBusy = errs.New(errs.Unavailable, "try_again")

// Budget bounds what bodies may take of one process. A body arrives in a file, as slowly as its sender likes, and takes next to no
// memory for it; when all of it is there it waits for its turn to be worked on. The files have no name and are encrypted with a key
// that is only in memory: nothing of them can be read after the process.
type Budget struct {
	dir    string
	memory *semaphore.Weighted
	small  *semaphore.Weighted // bodies that may be kept in memory while they arrive
	hands  *semaphore.Weighted // that put what has arrived into files: they leave half of the processors to everybody else
	whole  int64               // of memory
	disk   int64
	used   atomic.Int64 // of disk
}

// NewBudget returns a budget of so many bytes of memory, and of disk in dir, which is made.
func NewBudget(dir string, memory, disk int64) (*Budget, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("httpx: %w", err)
	}
	memory = max(memory, copies*MaxBody) // the largest body must have its turn
	return &Budget{
		dir: dir, memory: semaphore.NewWeighted(memory), whole: memory, disk: disk,
		small: semaphore.NewWeighted(memory / smallShare / inMemory), hands: semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))),
	}, nil
}

// Take reads a body to its end and waits for its turn; release gives back what it took.
func (b *Budget) Take(ctx context.Context, body io.Reader) (_ io.Reader, size int64, release func(), err error) {
	var head []byte
	if b.small.TryAcquire(1) {
		head, err = io.ReadAll(io.LimitReader(body, inMemory))
		if err == nil && len(head) < inMemory {
			return bytes.NewReader(head), int64(len(head)), func() { b.small.Release(1) }, nil
		}
		b.small.Release(1)
		if err != nil {
			return nil, 0, nil, err
		}
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
	if err := s.fill(ctx, head, body); err != nil {
		return nil, 0, nil, err
	}
	size = s.size
	content, err := s.content()
	if err != nil {
		return nil, 0, nil, err
	}
	if size <= inMemory {
		return content, size, s.close, nil
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
	to   cipher.Stream
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
	return &spilled{b: b, f: f, key: key, iv: secret[32:], to: cipher.NewCTR(key, secret[32:])}, nil
}

// fill writes a body to its end. It waits for its sender with empty hands.
func (s *spilled) fill(ctx context.Context, head []byte, body io.Reader) error {
	if err := s.put(ctx, head); err != nil {
		return err
	}
	piece := make([]byte, chunk)
	for {
		n, end := body.Read(piece)
		if err := s.put(ctx, piece[:n]); err != nil {
			return err
		}
		switch {
		case end == io.EOF:
			return nil
		case end != nil:
			return end
		}
	}
}

// put encrypts p where it stands and writes it.
func (s *spilled) put(ctx context.Context, p []byte) error {
	if err := s.b.hands.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.b.hands.Release(1)
	if s.b.used.Add(int64(len(p))) > s.b.disk {
		s.b.used.Add(-int64(len(p)))
		return errBusy.Cause(errors.New("httpx: no disk for another upload"))
	}
	s.size += int64(len(p))
	s.to.XORKeyStream(p, p)
	if _, err := s.f.Write(p); err != nil {
		return errBusy.Cause(err)
	}
	return nil
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
