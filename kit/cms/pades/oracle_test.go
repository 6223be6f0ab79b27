package pades_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"github.com/klippa-app/go-pdfium/webassembly"
)

// readers are the programs by which people see PDF files: poppler (Linux desktops), mutool, PDFium (Chrome). Each tells
// pixels and text; a verdict is judged by them, never by our own parser.
type readers struct {
	pdfium pdfium.Pdfium
}

// chromes starts PDFium once for all tests: compiling it takes seconds.
var chromes = sync.OnceValues(func() (pdfium.Pdfium, error) {
	pool, err := webassembly.Init(webassembly.Config{MinIdle: 1, MaxIdle: 1, MaxTotal: 1})
	if err != nil {
		return nil, err
	}
	return pool.GetInstance(time.Minute)
})

func newReaders(t testing.TB) *readers {
	t.Helper()
	chrome, err := chromes()
	if err != nil {
		t.Fatal(err)
	}
	return &readers{chrome}
}

// seen is what each reader shows of a file, as digests; "refused" when it shows nothing.
type seen map[string]string

func (r *readers) look(t testing.TB, data []byte) seen {
	t.Helper()
	path := save(t, data)
	out := seen{}
	var mu sync.Mutex
	var programs sync.WaitGroup
	for name, args := range map[string][]string{
		"poppler pixels": {"pdftoppm", "-r", "40", path},
		"poppler text":   {"pdftotext", path, "-"},
		"mutool pixels":  {"mutool", "draw", "-q", "-r", "40", "-F", "ppm", "-o", "-", path},
		"mutool text":    {"mutool", "draw", "-q", "-F", "txt", "-o", "-", path},
	} {
		programs.Go(func() {
			shown, err := exec.Command(args[0], args[1:]...).Output()
			digest := fmt.Sprintf("%x", sha256.Sum256(shown))
			if err != nil && len(shown) == 0 {
				digest = "refused"
			}
			mu.Lock()
			defer mu.Unlock()
			out[name] = digest
		})
	}
	pixels, text := r.chrome(data)
	programs.Wait()
	out["PDFium pixels"], out["PDFium text"] = pixels, text
	return out
}

// chrome renders every page in PDFium, annotations included.
func (r *readers) chrome(data []byte) (pixels, text string) {
	file := bytes.Clone(data)
	doc, err := r.pdfium.OpenDocument(&requests.OpenDocument{File: &file})
	if err != nil {
		return "refused", "refused"
	}
	defer r.pdfium.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: doc.Document})
	count, err := r.pdfium.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		return "refused", "refused"
	}
	drawn, said := sha256.New(), sha256.New()
	for n := range min(count.PageCount, 20) {
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: doc.Document, Index: n}}
		var words *responses.GetPageText
		if words, err = r.pdfium.GetPageText(&requests.GetPageText{Page: page}); err == nil {
			said.Write([]byte(words.Text + "\f"))
		}
		picture, err := r.pdfium.RenderPageInDPI(&requests.RenderPageInDPI{DPI: 40, Page: page, RenderFlags: 1})
		if err != nil {
			continue
		}
		shown := picture.Result.RenderedImage.(*image.RGBA)
		fmt.Fprint(drawn, shown.Bounds())
		drawn.Write(shown.Pix)
		picture.Cleanup()
	}
	return fmt.Sprintf("%x", drawn.Sum(nil)), fmt.Sprintf("%x", said.Sum(nil))
}

// differ names the readers that show something else of b than of a.
func differ(a, b seen) (names []string) {
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	return names
}
