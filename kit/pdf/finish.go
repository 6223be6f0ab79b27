package pdf

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"wasl/kit/pdf/syntax"
)

// band draws the header: the issuer beside the emblem on the first page, a thin reminder on the others.
func (d *Document) band() {
	p := d.page()
	fr, ar := d.issuer()
	if len(d.pages) > 1 {
		p.rect(0, 0, pageWidth, 34, atlas)
		p.rect(0, 34, pageWidth, 1.6, brass)
		p.emblem(pageWidth/2, 17, 9, brass, atlas)
		p.first(shapeFixed(fr, style{8.5, false, false}, inner/2-24), 8.5, margin, 20, left, white)
		p.first(shapeFixed(ar, style{9.5, false, true}, inner/2-24), 9.5, pageWidth-margin, 20.5, right, white)
		return
	}
	p.rect(0, 0, pageWidth, 76, atlas)
	p.rect(0, 76, pageWidth, 2.4, brass)
	p.emblem(pageWidth/2, 38, 23, brass, atlas)
	p.issuer(shapeFixed(fr, style{10.5, true, false}, inner/2-44), 10.5, margin, left)
	p.issuer(shapeFixed(ar, style{12.5, true, true}, inner/2-44), 12.5, pageWidth-margin, right)
}

// issuer splits "ar | fr" names; a single name goes to the side of its script.
func (d *Document) issuer() (fr, ar string) {
	for _, part := range strings.Split(d.meta.Issuer, "|") {
		if part = strings.TrimSpace(part); isRTL(part) {
			ar = part
		} else if part != "" {
			fr = part
		}
	}
	return fr, ar
}

// issuer draws up to three lines around the middle of the band.
func (p *page) issuer(lines []line, size, x float64, a align) {
	lines = lines[:min(3, len(lines))]
	y := 38 - float64(len(lines)-1)*size*0.75 + size*0.34
	for _, l := range lines {
		p.text(l, size, x, y, a, white)
		y += size * 1.5
	}
}

func (p *page) first(lines []line, size, x, y float64, a align, c colour) {
	if len(lines) > 0 {
		p.text(lines[0], size, x, y, a, c)
	}
}

// foot draws the small print and the page number, once the number of pages is known.
func (d *Document) foot(n int) {
	const column = inner/2 - 30
	p, top := d.pages[n], pageHeight-56.0
	p.rect(margin, top, inner, 0.7, brass)
	number := shape(fmt.Sprintf("%d / %d", n+1, len(d.pages)), style{9, true, false}, inner)
	p.first(number, 9, pageWidth/2, top+16, centre, atlas)
	fr := shapeFixed(d.footer[1], style{7.5, false, false}, column)
	ar := shapeFixed(d.footer[0], style{9, false, true}, column)
	for i := range min(3, max(len(fr), len(ar))) {
		base := top + 15 + float64(i)*13
		if i < len(fr) {
			p.text(fr[i], 7.5, margin, base, left, grey)
		}
		if i < len(ar) {
			p.text(ar[i], 9, pageWidth-margin, base, right, grey)
		}
	}
}

// Bytes finishes the document and returns the file. It is called once.
func (d *Document) Bytes() ([]byte, error) {
	if d.failure != nil {
		return nil, d.failure
	}
	for n := range d.pages {
		d.foot(n)
	}
	f := &file{}
	catalog, tree := f.reserve(), f.reserve()
	var fonts strings.Builder
	for id, use := range d.fonts {
		if use != nil {
			fmt.Fprintf(&fonts, "/F%d %v", id, use.write(f))
		}
	}
	kids := make([]string, len(d.pages))
	for i, p := range d.pages {
		content := f.stream("", p.content.Bytes())
		kids[i] = f.add(fmt.Sprintf("<</Type/Page/Parent %v/MediaBox[0 0 %s %s]/Resources<</Font<<%s>>>>/Contents %v>>",
			tree, number(pageWidth), number(pageHeight), fonts.String(), content)).String()
	}
	f.set(tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(kids), strings.Join(kids, " ")))
	metadata := f.plain("/Type/Metadata/Subtype/XML", d.xmp())
	created := syntax.Date(d.meta.Created)
	info := f.add(fmt.Sprintf("<</Title %s/Subject %s/Author %s/Producer(Wasl)/Creator(Wasl)/CreationDate(%s)/ModDate(%s)>>",
		textString(d.meta.Title), textString(d.meta.Subject), textString(d.meta.Issuer), created, created))
	f.set(catalog, fmt.Sprintf("<</Type/Catalog/Pages %v/Metadata %v/Lang(%s)/ViewerPreferences<</DisplayDocTitle true%s>>>>",
		tree, metadata, d.lang(), map[bool]string{true: "/Direction/R2L"}[d.lang() == "ar"]))
	return f.bytes(catalog, info), nil
}

// lang is the document's language when it is one of ours, else Arabic: nothing else may enter the file's syntax.
func (d *Document) lang() string {
	if slices.Contains([]string{"ar", "fr", "zgh", "en"}, d.meta.Lang) {
		return d.meta.Lang
	}
	return "ar"
}

func (d *Document) xmp() []byte {
	escape := func(s string) string {
		var b strings.Builder
		xml.EscapeText(&b, []byte(clean(s))) // a strings.Builder does not fail
		return b.String()
	}
	stamp := d.meta.Created.UTC().Format(time.RFC3339)
	return []byte(`<?xpacket begin="` + "\uFEFF" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escape(d.meta.Title) + `</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + escape(d.meta.Subject) + `</rdf:li></rdf:Alt></dc:description>
<dc:creator><rdf:Seq><rdf:li>` + escape(d.meta.Issuer) + `</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>` + d.lang() + `</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>` + stamp + `</xmp:CreateDate><xmp:ModifyDate>` + stamp + `</xmp:ModifyDate>
<xmp:CreatorTool>Wasl</xmp:CreatorTool><pdf:Producer>Wasl</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>
`)
}
