package pades

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wasl/kit/cms"
	"wasl/kit/pdf/syntax"
)

// MaxFile bounds the files sealed and judged; maxSignatures the seals of one file.
const (
	MaxFile       = 64 << 20
	maxSignatures = 32
)

// ErrReserve means that the signature does not fit the space reserved: prepare again with more.
var ErrReserve = errors.New("pades: signature larger than the space reserved")

// Options say how a seal appears in the file's properties. The field name is unique in the file.
type Options struct {
	Name, Reason string
	Time         time.Time
	Reserve      int // bytes for the signature; 0 estimates them from the certificates
}

// Prepared is a file ready to be sealed: every byte is fixed but the signature. It may be stored while a person
// approves Digest with a card or a remote service.
type Prepared struct {
	PDF        []byte
	Attributes []byte // the CMS signed attributes
	Digest     []byte // their SHA-256: what the key holder signs
	Contents   int    // where the hexadecimal digits of the signature start
	Reserve    int
}

const widest = 9999999999 // the ByteRange slot: ten digits

// Prepare appends an invisible signature field and its dictionary as one incremental update. Only files of our own
// writer are sealed: others are refused, because not every reader would show them alike.
func Prepare(pdf []byte, s cms.Signer, o Options) (*Prepared, error) {
	if len(pdf) > MaxFile {
		return nil, syntax.ErrMalformed
	}
	doc, err := syntax.Read(pdf)
	if err != nil {
		return nil, err
	}
	if seals, end := ownSeals(doc); end != len(pdf) || len(seals) >= maxSignatures {
		return nil, syntax.ErrMalformed
	}
	if o.Reserve == 0 {
		o.Reserve = estimate(s)
	}
	update, err := spellSeal(doc, o)
	if err != nil {
		return nil, err
	}
	out := slices.Concat(pdf, update.bytes)
	contents := len(pdf) + update.contents
	h := sha256.New()
	h.Write(out[:contents-1])
	h.Write(out[contents+2*o.Reserve+1:])
	attrs, err := cms.Attributes(s.Certificate, h.Sum(nil))
	if err != nil {
		return nil, err
	}
	return &Prepared{PDF: out, Attributes: attrs, Digest: cms.AttributesDigest(attrs), Contents: contents, Reserve: o.Reserve}, nil
}

// estimate sizes the signature: certificates, attributes, and a token with its own chain of about the same size.
func estimate(s cms.Signer) int {
	n := len(s.Certificate.Raw) + 1024
	for _, c := range s.Chain {
		n += len(c.Raw)
	}
	return n + 2560
}

// sealUpdate is the spelt update of a seal whose signature is still to be put in.
type sealUpdate struct {
	field    string // the field's name
	bytes    []byte
	contents int // where the digits of the signature start, in bytes
}

// spellSeal spells the update of a seal on a file: objects, table, end, and the range of all that but the signature.
func spellSeal(doc *syntax.Document, o Options) (sealUpdate, error) {
	objects, field, err := sealObjects(doc, o)
	if err != nil {
		return sealUpdate{}, err
	}
	out, err := doc.Update(objects)
	if err != nil {
		return sealUpdate{}, err
	}
	slot := fmt.Sprintf("/ByteRange[0 %d %d %d]", widest, widest, widest)
	at := bytes.Index(out, []byte(slot+"/Contents<")) // as signatureDict wrote it
	contents := at + len(slot) + len("/Contents<")
	from := len(doc.Data)
	after := from + contents + 2*o.Reserve + 1
	byteRange := fmt.Sprintf("/ByteRange[0 %d %d %d]", from+contents-1, after, from+len(out)-after)
	copy(out[at:], byteRange+strings.Repeat(" ", len(slot)-len(byteRange)))
	return sealUpdate{field, out, contents}, nil
}

// sealObjects makes the objects of the update: signature dictionary, field with widget, catalog and first page.
func sealObjects(doc *syntax.Document, o Options) (objects map[int][]byte, fieldName string, err error) {
	root, catalog, err := doc.Catalog()
	if err != nil {
		return nil, "", err
	}
	pageRef, page, err := doc.FirstPage()
	if err != nil {
		return nil, "", err
	}
	form, err := doc.Dict(catalog["AcroForm"])
	if err != nil {
		return nil, "", err
	}
	fields, err := doc.Array(form["Fields"])
	if err != nil {
		return nil, "", err
	}
	annots, err := doc.Array(page["Annots"])
	if err != nil {
		return nil, "", err
	}
	next, err := doc.NextNumber()
	if err != nil {
		return nil, "", err
	}
	name, err := freeName(doc, fields)
	if err != nil {
		return nil, "", err
	}
	signature, field := syntax.Ref{Num: next}, syntax.Ref{Num: next + 1}
	page, catalog, form = maps.Clone(page), maps.Clone(catalog), maps.Clone(form)
	page["Annots"] = append(append(syntax.Array{}, annots...), field)
	form["Fields"] = append(append(syntax.Array{}, fields...), field)
	form["SigFlags"] = syntax.Number("3") // signatures exist; append only
	catalog["AcroForm"] = form
	zero := syntax.Number("0")
	widget := syntax.Dict{
		"Type": syntax.Name("Annot"), "Subtype": syntax.Name("Widget"), "FT": syntax.Name("Sig"), "T": syntax.String(name),
		"V": signature, "P": pageRef, "F": syntax.Number("132"), "Rect": syntax.Array{zero, zero, zero, zero},
	}
	out := map[int][]byte{signature.Num: signatureDict(o)}
	for num, v := range map[int]syntax.Value{field.Num: widget, root.Num: catalog, pageRef.Num: page} {
		var b bytes.Buffer
		syntax.Write(&b, v)
		out[num] = b.Bytes()
	}
	return out, name, nil
}

// freeName finds a field name that no field of the file has: two fields of one name are read differently by readers.
func freeName(doc *syntax.Document, fields syntax.Array) (string, error) {
	taken := map[string]bool{}
	for _, f := range fields {
		dict, err := doc.Dict(f)
		if err != nil {
			return "", err
		}
		if t, ok := dict["T"].(syntax.String); ok {
			taken[t.Text()] = true
		}
	}
	for n := 1; ; n++ {
		if name := fmt.Sprintf("Seal%d", n); !taken[name] {
			return name, nil
		}
	}
}

func signatureDict(o Options) []byte {
	var b bytes.Buffer
	b.WriteString("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M")
	fmt.Fprintf(&b, "(%s)", syntax.Date(o.Time))
	writeText(&b, "Name", o.Name)
	writeText(&b, "Reason", o.Reason)
	fmt.Fprintf(&b, "/ByteRange[0 %d %d %d]/Contents<%s>>>", widest, widest, widest, strings.Repeat("0", 2*o.Reserve))
	return b.Bytes()
}

func writeText(b *bytes.Buffer, key, text string) {
	if text != "" {
		b.WriteString("/" + key)
		syntax.Write(b, syntax.Text(text))
	}
}

// Finalise puts the signature, and the time-stamp token over it, into the reserved space.
func (p *Prepared) Finalise(s cms.Signer, signature, token []byte) ([]byte, error) {
	der, err := cms.Assemble(s, p.Attributes, signature, token)
	if err != nil {
		return nil, err
	}
	return p.Insert(der)
}

// Insert puts a finished CMS signature into the reserved space. A kept signature gives the same sealed file again.
func (p *Prepared) Insert(der []byte) ([]byte, error) {
	if len(der) > p.Reserve {
		return nil, ErrReserve
	}
	out := bytes.Clone(p.PDF)
	hex.Encode(out[p.Contents:], der)
	return out, nil
}

// Sealed is a sealed file, with what is needed to make it again from the same input.
type Sealed struct {
	PDF     []byte
	CMS     []byte
	Reserve int
}

// Seal does both phases with a key at hand, and prepares again when the estimate was too small.
func Seal(ctx context.Context, pdf []byte, s cms.Signer, o Options, stamp cms.Stamper) (Sealed, error) {
	for {
		p, err := Prepare(pdf, s, o)
		if err != nil {
			return Sealed{}, err
		}
		der, err := cms.SignAttributes(ctx, s, p.Attributes, stamp)
		if err != nil {
			return Sealed{}, err
		}
		out, err := p.Insert(der)
		if !errors.Is(err, ErrReserve) || p.Reserve > cms.MaxSize {
			return Sealed{PDF: out, CMS: der, Reserve: p.Reserve}, err
		}
		o.Reserve = 2 * p.Reserve
	}
}
