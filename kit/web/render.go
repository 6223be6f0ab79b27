package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/tokens"
)

// Render answers with the page name in the language of the request. The page is
// complete before its first byte leaves, so a fault gives a proper error page.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, page Page) {
	body, err := p.HTML(r, name, page)
	if err != nil {
		httpx.NoteError(r, err)
		status = http.StatusInternalServerError
		page = Page{TitleKey: "fail.title.internal"}
		if body, err = p.layout(r, page, failure(p, r, errs.New(errs.Internal, "internal"))); err != nil {
			http.Error(w, http.StatusText(status), status)
			return
		}
	}
	h := w.Header()
	SecurityHeaders(h, append(signOut(r), page.FormAction...)...)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(Lang(r)))
	if Visit(r).SignedIn() || status >= 400 || r.Method != http.MethodGet {
		h.Set("Cache-Control", "no-store")
	} else if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Add("Vary", "Cookie")
	h.Set("Content-Length", strconv.Itoa(len(body))) // or the portal's proxy would flush, and compress, each piece on its own
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// Fail answers with the error page for err in the person's language, and notes
// err for the access line.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	httpx.NoteError(r, err)
	e := errs.As(err)
	page := Page{TitleKey: "fail.title." + kindNames[e.Kind], NoIndex: true}
	body, lerr := p.layout(r, page, failure(p, r, e))
	if lerr != nil {
		httpx.NoteError(r, lerr)
		http.Error(w, http.StatusText(e.Kind.Status()), e.Kind.Status())
		return
	}
	h := w.Header()
	SecurityHeaders(h, signOut(r)...)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(Lang(r)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(e.Kind.Status())
	w.Write(body)
}

// Refuse answers a request that reaches no handler: a browser gets the error page, a program the problem document.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if _, _, page := splitLang(r.URL.Path); page || strings.Contains(r.Header.Get("Accept"), "text/html") {
		p.Fail(w, r, err)
		return
	}
	httpx.Problem(w, r, err)
}

// signOut is where the sign-out form in the header of a page may end up.
func signOut(r *http.Request) []string {
	origin := r.Header.Get(SignOutHeader)
	if origin == "" || !Visit(r).SignedIn() || strings.ContainsAny(origin, " ;,'\"") {
		return nil
	}
	return []string{origin}
}

// HTML renders the page name without answering.
func (p *Pages) HTML(r *http.Request, name string, page Page) ([]byte, error) {
	set := p.sets[Lang(r)]
	if set.Lookup(pagePrefix+name) == nil {
		return nil, fmt.Errorf("web: %s has no page %q", p.block, name)
	}
	var content bytes.Buffer
	if err := set.ExecuteTemplate(&content, pagePrefix+name, page.Data); err != nil {
		return nil, fmt.Errorf("web: page %s: %w", name, err)
	}
	return p.layout(r, page, template.HTML(content.String()))
}

var kindNames = map[errs.Kind]string{
	errs.Internal: "internal", errs.Invalid: "invalid", errs.Unauthenticated: "unauthenticated", errs.Forbidden: "forbidden",
	errs.NotFound: "not_found", errs.Conflict: "conflict", errs.Gone: "gone", errs.TooLarge: "too_large",
	errs.TooMany: "too_many", errs.Unavailable: "unavailable",
}

// failure is the content of an error page: what happened, what to do.
func failure(p *Pages, r *http.Request, e *errs.Error) template.HTML {
	lang := Lang(r)
	kind := kindNames[e.Kind]
	sentence := p.bundle.T(lang, "fail.text."+kind)
	if key := "error." + e.Code; e.Kind != errs.Internal && p.bundle.Has(key) {
		sentence = p.bundle.T(lang, key, e.Params)
	}
	var out bytes.Buffer
	err := p.sets[lang].ExecuteTemplate(&out, "failure", map[string]any{
		"Text": sentence, "Trace": httpx.Trace(r.Context()), "SignIn": e.Kind == errs.Unauthenticated && p.opts.portal == "",
		"Home": p.opts.portal + "/" + string(lang), "Return": strings.TrimPrefix(r.URL.Path, "/"+string(lang)),
	})
	if err != nil {
		httpx.NoteError(r, err)
	}
	return template.HTML(out.String())
}

// frame is what the layout draws around the content of a page.
type frame struct {
	Title               string
	TitleLang           i18n.Lang // set when the title is in another language than the page
	Heading             template.HTML
	Page                Page
	Crumbs              []Link
	Content             template.HTML
	Summary             []summaryItem
	SummaryText         string
	Visit               tokens.Visit
	Name                string
	Langs               []langLink
	Path                string // without the language
	Section             string
	Portal              string // set on another origin than the portal's
	Home                string
	Idle                string // seconds until the session ends
	Demo, Unreviewed    bool
	Officer, Standalone bool
	Treasurer           bool
}

type langLink struct {
	Lang, Dir, Name, Href string
	Current               bool
}

type summaryItem struct {
	ID, Text string
}

func (p *Pages) layout(r *http.Request, page Page, content template.HTML) ([]byte, error) {
	lang := Lang(r)
	s := speaker{bundle: p.bundle, lang: lang}
	title := page.Title
	if title == nil {
		title = Msg{Key: page.TitleKey, Args: page.TitleArgs}
	}
	_, rest, ok := splitLang(r.URL.Path)
	if !ok {
		rest = "/"
	}
	visit := Visit(r)
	f := frame{
		Title: s.plain(title), Heading: s.show(title), Page: page, Content: content, Visit: visit,
		Name: visit.Name(string(lang)), Path: rest, Section: section(rest), Portal: p.opts.portal,
		Home: p.opts.portal + "/" + string(lang), Demo: p.opts.demo || r.Header.Get(BannerHeader) == "demonstration",
		Unreviewed: lang == i18n.Tamazight, Officer: visit.Org != "", Treasurer: visit.HasRole("treasurer"), Standalone: p.opts.portal != "",
	}
	if text, ok := title.(i18n.Text); ok {
		if _, own := text.In(lang); own != lang {
			f.TitleLang = own
		}
	}
	if visit.SignedIn() {
		f.Idle = r.Header.Get(IdleHeader)
	}
	for _, l := range i18n.Langs {
		f.Langs = append(f.Langs, langLink{
			Lang: string(l), Dir: l.Dir(), Name: p.bundle.T(lang, "lang."+string(l)), Href: langHref(r, l, rest), Current: l == lang,
		})
	}
	for _, c := range page.Crumbs {
		f.Crumbs = append(f.Crumbs, Link{Href: localURL(lang, c.Path), Text: s.show(c.Text)})
	}
	s.summary(&f, page.Errors)
	var out bytes.Buffer
	if err := p.sets[lang].ExecuteTemplate(&out, "layout", f); err != nil {
		return nil, fmt.Errorf("web: layout: %w", err)
	}
	return out.Bytes(), nil
}

// langHref keeps the path and, for pages that were read, the question asked.
func langHref(r *http.Request, l i18n.Lang, rest string) string {
	href := "/" + string(l) + strings.TrimSuffix(rest, "/")
	if r.URL.RawQuery != "" && r.Method == http.MethodGet {
		href += "?" + r.URL.RawQuery
	}
	return href
}

// section is the first segment of a path, by which the navigation marks where
// the person is.
func section(rest string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	return first
}

// summary lists what is wrong on top of the page, each with a link to its field.
func (s speaker) summary(f *frame, err error) {
	if err == nil {
		return
	}
	e := errs.As(err)
	f.SummaryText = s.bundle.T(s.lang, "error.form_invalid")
	if key := "error." + e.Code; s.bundle.Has(key) {
		f.SummaryText = s.bundle.T(s.lang, key, e.Params)
	}
	if len(e.Fields) == 0 {
		return
	}
	named := labels(string(f.Content))
	for _, fe := range e.Fields {
		item := summaryItem{ID: "f-" + fe.Name, Text: s.fault(fe)}
		if label := named[item.ID]; label != "" {
			item.Text = s.bundle.T(s.lang, "error.of_field", "field", label) + " " + item.Text
		}
		f.Summary = append(f.Summary, item)
	}
}
