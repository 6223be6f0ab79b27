package syntax

// Revision is one cross-reference section with its trailer: the original file or one incremental update.
type Revision struct {
	Start, End int         // the bytes it takes, after Open without the end of its last line; Start is known to Read only
	Offset     int         // where its table stands
	Objects    map[int]int // object number → byte offset; a freed object has offset 0
	Trailer    Dict
}

// Document is a file opened for reading. The bytes are kept, not copied.
type Document struct {
	Data      []byte
	Revisions []Revision // newest first

	budget *int // bytes that may still be read; nil after Read, which left nothing unread
}

// Before is the document as it stood before its n newest revisions.
func (d *Document) Before(n int) *Document {
	older := d.Revisions[n:]
	return &Document{Data: d.Data[:older[0].End], Revisions: older, budget: d.budget}
}

// End is where the newest revision ends.
func (d *Document) End() int { return d.Revisions[0].End }

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
	l := d.lexer(at)
	defer d.spend(at, l)
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
