package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"sync"

	"wasl/kit/pdf/syntax"
)

// ref is the number of an indirect object; all are of generation 0.
type ref int

func (r ref) String() string { return fmt.Sprintf("%d 0 R", int(r)) }

// file collects objects and writes them with a classic cross-reference table (ISO 32000-2, 7.5.4).
type file struct {
	bodies []string // object n is bodies[n-1]
}

// reserve takes a number for an object written later.
func (f *file) reserve() ref {
	f.bodies = append(f.bodies, "")
	return ref(len(f.bodies))
}

func (f *file) set(r ref, body string) { f.bodies[r-1] = body }

func (f *file) add(body string) ref {
	r := f.reserve()
	f.set(r, body)
	return r
}

// stream adds a compressed stream; dict holds further entries, "/Key value …".
func (f *file) stream(dict string, data []byte) ref {
	packed := deflate(data)
	return f.add(fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", dict, len(packed), packed))
}

// plain adds an uncompressed stream, so that metadata can be read without a PDF library.
func (f *file) plain(dict string, data []byte) ref {
	return f.add(fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
}

// bytes writes the file. Its identifier is the digest of its content.
func (f *file) bytes(catalog, info ref) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, len(f.bodies))
	for i, body := range f.bodies {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	id := sha256.Sum256(out.Bytes())
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(f.bodies)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root %v/Info %v/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(f.bodies)+1, catalog, info, id[:16], id[:16], start)
	return out.Bytes()
}

// compression is a fast level: half the work of a document is compressing its fonts, and the slowest level saves 2 %.
const compression = 3

var compressors = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(nil, compression)
	if err != nil {
		panic("pdf: " + err.Error()) // the level is a constant
	}
	return z
}}

func deflate(data []byte) []byte {
	var out bytes.Buffer
	z := compressors.Get().(*zlib.Writer)
	defer compressors.Put(z)
	z.Reset(&out)
	z.Write(data) // writing to memory does not fail
	z.Close()
	return out.Bytes()
}

// textString spells a text string object.
func textString(s string) string {
	var b bytes.Buffer
	syntax.Write(&b, syntax.Text(clean(s)))
	return b.String()
}
