package syntax

import "bytes"

const (
	maxRevisions = 64
	maxObjects   = 1 << 16 // entries of all tables together
	maxLexed     = 2 << 20 // bytes of tables and values read
)

// Open reads the chain of cross-reference tables from the end of a file.
// Only white space may follow the last %%EOF. All reading of the document
// together is bounded: tables and a few dictionaries are read, never streams.
func Open(data []byte) (*Document, error) {
	tail := bytes.TrimRight(data, "\r\n \t\x00")
	if !bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.HasSuffix(tail, []byte("%%EOF")) {
		return nil, ErrMalformed
	}
	at := bytes.LastIndex(tail[max(0, len(tail)-256):], []byte("startxref"))
	if at < 0 {
		return nil, ErrMalformed
	}
	l := &lexer{data: tail, at: max(0, len(tail)-256) + at + len("startxref")}
	offset, ok := l.integer()
	if !ok || len(bytes.TrimSpace(tail[l.at:len(tail)-len("%%EOF")])) > 0 {
		return nil, ErrMalformed
	}
	budget, entries := maxLexed, maxObjects
	d := &Document{Data: data, budget: &budget}
	for seen := map[int]bool{}; ; {
		if seen[offset] || len(d.Revisions) >= maxRevisions {
			return nil, ErrMalformed
		}
		seen[offset] = true
		rev, err := d.readTable(offset, entries)
		if err != nil {
			return nil, err
		}
		entries -= len(rev.Objects)
		d.Revisions = append(d.Revisions, rev)
		prev, more := rev.Trailer["Prev"]
		if !more {
			return d, nil
		}
		if offset, ok = Int(prev); !ok {
			return nil, ErrMalformed
		}
	}
}

// lexer reads from an offset on, as far as the budget of the document goes.
func (d *Document) lexer(at int) *lexer {
	end := len(d.Data)
	if d.budget != nil {
		end = min(end, at+*d.budget)
	}
	return &lexer{data: d.Data[:end], at: at, limit: maxItems}
}

// spend takes what was read from the budget.
func (d *Document) spend(from int, l *lexer) {
	if d.budget != nil {
		*d.budget = max(0, *d.budget-(l.at-from))
	}
}

// readTable reads one classic table of at most so many entries, and its trailer.
func (d *Document) readTable(offset, most int) (Revision, error) {
	rev := Revision{Offset: offset, Objects: map[int]int{}}
	if offset <= 0 || offset >= len(d.Data) {
		return rev, ErrMalformed
	}
	l := d.lexer(offset)
	defer d.spend(offset, l)
	if !l.keyword("xref") {
		if _, number := l.integer(); number {
			return rev, ErrUnsupported // a cross-reference stream
		}
		return rev, ErrMalformed
	}
	for !l.keyword("trailer") {
		first, ok := l.integer()
		count, ok2 := l.integer()
		if !ok || !ok2 || first > maxObjects || count > most-len(rev.Objects) {
			return rev, ErrMalformed
		}
		for i := range count {
			at, ok := l.integer()
			_, ok2 := l.integer()
			inUse := l.keyword("n")
			if !ok || !ok2 || !inUse && !l.keyword("f") {
				return rev, ErrMalformed
			}
			if _, twice := rev.Objects[first+i]; twice {
				return rev, ErrMalformed
			}
			if !inUse {
				at = 0
			}
			rev.Objects[first+i] = at
		}
	}
	v, err := l.value()
	if err != nil {
		return rev, err
	}
	trailer, ok := v.(Dict)
	if !ok {
		return rev, ErrMalformed
	}
	if trailer["XRefStm"] != nil || trailer["Encrypt"] != nil {
		return rev, ErrUnsupported
	}
	rev.Trailer = trailer
	if !l.keyword("startxref") {
		return rev, ErrMalformed
	}
	if own, ok := l.integer(); !ok || own != offset {
		return rev, ErrMalformed
	}
	for l.at < len(l.data) && isSpace(l.data[l.at]) {
		l.at++
	}
	if !l.exactly("%%EOF") {
		return rev, ErrMalformed
	}
	rev.End = l.at
	return rev, nil
}
