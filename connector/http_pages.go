package connector

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"wasl/identity/cardproto"
	"wasl/kit/i18n"
)

//go:embed pages locales
var files embed.FS

// view is what every page of the connector shows.
type view struct {
	shown
	Lang    i18n.Lang
	Problem string // key problem.<…>
	Errand  *Errand
}

// Dir is the direction of the page's language.
func (v view) Dir() string { return v.Lang.Dir() }

// PINMin and PINMax are the digits the card accepts.
func (v view) PINMin() int { return cardproto.Reference().PINMin }

// PINMax is the longest PIN the card accepts.
func (v view) PINMax() int { return cardproto.Reference().PINMax }

type pages struct {
	texts     *i18n.Bundle
	templates map[string]map[i18n.Lang]*template.Template
}

func loadPages() (*pages, error) {
	texts, err := i18n.Load(files)
	if err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	p := &pages{texts: texts, templates: map[string]map[i18n.Lang]*template.Template{}}
	for _, name := range []string{"pin", "diagnose", "refused"} {
		p.templates[name] = map[i18n.Lang]*template.Template{}
		for _, lang := range i18n.Langs {
			t := func(key string, args ...any) string { return texts.T(lang, key, args...) }
			tmpl, err := template.New("layout.html").Funcs(template.FuncMap{"t": t}).
				ParseFS(files, "pages/layout.html", "pages/"+name+".html")
			if err != nil {
				return nil, fmt.Errorf("connector: %w", err)
			}
			p.templates[name][lang] = tmpl
		}
	}
	return p, nil
}

// render writes a page whose form may lead, after a redirect, to the errand's provider and nowhere else.
func (p *pages) render(w http.ResponseWriter, status int, name string, v view) {
	var b bytes.Buffer
	if err := p.templates[name][v.Lang].Execute(&b, v); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	forms := "'self'"
	if v.Errand != nil {
		forms += " " + v.Errand.Origin
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+forms)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // the form's own POST keeps its Origin header
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (p *pages) style(w http.ResponseWriter, _ *http.Request) {
	b, err := files.ReadFile("pages/style.css")
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b)
}
