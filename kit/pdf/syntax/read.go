package syntax

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Bounds of a file of our own writer. A receipt has forty objects and four thousand values.
const (
	maxOwnObjects   = 1 << 16
	maxOwnValues    = 1 << 18
	maxOwnRevisions = 33 // the original and 32 seals
)

const header = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"

// Read reads a file of our own writer from its first byte, and then every update that Update wrote. It reads each byte
// once. What follows the last such update is left unread: see End.
//
// The order of the parts, their spelling and the table are fixed, so the table that Read builds from the objects as they
// stand must be, byte for byte, the one in the file: no other reader can find other objects than these.
func Read(data []byte) (*Document, error) {
	d, _, err := read(data)
	return d, err
}

// read is Read that tells also how far it went: the lexer only moves forward, and stops at its limit of values.
func read(data []byte) (*Document, *lexer, error) {
	l := &lexer{data: data, strict: true, limit: maxOwnValues}
	if !l.exactly(header) {
		return nil, l, ErrMalformed
	}
	first, ok := l.original()
	if !ok {
		return nil, l, ErrMalformed
	}
	d := &Document{Data: data, Revisions: []Revision{first}}
	for l.at < len(data) && len(d.Revisions) < maxOwnRevisions {
		rev, ok := l.update(d)
		if !ok {
			break
		}
		d.Revisions = slices.Insert(d.Revisions, 0, rev)
	}
	return d, l, nil
}

// exactly moves past text when it stands next.
func (l *lexer) exactly(text string) bool {
	if !bytes.HasPrefix(l.data[l.at:], []byte(text)) {
		return false
	}
	l.at += len(text)
	return true
}

// original reads the objects 1 … n in their order, their table, the trailer and the end.
func (l *lexer) original() (rev Revision, ok bool) {
	rev.Objects = map[int]int{}
	n := 1
	for ; n <= maxOwnObjects; n++ {
		at := l.at
		if !l.exactly(fmt.Sprintf("%d 0 obj\n", n)) {
			break
		}
		if rev.Objects[n] = at; !l.body() {
			return rev, false
		}
	}
	rev.Offset = l.at
	var table bytes.Buffer
	fmt.Fprintf(&table, "xref\n0 %d\n0000000000 65535 f \n", n)
	for num := 1; num < n; num++ {
		fmt.Fprintf(&table, "%010d 00000 n \n", rev.Objects[num])
	}
	table.WriteString("trailer\n")
	if !l.exactly(table.String()) {
		return rev, false
	}
	v, err := l.value()
	rev.Trailer, _ = v.(Dict)
	size, _ := Int(rev.Trailer["Size"])
	root, isRoot := rev.Trailer["Root"].(Ref)
	info, isInfo := rev.Trailer["Info"].(Ref)
	_, isID := rev.Trailer["ID"].(Array)
	ok = err == nil && len(rev.Trailer) == 4 && size == n && isID && isRoot && isInfo && root.Num < n && info.Num < n
	ok = ok && l.exactly(fmt.Sprintf("\nstartxref\n%d\n%%%%EOF\n", rev.Offset))
	rev.End = l.at
	return rev, ok
}

// update reads objects in rising order, and what Update would write after them.
func (l *lexer) update(d *Document) (rev Revision, ok bool) {
	rev.Objects, rev.Start = map[int]int{}, l.at
	for last := 0; ; {
		at := l.at
		num, found := l.objectNumber()
		if !found {
			break
		}
		if num <= last || len(rev.Objects) >= maxOwnObjects {
			return rev, false
		}
		last = num
		if rev.Objects[num] = at; !l.body() {
			return rev, false
		}
	}
	if len(rev.Objects) == 0 {
		return rev, false // an update that brings nothing
	}
	rev.Offset = l.at
	tail, trailer, err := d.table(rev.Objects, rev.Offset)
	if err != nil || !l.exactly(string(tail)) {
		return rev, false
	}
	rev.Trailer, rev.End = trailer, l.at
	return rev, true
}

// objectNumber reads "n 0 obj" and its line's end.
func (l *lexer) objectNumber() (int, bool) {
	rest := l.data[l.at:]
	digits := 0
	for digits < len(rest) && digits < 8 && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	num, err := strconv.Atoi(string(rest[:digits]))
	return num, err == nil && num > 0 && l.exactly(fmt.Sprintf("%d 0 obj\n", num))
}

// body reads an object's value, its stream of exactly the stated length, and the object's end.
func (l *lexer) body() bool {
	v, err := l.value()
	if err != nil {
		return false
	}
	if l.exactly("\nstream\n") {
		dict, isDict := v.(Dict)
		length, ok := Int(dict["Length"])
		if !isDict || !ok || length < 0 || length > len(l.data)-l.at {
			return false
		}
		if l.at += length; !l.exactly("\nendstream") {
			return false
		}
	}
	return l.exactly("\nendobj\n")
}

// NextNumber is the first object number that the file does not use.
func (d *Document) NextNumber() (int, error) {
	size, ok := Int(d.Trailer()["Size"])
	if !ok || size <= 0 || size > 2*maxOwnObjects {
		return 0, ErrMalformed
	}
	return size, nil
}

// Update spells one incremental update that adds or replaces objects (already spelt). It belongs after the file's last
// byte; the earlier bytes stay as they are, so earlier seals stay whole.
func (d *Document) Update(objects map[int][]byte) ([]byte, error) {
	var out bytes.Buffer
	offsets := map[int]int{}
	for _, num := range slices.Sorted(maps.Keys(objects)) {
		offsets[num] = len(d.Data) + out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n", num)
		out.Write(objects[num])
		out.WriteString("\nendobj\n")
	}
	tail, _, err := d.table(offsets, len(d.Data)+out.Len())
	out.Write(tail)
	return out.Bytes(), err
}

// table spells the table of an update's objects, its trailer and the end of the file.
func (d *Document) table(offsets map[int]int, start int) ([]byte, Dict, error) {
	next, err := d.NextNumber()
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	out.WriteString("xref\n")
	numbers := slices.Sorted(maps.Keys(offsets))
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		fmt.Fprintf(&out, "%d %d\n", numbers[i], n)
		for _, num := range numbers[i : i+n] {
			fmt.Fprintf(&out, "%010d 00000 n \n", offsets[num])
			next = max(next, num+1)
		}
		i += n
	}
	trailer := maps.Clone(d.Trailer())
	trailer["Size"] = Number(fmt.Sprint(next))
	trailer["Prev"] = Number(fmt.Sprint(d.Revisions[0].Offset))
	out.WriteString("trailer\n")
	Write(&out, trailer)
	fmt.Fprintf(&out, "\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes(), trailer, nil
}
