package web

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/kit/civil"
)

// Link leads somewhere; Href starts with "/" (the language is added), or is
// relative, or a full address.
type Link struct {
	Href string
	Text any
}

// Row is one line of a summary list: what, and its value.
type Row struct {
	Key, Value any
	Note       any
	Action     *Link // such as "change"
}

// Task is one section of a task list. State is one of done, todo, blocked, optional.
type Task struct {
	Title any
	Href  string
	Hint  any
	State string
}

// Step is one step of a timeline. State is one of done, now, next, stopped.
type Step struct {
	Title any
	State string
	On    any // civil.Date or time.Time
	Note  any
}

// Meter shows how much of a legal delay is left. LastDay counts.
type Meter struct {
	Left, Total int
	LastDay     civil.Date
	Suspended   bool // the clock is stopped
}

// Stat is one number with what it counts.
type Stat struct {
	Value any
	Label any
	Note  any
}

// Table is a table of data; every row has as many cells as the head.
type Table struct {
	Caption any
	Head    []any
	Numbers []int // indexes of the columns aligned as numbers
	Rows    [][]any
	Empty   any // sentence shown instead of a table without rows
}

// Pager leads through a long list. Href is the address without the page, which
// is added as ?page= or &page=.
type Pager struct {
	Page, Last int
	Href       string
}

// Number tells whether the column is aligned as numbers.
func (t Table) Number(column int) bool { return slices.Contains(t.Numbers, column) }

// At is the address of the page that many pages further.
func (p Pager) At(further int) string {
	join := "?"
	if strings.Contains(p.Href, "?") {
		join = "&"
	}
	return p.Href + join + "page=" + strconv.Itoa(p.Page+further)
}

// Card is a link with a title and a line below or beside it.
type Card struct {
	Href  string
	Title any
	Note  any
	Tag   *Tag
}

// Tag is a state in a word or two. Kind is one of ok, now, warn, stop, neutral.
type Tag struct {
	Kind string
	Text any
}

// Document is one document of the locker or of a dossier.
type Document struct {
	Title, Issuer any
	On            any // civil.Date or time.Time
	Reference     Ref
	Tag           *Tag
	Size          int64 // bytes
	Href          string
	Actions       []Link
}

// KiB is the size in kibibytes, at least 1, or 0 when it is not known.
func (d Document) KiB() int {
	if d.Size <= 0 {
		return 0
	}
	return int((d.Size + 1023) >> 10)
}

// Access is one consultation of a person's data.
type Access struct {
	At             time.Time
	Who, Procedure any
	What, Purpose  any
	LegalBasis     any
	Contest        string // where to contest it
}

// Receipt is a receipt or a decision on a page; it prints on A4. QR is an SVG.
type Receipt struct {
	Title     any
	Issuer    any
	Reference Ref
	Rows      []Row
	QR        template.HTML
	QRCaption any
	Note      any
	PDF       string
}

type buttonView struct {
	Text        template.HTML
	Href, Kind  string
	Name, Value string
}

func (s speaker) button(label any, opts ...any) (buttonView, error) {
	o, err := pairs(opts)
	if err != nil {
		return buttonView{}, fmt.Errorf("button: %w", err)
	}
	return buttonView{
		Text: s.label(label), Href: localURL(s.lang, o.str("href", "")), Kind: o.str("kind", "primary"),
		Name: o.str("name", ""), Value: o.str("value", ""),
	}, nil
}

type searchView struct {
	Action, Value string
	Label, Hint   template.HTML
	Big           bool
}

func (s speaker) search(action, value string, opts ...any) (searchView, error) {
	o, err := pairs(opts)
	if err != nil {
		return searchView{}, fmt.Errorf("search: %w", err)
	}
	v := searchView{Action: localURL(s.lang, action), Value: value, Big: o.flag("big")}
	v.Label = s.label(o.or("label", "search.label"))
	v.Hint = s.label(o.or("hint", Msg{Key: "search.hint"}))
	return v, nil
}

func (s speaker) tag(kind string, label any) Tag { return Tag{Kind: kind, Text: s.label(label)} }

type noticeView struct {
	Kind string
	Text template.HTML
}

func (s speaker) alert(kind string, label any, args ...any) noticeView {
	return noticeView{Kind: kind, Text: s.sentence(label, args)}
}

func (s speaker) inset(label any, args ...any) noticeView {
	return noticeView{Text: s.sentence(label, args)}
}

func (s speaker) sentence(label any, args []any) template.HTML {
	if key, ok := label.(string); ok {
		return s.show(Msg{Key: key, Args: args})
	}
	return s.show(label)
}

type panelView struct {
	Title, Label, Reference template.HTML
}

func (s speaker) panel(title, label, reference any) panelView {
	if r, ok := reference.(string); ok {
		reference = Ref(r)
	}
	return panelView{Title: s.label(title), Label: s.label(label), Reference: s.show(reference)}
}
