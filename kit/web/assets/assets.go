// Package assets holds the files that every page needs: stylesheet, script,
// fonts, icon. They are built by gen (esbuild, brotli, gzip) into dist, whose
// names carry a hash of the content, so a browser may keep them for a year.
//
//	src ──go generate──▶ dist ──embed──▶ Handler (/assets/…)
//	                       └ manifest.json ──▶ URL("app.css") = /assets/app-1A2B3C4D.css
package assets

import (
	"embed"
	"encoding/json"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./gen

//go:embed dist
var dist embed.FS

// Prefix is the path below which the files are served.
const Prefix = "/assets/"

// manifest maps the name of a source file to its hashed name. It is embedded,
// so a failure to read it is a fault of the build.
var manifest = sync.OnceValue(func() map[string]string {
	data, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		panic(err)
	}
	names := map[string]string{}
	if err := json.Unmarshal(data, &names); err != nil {
		panic(err)
	}
	return names
})

// URL is the path of a file by its source name, such as "app.css"; a name that
// was not built gives a path that answers 404.
func URL(name string) string {
	if hashed, ok := manifest()[name]; ok {
		return Prefix + hashed
	}
	return Prefix + name
}

// types does not ask the operating system's table, which differs by machine.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}

// Handler serves the files, compressed as the browser accepts.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		kind, known := types[path.Ext(name)]
		if strings.Contains(name, "/") || !known || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
			http.NotFound(w, r)
			return
		}
		data, encoding := file(name, r.Header.Get("Accept-Encoding"))
		if data == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Content-Length", strconv.Itoa(len(data)))
		if encoding != "" {
			h.Set("Content-Encoding", encoding)
		}
		if r.Method == http.MethodGet {
			w.Write(data)
		}
	})
}

// Before serves the files and passes every other request on. (In a ServeMux,
// "/assets/" and "/{lang}/x" conflict: neither is more specific.)
func Before(next http.Handler) http.Handler {
	files := Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, Prefix) {
			files.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// file reads the smallest variant that the browser accepts.
func file(name, accept string) (data []byte, encoding string) {
	for _, v := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !Accepts(accept, v.encoding) {
			continue
		}
		if data, err := dist.ReadFile("dist/" + name + v.suffix); err == nil {
			return data, v.encoding
		}
	}
	data, err := dist.ReadFile("dist/" + name)
	if err != nil {
		return nil, ""
	}
	return data, ""
}

// Accepts reads an Accept-Encoding header (RFC 9110, section 12.5.3): named and
// not refused by a weight of zero.
func Accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			_, weight, err := mime.ParseMediaType("x/x;" + params)
			return err != nil || strings.Trim(weight["q"], "0.") != "" || weight["q"] == ""
		}
	}
	return false
}
