package web

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/web/assets"
)

// funcs are the functions of the templates of one language.
func (p *Pages) funcs(lang i18n.Lang) template.FuncMap {
	s := speaker{bundle: p.bundle, lang: lang}
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return p.bundle.T(lang, key, args...) },
		"show":     s.show,
		"plain":    s.plain,
		"text":     s.show,
		"date":     func(d civil.Date) template.HTML { return s.show(d) },
		"datetime": func(t time.Time) template.HTML { return s.show(t) },
		"amount":   func(a money.Centimes) template.HTML { return s.show(a) },
		"days":     func(n int) string { return i18n.Days(lang, n) },
		"num":      func(n int) string { return i18n.Number(lang, n) },
		"ref":      func(v any) template.HTML { return s.show(Ref(fmt.Sprint(v))) },
		"url":      func(parts ...any) string { return localURL(lang, join(parts)) },
		"lang":     func() string { return string(lang) },
		"dir":      func() string { return lang.Dir() },
		"list":     func(items ...any) []any { return items },
		"asset":    assets.URL,
		"preload":  func() string { return mainFont[lang] },
		"field":    s.field,
		"button":   s.button,
		"search":   s.search,
		"tag":      s.tag,
		"alert":    s.alert,
		"inset":    s.inset,
		"panel":    s.panel,
		"bars":     s.bars,
		"gauge":    s.gauge,
	}
}

// mainFont is the file that a page needs for its first line.
var mainFont = map[i18n.Lang]string{
	i18n.Arabic: "readex-arabic.woff2", i18n.French: "readex-latin.woff2",
	i18n.Tamazight: "tifinagh-400.woff2", i18n.English: "readex-latin.woff2",
}

func join(parts []any) string {
	var b strings.Builder
	for _, part := range parts {
		fmt.Fprint(&b, part)
	}
	return b.String()
}

// speaker says values in one language.
type speaker struct {
	bundle *i18n.Bundle
	lang   i18n.Lang
}

// label says what a template call gave as a label: a string is a key there.
func (s speaker) label(v any) template.HTML {
	if key, ok := v.(string); ok {
		return s.show(Msg{Key: key})
	}
	return s.show(v)
}

// show renders any value of a view in the language of the page.
func (s speaker) show(v any) template.HTML {
	esc := html.EscapeString
	switch v := v.(type) {
	case nil:
		return ""
	case template.HTML:
		return v
	case string:
		return template.HTML("<bdi>" + esc(v) + "</bdi>")
	case Ref:
		return template.HTML(`<bdi dir="ltr" class="num">` + esc(string(v)) + "</bdi>")
	case i18n.Text:
		return s.showText(v)
	case map[i18n.Lang]string:
		return s.showText(v)
	case Link:
		return template.HTML(`<a href="`+esc(localURL(s.lang, v.Href))+`">`) + s.show(v.Text) + "</a>"
	case civil.Date:
		if v.IsZero() {
			return ""
		}
		return template.HTML(`<time datetime="` + v.String() + `">` + esc(i18n.Date(s.lang, v)) + "</time>")
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return template.HTML(`<time datetime="` + v.UTC().Format(time.RFC3339) + `">` + esc(i18n.DateTime(s.lang, v)) + "</time>")
	case money.Centimes:
		return template.HTML(`<span class="num">` + esc(i18n.Amount(s.lang, v)) + "</span>")
	}
	return template.HTML(esc(s.plain(v)))
}

func (s speaker) showText(t i18n.Text) template.HTML {
	text, lang := t.In(s.lang)
	if lang == s.lang || text == "" {
		return template.HTML(html.EscapeString(text))
	}
	return template.HTML(fmt.Sprintf(`<span lang=%q dir=%q>%s</span>`, lang, lang.Dir(), html.EscapeString(text)))
}

// plain is show without markup, for titles and attributes.
func (s speaker) plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case Ref:
		return string(v)
	case Msg:
		return s.bundle.T(s.lang, v.Key, v.Args...)
	case i18n.Text:
		text, _ := v.In(s.lang)
		return text
	case civil.Date:
		return i18n.Date(s.lang, v)
	case time.Time:
		return i18n.DateTime(s.lang, v)
	case money.Centimes:
		return i18n.Amount(s.lang, v)
	case int:
		return i18n.Number(s.lang, v)
	case int64:
		return i18n.Number(s.lang, int(v))
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
