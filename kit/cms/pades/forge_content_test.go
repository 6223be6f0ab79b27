package pades_test

import (
	"bytes"
	"fmt"
	"regexp"

	"wasl/kit/pdf/syntax"
)

// subtypes are the annotations of ISO 32000-2, table 171.
var subtypes = []string{
	"Text", "Link", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline", "Squiggly", "StrikeOut",
	"Caret", "Stamp", "Ink", "Popup", "FileAttachment", "Sound", "Movie", "Screen", "Widget", "PrinterMark", "TrapNet", "Watermark", "3D",
	"Redact", "Projection", "RichMedia", "Unknown",
}

// catalogWith replaces the catalog and adds an object.
func (v *victim) catalogWith(key syntax.Name, text, object string) []byte {
	s := v.open().obj(v.rootNum, spell(v.root, map[syntax.Name]string{key: text}))
	if object != "" {
		s.obj(v.free, object)
	}
	return s.end()
}

// pageWith replaces the page.
func (v *victim) pageWith(change map[syntax.Name]string, object string) []byte {
	s := v.open().obj(v.pageNum, spell(v.page, change))
	if object != "" {
		s.obj(v.free, object)
	}
	return s.end()
}

// fontPart finds the number of the first object with a key of the first font's descendant.
func (v *victim) fontPart(pattern string) int {
	m := regexp.MustCompile(pattern).FindSubmatch(v.data)
	if m == nil {
		v.t.Fatal(pattern)
	}
	var n int
	fmt.Sscan(string(m[1]), &n)
	return n
}

func (v *victim) treeWith(kids string, count int, more string) *scroll {
	return v.open().obj(v.tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]%s>>", count, kids, more))
}

// contents are forgeries by what is drawn or said, in updates of good form.
var contents = map[string]forgery{
	"content stream replaced": func(v *victim) []byte { return v.open().obj(v.content, stream("", black)).end() },
	"content stream emptied":  func(v *victim) []byte { return v.open().obj(v.content, stream("", "")).end() },
	"content added": func(v *victim) []byte {
		return v.pageWith(map[syntax.Name]string{"Contents": fmt.Sprintf("[%d 0 R %d 0 R]", v.content, v.free)}, stream("", black))
	},
	"page turned":          func(v *victim) []byte { return v.pageWith(map[syntax.Name]string{"Rotate": "180"}, "") },
	"page cropped":         func(v *victim) []byte { return v.pageWith(map[syntax.Name]string{"CropBox": "[0 500 595 841]"}, "") },
	"page made smaller":    func(v *victim) []byte { return v.pageWith(map[syntax.Name]string{"MediaBox": "[0 0 300 841]"}, "") },
	"page in another unit": func(v *victim) []byte { return v.pageWith(map[syntax.Name]string{"UserUnit": "3"}, "") },
	"page's transparency group": func(v *victim) []byte {
		return v.pageWith(map[syntax.Name]string{"Group": "<</S/Transparency/I true/CS/DeviceCMYK>>"}, "")
	},
	"page's action": func(v *victim) []byte {
		return v.pageWith(map[syntax.Name]string{"AA": "<</O<</S/JavaScript/JS(app.alert\\(1\\))>>>>"}, "")
	},
	"resources replaced": func(v *victim) []byte {
		return v.pageWith(map[syntax.Name]string{"Resources": "<<" + helvetica + ">>"}, "")
	},
	"resources inherited": func(v *victim) []byte {
		return v.treeWith(fmt.Sprintf("%d 0 R", v.pageNum), 1, "/Resources<<"+helvetica+">>").obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Resources": ""})).end()
	},
	"fonts exchanged": func(v *victim) []byte {
		fonts := v.page["Resources"].(syntax.Dict)["Font"].(syntax.Dict)
		var last syntax.Name
		for name := range fonts {
			last = max(last, name)
		}
		other := fonts[last].(syntax.Ref)
		all := "<</Font<<"
		for name := range fonts {
			all += fmt.Sprintf("/%s %d 0 R", name, other.Num)
		}
		return v.pageWith(map[syntax.Name]string{"Resources": all + ">>>>"}, "")
	},
	"glyphs exchanged": func(v *victim) []byte {
		return v.open().obj(v.fontPart(`/CIDToGIDMap (\d+) 0 R`), stream("", string(make([]byte, 400)))).end()
	},
	"text map exchanged": func(v *victim) []byte {
		return v.open().obj(v.fontPart(`/ToUnicode (\d+) 0 R`), stream("", "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange "+
			"1 beginbfrange <0000> <00FF> <0041> endbfrange endcmap end end")).end()
	},
	"font program removed": func(v *victim) []byte {
		return v.open().obj(v.fontPart(`/FontFile2 (\d+) 0 R`), stream("/Length1 0", "")).end()
	},
	"page in front": func(v *victim) []byte {
		return v.treeWith(fmt.Sprintf("%d 0 R %d 0 R", v.free, v.pageNum), 2, "").obj(v.free, v.forgedPage(v.free+1)).obj(v.free+1, stream("", lie)).end()
	},
	"page behind": func(v *victim) []byte {
		return v.treeWith(fmt.Sprintf("%d 0 R %d 0 R", v.pageNum, v.free), 2, "").obj(v.free, v.forgedPage(v.free+1)).obj(v.free+1, stream("", lie)).end()
	},
	"page tree emptied": func(v *victim) []byte { return v.treeWith("", 0, "").end() },
	"page shown twice": func(v *victim) []byte {
		return v.treeWith(fmt.Sprintf("%d 0 R %d 0 R", v.pageNum, v.pageNum), 2, "").end()
	},
	"page tree exchanged": func(v *victim) []byte {
		return v.open().obj(v.rootNum, spell(v.root, map[syntax.Name]string{"Pages": fmt.Sprintf("%d 0 R", v.free)})).
			obj(v.free, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", v.free+1)).obj(v.free+1, v.forgedPage(v.free+2)).obj(v.free+2, stream("", lie)).end()
	},
	"page tree inherits a turn": func(v *victim) []byte { return v.treeWith(fmt.Sprintf("%d 0 R", v.pageNum), 1, "/Rotate 90").end() },
	"layer hides the page": func(v *victim) []byte {
		return v.open().obj(v.rootNum, spell(v.root, map[syntax.Name]string{"OCProperties": fmt.Sprintf("<</OCGs[%d 0 R]/D<</OFF[%d 0 R]>>>>", v.free, v.free)})).
			obj(v.free, "<</Type/OCG/Name(x)>>").
			obj(v.pageNum, spell(v.page, map[syntax.Name]string{
				"Contents":  fmt.Sprintf("[%d 0 R %d 0 R %d 0 R]", v.free+1, v.content, v.free+2),
				"Resources": fmt.Sprintf("<</Properties<</L %d 0 R>>>>", v.free),
			})).obj(v.free+1, stream("", "/OC /L BDC")).obj(v.free+2, stream("", "EMC")).end()
	},
	"layer announced": func(v *victim) []byte {
		return v.catalogWith("OCProperties", fmt.Sprintf("<</OCGs[%d 0 R]/D<<>>>>", v.free), "<</Type/OCG/Name(x)>>")
	},
	"named destination": func(v *victim) []byte {
		return v.catalogWith("Names", fmt.Sprintf("<</Dests<</Names[(a)[%d 0 R/Fit]]>>>>", v.pageNum), "")
	},
	"script on opening": func(v *victim) []byte { return v.catalogWith("OpenAction", "<</S/JavaScript/JS(this.pageNum=0)>>", "") },
	"destination on opening": func(v *victim) []byte {
		return v.catalogWith("OpenAction", fmt.Sprintf("[%d 0 R/FitH 0]", v.pageNum), "")
	},
	"embedded file": func(v *victim) []byte {
		return v.catalogWith("Names", fmt.Sprintf("<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)/EF<</F %d 0 R>>>>]>>>>", v.free), stream("/Type/EmbeddedFile", "other"))
	},
	"collection": func(v *victim) []byte { return v.catalogWith("Collection", "<</View/D>>", "") },
	"alternate text": func(v *victim) []byte {
		return v.catalogWith("StructTreeRoot", fmt.Sprintf("<</Type/StructTreeRoot/K<</S/P/Pg %d 0 R/ActualText(lie)>>>>", v.pageNum), "")
	},
	"page labels": func(v *victim) []byte { return v.catalogWith("PageLabels", "<</Nums[0<</P(lie)>>]>>", "") },
	"metadata replaced": func(v *victim) []byte {
		return v.open().obj(v.root["Metadata"].(syntax.Ref).Num, stream("/Type/Metadata/Subtype/XML", "<x/>")).end()
	},
	"properties replaced": func(v *victim) []byte {
		return v.open().obj(v.doc.Trailer()["Info"].(syntax.Ref).Num, "<</Title(lie)>>").end()
	},
	"form in XFA": func(v *victim) []byte {
		return v.catalogWith("AcroForm", fmt.Sprintf("<</Fields[%d 0 R]/SigFlags 3/XFA %d 0 R>>", v.field, v.free), stream("", "<xdp/>"))
	},
	"form without the seal": func(v *victim) []byte { return v.catalogWith("AcroForm", "<</Fields[]>>", "") },
	"form asks readers to draw": func(v *victim) []byte {
		return v.catalogWith("AcroForm", fmt.Sprintf("<</Fields[%d 0 R]/SigFlags 3/NeedAppearances true>>", v.field), "")
	},
	"annotations removed": func(v *victim) []byte { return v.pageWith(map[syntax.Name]string{"Annots": ""}, "") },
	"the seal's field draws": func(v *victim) []byte {
		field, err := v.doc.Dict(syntax.Ref{Num: v.field})
		if err != nil {
			v.t.Fatal(err)
		}
		return v.open().obj(v.field, spell(field, map[syntax.Name]string{"Rect": "[0 0 595 841]", "F": "4", "AP": fmt.Sprintf("<</N %d 0 R>>", v.free)})).obj(v.free, form()).end()
	},
	"text field with a value": func(v *victim) []byte {
		s := v.open().obj(v.rootNum, spell(v.root, map[syntax.Name]string{"AcroForm": fmt.Sprintf("<</Fields[%d 0 R %d 0 R]/DA(/Helv 12 Tf 0 g)/DR<<%s>>>>", v.field, v.free, helvetica)})).
			obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Annots": fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.free)})).
			obj(v.free, fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(1 000 000 MAD)/F 4/Rect[50 400 500 500]/DA(/Helv 22 Tf 0 g)/AP<</N %d 0 R>>>>", v.free+1)).
			obj(v.free+1, form())
		return s.end()
	},
	"validation data that is a page": func(v *victim) []byte { return v.catalogWith("DSS", fmt.Sprintf("<</Certs[%d 0 R]>>", v.pageNum), "") },
}

func ofEverySubtype() map[string]forgery {
	out := map[string]forgery{}
	for _, subtype := range subtypes {
		out["annotation: "+subtype] = func(v *victim) []byte { return v.annotation(subtype, "") }
	}
	return out
}

// annotations lays every kind of annotation over the page.
var annotations = ofEverySubtype()

// repeated finds a piece of text in the bytes after from.
func repeated(data []byte, from int, text string) int {
	return from + bytes.Index(data[from:], []byte(text))
}
