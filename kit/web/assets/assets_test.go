package assets_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wasl/kit/web/assets"
)

func TestHandlerSendsTheSmallestThatTheBrowserAccepts(t *testing.T) {
	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip": "gzip", "": "", "br;q=0, gzip;q=0.5": "gzip", "identity": "", "br;q=1.0": "br",
	} {
		r := httptest.NewRequest("GET", assets.URL("app.css"), nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		assets.Handler().ServeHTTP(w, r)
		h := w.Result().Header
		if w.Code != 200 || h.Get("Content-Encoding") != want || h.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%q: %d %q %q", accept, w.Code, h.Get("Content-Encoding"), h.Get("Content-Type"))
		}
		if h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: caching %q, vary %q", accept, h.Get("Cache-Control"), h.Get("Vary"))
		}
	}
}

func TestHandlerServesNothingElse(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/../assets.go", "/assets/app.css", "/assets/app.css.br", "/assets/none.css"} {
		w := httptest.NewRecorder()
		assets.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// What a first visit of a French or Arabic page fetches besides the page
// (DESIGN.md: style 12 KB, script 8, fonts 65).
func TestAFirstVisitStaysWithinItsBudget(t *testing.T) {
	size := func(name, suffix string) int {
		info, err := os.Stat(filepath.Join("dist", filepath.Base(assets.URL(name))+suffix))
		if err != nil {
			t.Fatal(err)
		}
		return int(info.Size())
	}
	if n := size("app.css", ".br"); n > 12<<10 {
		t.Errorf("style: %d bytes", n)
	}
	if n := size("app.js", ".br"); n > 8<<10 {
		t.Errorf("script: %d bytes", n)
	}
	if n := size("readex-latin.woff2", "") + size("readex-arabic.woff2", ""); n > 65<<10 {
		t.Errorf("fonts: %d bytes", n)
	}
}

// One stylesheet serves both directions: a physical property would not mirror.
func TestTheStylesheetHasNoPhysicalDirection(t *testing.T) {
	physical := regexp.MustCompile(`(?m)(^|[\s;{])(left|right|top|bottom|width|height|(min|max)-(width|height)|(margin|padding|border)-(left|right|top|bottom)[a-z-]*|float|text-align:\s*(left|right))\s*:`)
	files, err := filepath.Glob("src/css/*.css")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		css := regexp.MustCompile(`@media[^{]*`).ReplaceAllString(string(data), "")
		for _, found := range physical.FindAllString(css, -1) {
			t.Errorf("%s: %s", file, strings.TrimSpace(found))
		}
	}
}
