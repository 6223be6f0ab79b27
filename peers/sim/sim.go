// Package sim is what the pages of all stand-ins share: a banner that says "simulator" in Arabic and French, one style sheet, a
// strict policy, texts in four languages.
package sim

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/i18n"
)

//go:embed style.css
var style []byte

//go:embed layout.html
var layout string

// Pages renders the pages of one stand-in.
type Pages struct {
	texts *i18n.Bundle
	tmpl  *template.Template
	log   *slog.Logger
}

// Load parses pages/*.html, each of which uses {{template "head" .}} and {{template "foot" .}}, and locales/*.json, which hold the
// keys title, simulator and notice beside the stand-in's own.
func Load(files fs.FS, log *slog.Logger) (*Pages, error) {
	texts, err := i18n.Load(files)
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	p := &Pages{texts: texts, log: log}
	funcs := template.FuncMap{"t": func(lang i18n.Lang, key string, args ...any) string { return texts.T(lang, key, args...) }}
	root, err := template.New("").Funcs(funcs).Parse(layout)
	if err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	if p.tmpl, err = root.ParseFS(files, "pages/*.html"); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	return p, nil
}

// View is what a page is made of: Data is the stand-in's own.
type View struct {
	Lang    i18n.Lang
	Title   string   // key
	Wide    bool     // for tables
	Targets []string // addresses outside the stand-in to which its forms post
	Data    any
}

// Mark says the word "simulator" in both languages that everyone here reads.
func (View) Mark() []i18n.Lang { return []i18n.Lang{i18n.Arabic, i18n.French} }

// Render answers with the page name; without a language it is the browser's.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) {
	if v.Lang == "" {
		v.Lang = i18n.Accept(r.Header.Get("Accept-Language"))
	}
	var out bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&out, name+".html", v); err != nil {
		p.log.ErrorContext(r.Context(), "sim: render", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(v.Lang))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"+origins(v.Targets))
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// Style serves the style sheet at GET /style.css.
func Style(mux *http.ServeMux) {
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write(style)
	})
}

func origins(targets []string) string {
	var b strings.Builder
	for _, t := range targets {
		if u, err := url.Parse(t); err == nil && u.Host != "" && !strings.ContainsAny(u.Host, " ;,") {
			b.WriteString(" " + u.Scheme + "://" + u.Host)
		}
	}
	return b.String()
}
