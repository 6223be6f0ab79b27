package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"text/template/parse"

	"wasl/kit/i18n"
)

//go:embed views/*.html locales/*.json
var own embed.FS

// Pages renders the pages of one block in the four languages. It is safe for
// concurrent use.
type Pages struct {
	block  string
	bundle *i18n.Bundle
	sets   map[i18n.Lang]*template.Template // layout, parts and every page
	names  []string
	source fs.FS
	opts   options
}

type options struct {
	demo   bool
	portal string
	more   []fs.FS
}

// Option changes how the pages of a block look.
type Option func(*options)

// Demonstration puts the banner of a demonstration installation on every page.
// Pages behind the portal need it not: the portal passes it on.
func Demonstration(on bool) Option { return func(o *options) { o.demo = on } }

// Standalone is for an origin other than the portal's, such as identity's: no
// navigation, and the emblem leads to the portal.
func Standalone(portalURL string) Option { return func(o *options) { o.portal = portalURL } }

// Also adds the locales of another package, such as law's sentences.
func Also(locales fs.FS) Option { return func(o *options) { o.more = append(o.more, locales) } }

// Load parses the pages (*.html in pages or pages/pages) of a block with the
// layout, and its locales with the common ones. It fails on a template error,
// an incomplete translation, or a key that no locale has.
func Load(block string, pages, locales fs.FS, opts ...Option) (*Pages, error) {
	common, err := i18n.Load(own)
	if err != nil {
		return nil, fmt.Errorf("web: common locales: %w", err)
	}
	p := &Pages{block: block, bundle: common, source: pages, sets: map[i18n.Lang]*template.Template{}}
	for _, opt := range opts {
		opt(&p.opts)
	}
	for _, source := range append(p.opts.more, locales) {
		if source == nil {
			continue
		}
		texts, err := i18n.Load(source)
		if err != nil {
			return nil, fmt.Errorf("web: locales of %s: %w", block, err)
		}
		p.bundle = p.bundle.With(texts)
	}
	for _, lang := range i18n.Langs {
		if p.sets[lang], err = p.parse(lang); err != nil {
			return nil, fmt.Errorf("web: pages of %s: %w", block, err)
		}
	}
	if err := p.checkKeys(); err != nil {
		return nil, err
	}
	return p, nil
}

// Locales returns the texts that every block has, for checks in tests.
func Locales() fs.FS { return own }

// Bundle returns the texts of the block together with the common ones.
func (p *Pages) Bundle() *i18n.Bundle { return p.bundle }

// Names lists the pages that Render knows.
func (p *Pages) Names() []string { return p.names }

// parse builds the template set of one language. Every page is one template of
// the set, so that layout and parts exist once per language, not once per page.
func (p *Pages) parse(lang i18n.Lang) (*template.Template, error) {
	set := template.New("").Funcs(p.funcs(lang)).Option("missingkey=error")
	if _, err := set.ParseFS(own, "views/*.html"); err != nil {
		return nil, err
	}
	pages := p.source
	if sub, err := fs.Sub(pages, "pages"); err == nil {
		if names, _ := fs.Glob(sub, "*.html"); len(names) > 0 {
			pages = sub
		}
	}
	files, err := fs.Glob(pages, "*.html")
	if err != nil {
		return nil, err
	}
	p.names = nil
	for _, file := range files {
		if err := p.addPage(set, lang, pages, file); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// Template returns the template of a page as it was parsed, before escaping,
// for checks in tests.
func (p *Pages) Template(lang i18n.Lang, name string) (*template.Template, error) {
	fresh := *p
	set, err := fresh.parse(lang)
	if err != nil {
		return nil, err
	}
	if t := set.Lookup(pagePrefix + name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("web: %s has no page %q", p.block, name)
}

func (p *Pages) addPage(set *template.Template, lang i18n.Lang, pages fs.FS, file string) error {
	source, err := fs.ReadFile(pages, file)
	if err != nil {
		return err
	}
	trees, err := parse.Parse(file, string(source), "", "", p.funcs(lang), builtins)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(path.Base(file), ".html")
	if content, ok := trees["content"]; ok {
		trees[pagePrefix+name] = content
	} else if !strings.HasPrefix(name, "_") {
		trees[pagePrefix+name] = trees[file]
	}
	delete(trees, "content")
	delete(trees, file)
	for defined, tree := range trees {
		if set.Lookup(defined) != nil {
			return fmt.Errorf("%s: template %q is defined twice", file, defined)
		}
		if _, err := set.AddParseTree(defined, tree); err != nil {
			return err
		}
	}
	if trees[pagePrefix+name] != nil {
		p.names = append(p.names, name)
	}
	return nil
}

// pagePrefix keeps the names of pages apart from those of parts.
const pagePrefix = "page/"

// builtins are the functions of text/template, which parse.Parse must know.
var builtins = map[string]any{
	"and": 0, "call": 0, "html": 0, "index": 0, "slice": 0, "js": 0, "len": 0, "not": 0, "or": 0,
	"print": 0, "printf": 0, "println": 0, "urlquery": 0, "eq": 0, "ge": 0, "gt": 0, "le": 0, "lt": 0, "ne": 0,
}
