package web

import (
	"net/http"
	"strconv"
	"strings"

	"wasl/kit/i18n"
	"wasl/kit/tokens"
)

// Page is what a handler says about the page it renders.
type Page struct {
	Title      any      // string or i18n.Text as it is, or web.K; wins over TitleKey
	TitleKey   string   // key of the title
	TitleArgs  []any    // its arguments
	Crumbs     []Crumb  // from the section to the parent of this page
	FormAction []string // origins a form of this page may redirect to, such as the bank's (CSP form-action)
	Errors     error    // refusal to show on top, with links to the fields it blames
	NoIndex    bool     // keep out of search engines
	Hero       bool     // the content brings its own h1 in a full-width band
	Wide       bool     // officer screens use the whole width
	Data       any      // the dot of the page's template
}

// Crumb is one step of the path to a page.
type Crumb struct {
	Text any // web.K, i18n.Text or data
	Path string
}

// Msg is a sentence of the locales with its arguments.
type Msg struct {
	Key  string
	Args []any
}

// K makes a Msg: K("dossier.state.deposited"), K("piece.count", "n", 3).
func K(key string, args ...any) Msg { return Msg{Key: key, Args: args} }

// Ref is a reference, telephone or account number: always from left to right.
type Ref string

// Visit returns who is visiting; the zero Visit is an anonymous person.
func Visit(r *http.Request) tokens.Visit { return tokens.VisitFrom(r.Context()) }

// Lang returns the language of the page: the first segment of its path, else
// what the browser prefers.
func Lang(r *http.Request) i18n.Lang {
	if lang, _, ok := splitLang(r.URL.Path); ok {
		return lang
	}
	return i18n.Accept(r.Header.Get("Accept-Language"))
}

// URL returns path with the language of the request in front.
func URL(r *http.Request, path string) string { return localURL(Lang(r), path) }

// maxPage keeps the arithmetic of pages far from its bounds.
const maxPage = 10_000

// PageNumber is the page of a list that ?page= asks for, from 1; whatever is no such number is the first.
func PageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > maxPage {
		return 1
	}
	return n
}

// Redirect answers with 303 See Other to path in the language of the request.
func Redirect(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, URL(r, path), http.StatusSeeOther)
}

// localURL leaves foreign, relative and already localised addresses alone.
func localURL(lang i18n.Lang, path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return path
	}
	if _, _, ok := splitLang(path); ok || strings.HasPrefix(path, "/assets/") {
		return path
	}
	return "/" + string(lang) + path
}

// splitLang takes "/fr/dossiers" apart into fr and "/dossiers".
func splitLang(path string) (i18n.Lang, string, bool) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	first, _, _ = strings.Cut(first, "?")
	lang, ok := i18n.ParseLang(first)
	if !ok {
		return lang, path, false
	}
	return lang, "/" + rest, true
}
