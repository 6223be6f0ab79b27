package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"wasl/exchange/message"
)

// segmentRecords is how many records one file of the journal holds.
const segmentRecords = 32768

// Record is one message in a gateway's journal. Seq is also its index in the tile log.
type Record struct {
	Seq uint64 `json:"seq"`
	message.Signed
}

// pending is a record on its way to the disk.
type pending struct {
	signed message.Signed
	done   chan error
}

// journal is the append-only record of messages: JSON lines in segment files named after their first sequence number.
type journal struct {
	dir     string
	log     *slog.Logger
	in      chan pending
	out     chan Record // to the tile log, in order; a full channel holds the writer back
	stop    chan struct{}
	stopMu  sync.RWMutex
	closed  bool
	ended   chan struct{}
	abandon <-chan struct{} // closed when nobody reads out any more; the records are on the disk

	file *os.File
	next uint64
	rows int // in the open segment
}

// ErrInUse is returned when another process has the gateway's log open: a log has one writer.
var ErrInUse = errors.New("gateway: another process writes this log")

// lockLog takes the log for this process; the lock ends with the process, however that ends.
func lockLog(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gateway: log: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("gateway: log: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, ErrInUse
	}
	return f.Close, nil
}

// openJournal recovers the journal: a torn last line was never acknowledged and is cut off.
func openJournal(dir string, log *slog.Logger, abandon <-chan struct{}) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("gateway: journal: %w", err)
	}
	j := &journal{dir: dir, log: log, in: make(chan pending, 1024), out: make(chan Record, 8192), stop: make(chan struct{}), abandon: abandon, ended: make(chan struct{})}
	segments, err := j.segments()
	if err != nil {
		return nil, err
	}
	if len(segments) > 0 {
		if err := j.recover(segments[len(segments)-1]); err != nil {
			return nil, err
		}
	}
	if err := j.ensureSegment(); err != nil {
		return nil, err
	}
	return j, nil
}

func (j *journal) path(first uint64) string {
	return filepath.Join(j.dir, fmt.Sprintf("%020d.jsonl", first))
}

// segments lists the first sequence number of every file, ascending.
func (j *journal) segments() ([]uint64, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, fmt.Errorf("gateway: journal: %w", err)
	}
	var out []uint64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".jsonl")
		n, err := strconv.ParseUint(name, 10, 64)
		if ok && err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// recover finds the end of the last segment and opens it for appending.
func (j *journal) recover(first uint64) error {
	b, err := os.ReadFile(j.path(first))
	if err != nil {
		return fmt.Errorf("gateway: journal: %w", err)
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	j.rows = bytes.Count(b[:whole], []byte{'\n'})
	j.next = first + uint64(j.rows)
	j.file, err = os.OpenFile(j.path(first), os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("gateway: journal: %w", err)
	}
	if err := errors.Join(j.file.Truncate(int64(whole)), j.file.Sync()); err != nil {
		return fmt.Errorf("gateway: journal: cut torn line: %w", err)
	}
	_, err = j.file.Seek(0, io.SeekEnd)
	return err
}

func (j *journal) ensureSegment() error {
	if j.file != nil && j.rows < segmentRecords {
		return nil
	}
	f, err := os.OpenFile(j.path(j.next), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("gateway: journal: new segment: %w", err)
	}
	if j.file != nil {
		j.file.Close()
	}
	j.file, j.rows = f, 0
	d, err := os.Open(j.dir)
	if err != nil {
		return fmt.Errorf("gateway: journal: %w", err)
	}
	defer d.Close()
	return d.Sync()
}

// Append hands a message to the writer and returns a channel that yields nil once it is on the disk.
func (j *journal) Append(ctx context.Context, s message.Signed) <-chan error {
	done := make(chan error, 1)
	j.stopMu.RLock()
	defer j.stopMu.RUnlock()
	if j.closed {
		done <- errLog
		return done
	}
	select {
	case j.in <- pending{s, done}:
	case <-ctx.Done():
		done <- errLog.Cause(ctx.Err())
	}
	return done
}

// run writes what has arrived together with one fsync, then passes it on to the tile log.
func (j *journal) run() {
	defer close(j.ended)
	defer close(j.out)
	for {
		var batch []pending
		select {
		case p := <-j.in:
			batch = append(batch, p)
		case <-j.stop:
			if batch = j.drain(nil); len(batch) == 0 {
				j.file.Close()
				return
			}
		}
		batch = j.drain(batch)
		records, err := j.write(batch)
		if err != nil {
			j.log.Error("message journal cannot be written", "error", err)
		}
		for _, p := range batch {
			p.done <- err
		}
		for _, r := range records {
			select {
			case j.out <- r:
			case <-j.abandon:
			}
		}
	}
}

func (j *journal) drain(batch []pending) []pending {
	for len(batch) < 512 {
		select {
		case p := <-j.in:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// write is all or nothing: after a failure the file is cut back, so that no number is used twice.
func (j *journal) write(batch []pending) ([]Record, error) {
	if err := j.ensureSegment(); err != nil {
		return nil, errLog.Cause(err)
	}
	start, err := j.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, errLog.Cause(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	records := make([]Record, len(batch))
	for i, p := range batch {
		records[i] = Record{j.next + uint64(i), p.signed}
		if err := enc.Encode(records[i]); err != nil {
			return nil, errLog.Cause(err)
		}
	}
	_, err = j.file.Write(b.Bytes())
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		cut := j.file.Truncate(start)
		_, seek := j.file.Seek(start, io.SeekStart)
		return nil, errLog.Cause(errors.Join(err, cut, seek))
	}
	j.next += uint64(len(batch))
	j.rows += len(batch)
	return records, nil
}

// Read calls f with every record from a sequence number on, in order.
func (j *journal) Read(from uint64, f func(Record) error) error {
	segments, err := j.segments()
	if err != nil {
		return err
	}
	for i, first := range segments {
		if i+1 < len(segments) && segments[i+1] <= from {
			continue
		}
		if err := readSegment(j.path(first), from, f); err != nil {
			return err
		}
	}
	return nil
}

// since returns the first record of a file that begins before the given time, so that all records from then on follow it.
func (j *journal) since(t time.Time) (uint64, error) {
	segments, err := j.segments()
	if err != nil {
		return 0, err
	}
	for i := len(segments) - 1; i >= 0; i-- {
		before := false
		err := readSegment(j.path(segments[i]), segments[i], func(r Record) error {
			l, err := message.ParseLeaf(r.Leaf)
			before = err == nil && l.Time.Before(t)
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return 0, err
		}
		if before {
			return segments[i], nil
		}
	}
	return 0, nil
}

// errEnough ends the reading of a file.
var errEnough = errors.New("gateway: enough read")

func readSegment(path string, from uint64, f func(Record) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("gateway: journal: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("gateway: journal: %s: %w", filepath.Base(path), err)
		}
		if r.Seq >= from {
			if err := f(r); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// Close writes what was handed in and stops.
func (j *journal) Close() {
	j.stopMu.Lock()
	if !j.closed {
		j.closed = true
		close(j.stop)
	}
	j.stopMu.Unlock()
	<-j.ended
}
