package syntax

import (
	"bytes"
)

const (
	maxRevisions = 64
	maxObjects   = 1 << 20
)

// Revision is one cross-reference section with its trailer: the original file or one incremental update.
type Revision struct {
	Offset  int         // where its table stands
	Objects map[int]int // object number → byte offset; a freed object has offset 0
	Trailer Dict
}

// Document is a file opened for reading. The bytes are kept, not copied.
type Document struct {
	Data      []byte
	Revisions []Revision // newest first
}

// Open reads the chain of cross-reference tables from the end of a file.
// Only white space may follow the last %%EOF.
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
	d := &Document{Data: data}
	for seen := map[int]bool{}; ; {
		if seen[offset] || len(d.Revisions) >= maxRevisions {
			return nil, ErrMalformed
		}
		seen[offset] = true
		rev, err := readTable(data, offset)
		if err != nil {
			return nil, err
		}
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

// readTable reads one classic table and its trailer.
func readTable(data []byte, offset int) (Revision, error) {
	rev := Revision{Offset: offset, Objects: map[int]int{}}
	if offset <= 0 || offset >= len(data) {
		return rev, ErrMalformed
	}
	l := &lexer{data: data, at: offset}
	if !l.keyword("xref") {
		if _, number := l.integer(); number {
			return rev, ErrUnsupported // a cross-reference stream
		}
		return rev, ErrMalformed
	}
	for !l.keyword("trailer") {
		first, ok := l.integer()
		count, ok2 := l.integer()
		if !ok || !ok2 || first > maxObjects || count > maxObjects || first+count > maxObjects {
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
	return rev, nil
}

// Trailer is the newest revision's trailer.
func (d *Document) Trailer() Dict { return d.Revisions[0].Trailer }

// offset finds the newest place of an object; 0 when it is absent or freed.
func (d *Document) offset(num int) int {
	for _, rev := range d.Revisions {
		if at, ok := rev.Objects[num]; ok {
			return at
		}
	}
	return 0
}

// Located is an object and the bytes it takes in the file, from "n g obj" to the end of its value.
type Located struct {
	Value      Value
	Start, End int
}

// Locate reads an indirect object; an absent one is null, as ISO 32000-2, 7.3.10 says.
func (d *Document) Locate(r Ref) (Located, error) {
	at := d.offset(r.Num)
	if at == 0 {
		return Located{}, nil
	}
	if at >= len(d.Data) {
		return Located{}, ErrMalformed
	}
	l := &lexer{data: d.Data, at: at}
	num, ok := l.integer()
	gen, ok2 := l.integer()
	if !ok || !ok2 || num != r.Num || gen != r.Gen || !l.keyword("obj") {
		return Located{}, ErrMalformed
	}
	v, err := l.value()
	if err != nil {
		return Located{}, err
	}
	out := Located{Value: v, Start: at, End: l.at}
	if dict, isDict := v.(Dict); isDict && l.keyword("stream") {
		out.Value = Stream{dict}
	}
	return out, nil
}

// Object reads an indirect object, or returns v itself when it is not a reference. References to references are refused.
func (d *Document) Object(v Value) (Value, error) {
	r, ok := v.(Ref)
	if !ok {
		return v, nil
	}
	got, err := d.Locate(r)
	if _, again := got.Value.(Ref); again {
		return nil, ErrMalformed
	}
	return got.Value, err
}

// Dict reads an object that must be a dictionary; an absent one is an empty dictionary.
func (d *Document) Dict(v Value) (Dict, error) {
	o, err := d.Object(v)
	if err != nil || o == nil {
		return Dict{}, err
	}
	if s, ok := o.(Stream); ok {
		return s.Dict, nil
	}
	dict, ok := o.(Dict)
	if !ok {
		return nil, ErrMalformed
	}
	return dict, nil
}

// Array reads an object that must be an array; an absent one is empty.
func (d *Document) Array(v Value) (Array, error) {
	o, err := d.Object(v)
	if err != nil || o == nil {
		return nil, err
	}
	list, ok := o.(Array)
	if !ok {
		return nil, ErrMalformed
	}
	return list, nil
}

// Catalog reads the document's root dictionary.
func (d *Document) Catalog() (Ref, Dict, error) {
	root, ok := d.Trailer()["Root"].(Ref)
	if !ok {
		return Ref{}, nil, ErrMalformed
	}
	dict, err := d.Dict(root)
	if err == nil && dict["Type"] != Name("Catalog") {
		err = ErrMalformed
	}
	return root, dict, err
}

// FirstPage finds the first leaf of the page tree.
func (d *Document) FirstPage() (Ref, Dict, error) {
	_, catalog, err := d.Catalog()
	if err != nil {
		return Ref{}, nil, err
	}
	next := catalog["Pages"]
	for range maxDepth {
		r, ok := next.(Ref)
		if !ok {
			break
		}
		node, err := d.Dict(r)
		if err != nil {
			return Ref{}, nil, err
		}
		if node["Type"] == Name("Page") {
			return r, node, nil
		}
		kids, err := d.Array(node["Kids"])
		if err != nil || len(kids) == 0 {
			return Ref{}, nil, ErrMalformed
		}
		next = kids[0]
	}
	return Ref{}, nil, ErrMalformed
}
