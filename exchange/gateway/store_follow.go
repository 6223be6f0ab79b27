package gateway

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Follower reads a gateway's journal as it grows, without reading anything twice.
type Follower struct {
	journal *journal
	next    uint64 // sequence number of the record to return next
	file    *os.File
	lines   *bufio.Reader
	partial []byte // of a line that is still being written
	line    uint64 // sequence number of the line to be read next
}

// Follow returns a reader that begins with the given sequence number. Close it.
func (g *Gateway) Follow(from uint64) *Follower { return &Follower{journal: g.journal, next: from} }

// Next returns at most limit records that are new since the last call; none is no error.
func (f *Follower) Next(limit int) ([]Record, error) {
	var out []Record
	for len(out) < limit {
		if f.file == nil {
			if there, err := f.open(); err != nil || !there {
				return out, err
			}
		}
		b, err := f.lines.ReadBytes('\n')
		f.partial = append(f.partial, b...)
		if errors.Is(err, io.EOF) {
			if len(f.partial) == 0 && f.superseded() {
				f.Close()
				continue
			}
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("gateway: follow journal: %w", err)
		}
		if f.line >= f.next {
			var r Record
			if err := json.Unmarshal(f.partial, &r); err != nil {
				return out, fmt.Errorf("gateway: follow journal: %w", err)
			}
			out = append(out, r)
			f.next = r.Seq + 1
		}
		f.partial = f.partial[:0]
		f.line++
	}
	return out, nil
}

// open finds the segment that holds the next record.
func (f *Follower) open() (bool, error) {
	segments, err := f.journal.segments()
	if err != nil {
		return false, err
	}
	for i := len(segments) - 1; i >= 0; i-- {
		if segments[i] > f.next {
			continue
		}
		file, err := os.Open(f.journal.path(segments[i]))
		if err != nil {
			return false, fmt.Errorf("gateway: follow journal: %w", err)
		}
		f.file, f.lines, f.line = file, bufio.NewReaderSize(file, 64<<10), segments[i]
		return true, nil
	}
	return false, nil
}

// superseded says whether the next record begins another segment.
func (f *Follower) superseded() bool {
	path := f.journal.path(f.line)
	_, err := os.Stat(path)
	return err == nil && path != f.file.Name()
}

// Close frees the file.
func (f *Follower) Close() {
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}
