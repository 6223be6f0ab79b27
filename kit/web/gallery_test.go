package web_test

import (
	"html/template"
	"testing"
	"testing/fstest"
	"time"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

type galleryView struct {
	Form      *web.Input
	Choices   []web.Choice
	Rows      []web.Row
	Tasks     []web.Task
	Steps     []web.Step
	Meters    []web.Meter
	Stats     []web.Stat
	Chart     web.Chart
	Table     web.Table
	Pager     web.Pager
	Cards     []web.Card
	Documents []web.Document
	Accesses  []web.Access
	Receipt   web.Receipt
}

// gallery shows every part once, with the longest texts that occur.
func gallery() galleryView {
	day := civil.Of(2027, time.January, 21)
	at := time.Date(2026, 11, 25, 21, 4, 0, 0, time.UTC)
	name := i18n.Text{"ar": "رخصة البناء", "fr": "Permis de construire"}
	form := web.Filled("name", "فاطمة الزهراء", "email", "fatima", "kind", "b", "birth-day", "31", "birth-month", "2", "birth-year", "1990")
	form.Fail(errs.New(errs.Invalid, "form_invalid").Field("email", "email_invalid").Field("birth", "date_invalid").Field("photo", "file_not_image"))
	return galleryView{
		Form:    form,
		Choices: []web.Choice{{Value: "a", Label: web.K("nav.locker"), Hint: web.K("search.hint")}, {Value: "b", Label: name}},
		Rows: []web.Row{
			{Key: web.K("access.procedure"), Value: name},
			{Key: web.K("receipt.reference"), Value: web.Ref("K7M2-9QXD-67"), Action: &web.Link{Href: "/dossiers", Text: web.K("common.change")}},
			{Key: web.K("form.day"), Value: day},
			{Key: web.K("access.basis"), Value: money.Centimes(50000)},
		},
		Tasks: []web.Task{
			{Title: web.K("access.what"), Href: "/a", State: "done"},
			{Title: name, Href: "/b", State: "todo", Hint: web.K("search.hint")},
			{Title: web.K("common.send"), State: "blocked"},
		},
		Steps: []web.Step{
			{Title: web.K("common.send"), State: "done", On: at},
			{Title: web.K("access.what"), State: "now", On: day, Note: web.K("meter.last_day", "date", day)},
			{Title: web.K("common.confirm"), State: "next"},
		},
		Meters: []web.Meter{{Left: 14, Total: 60, LastDay: day}, {Left: 40, Total: 60, LastDay: day}, {Left: 2, Total: 60, LastDay: day}, {Left: -3, Total: 30, LastDay: day}, {Left: 9, Total: 30, Suspended: true}},
		Stats:  []web.Stat{{Value: 1234, Label: web.K("nav.dossiers")}, {Value: "91 %", Label: web.K("nav.indicators"), Note: web.K("search.hint")}},
		Chart: web.Chart{Caption: web.K("nav.indicators"), Label: web.K("form.month"), Unit: "%", Points: []web.Point{
			{Label: web.K("form.month"), Value: 78}, {Label: "2", Value: 81}, {Label: "3", Value: 84}, {Label: "4", Value: 83.4}, {Label: "5", Value: 88}, {Label: "6", Value: 91, Strong: true},
		}},
		Table: web.Table{
			Caption: web.K("nav.services"), Head: []any{web.K("access.procedure"), web.K("access.basis")}, Numbers: []int{1},
			Rows: [][]any{{name, money.Centimes(123450)}, {web.Link{Href: "/x", Text: name}, 3}},
		},
		Pager:     web.Pager{Page: 2, Last: 5, Href: "/search?q=a"},
		Cards:     []web.Card{{Href: "/a", Title: name, Note: web.K("meter.left", "left", "1", "total", "2")}, {Href: "/b", Title: web.K("nav.help"), Tag: &web.Tag{Kind: "ok", Text: web.K("task.done")}}},
		Documents: []web.Document{{Title: name, Issuer: web.K("nav.administrations"), On: day, Reference: "K7M2-9QXD-67", Size: 81234, Href: "/documents/1", Tag: &web.Tag{Kind: "ok", Text: web.K("step.done")}, Actions: []web.Link{{Href: "/d", Text: web.K("common.download")}}}},
		Accesses:  []web.Access{{At: at, Who: name, Procedure: name, What: web.K("access.what"), Purpose: web.K("access.purpose"), LegalBasis: "55-19", Contest: "/access/1/contest"}},
		Receipt: web.Receipt{
			Title: web.K("receipt.pdf"), Issuer: name, Reference: "K7M2-9QXD-67", Rows: []web.Row{{Key: web.K("form.day"), Value: day}},
			QR: template.HTML(`<svg viewBox="0 0 8 8" role="img" aria-label="QR"><path d="M0 0h4v4H0z"/></svg>`), QRCaption: web.K("nav.verify"), Note: web.K("meter.last_day", "date", day), PDF: "/x.pdf",
		},
	}
}

const galleryPage = `{{define "content"}}<div class="two"><div>
{{template "search" (search "/search" "")}}
<form method="post" enctype="multipart/form-data" novalidate>
{{template "field" (field .Form "name" "access.what" "hint" "search.hint" "autocomplete" "name")}}
{{template "field" (field .Form "email" "form.year" "type" "email" "autocomplete" "email")}}
{{template "field" (field .Form "birth" "form.day" "type" "date" "autocomplete" "bday")}}
{{template "field" (field .Form "kind" "access.purpose" "type" "radios" "options" .Choices)}}
{{template "field" (field .Form "many" "access.purpose" "type" "checkboxes" "options" .Choices "optional" true)}}
{{template "field" (field .Form "place" "nav.territories" "type" "select" "options" .Choices)}}
{{template "field" (field .Form "why" "access.purpose" "type" "textarea" "max" 500 "optional" true)}}
{{template "field" (field .Form "photo" "access.what" "type" "file" "accept" "image/*" "hint" "error.file_type_refused")}}
{{template "field" (field .Form "agree" "common.confirm" "type" "checkbox")}}
{{template "field" (field .Form "token" "" "type" "hidden" "value" "1")}}
<p class="actions">{{template "button" (button "common.continue")}} {{template "button" (button "common.back" "kind" "secondary" "href" "/x")}} {{template "button" (button "common.cancel" "kind" "danger" "name" "act" "value" "no")}}</p>
</form>
{{template "panel" (panel "nav.dossiers" "receipt.reference" "K7M2-9QXD-67")}}
{{template "alert" (alert "warn" "banner.demonstration")}}{{template "alert" (alert "ok" "common.copied")}}{{template "alert" (alert "error" "error.internal")}}{{template "alert" (alert "info" "search.hint")}}
{{template "inset" (inset "meter.left" "left" "14" "total" "60")}}
{{template "tasks" .Tasks}}
{{template "summary-list" .Rows}}
{{template "table" .Table}}
{{template "pager" .Pager}}
{{template "documents" .Documents}}
{{template "accesses" .Accesses}}
</div><div class="side">
<section class="card"><h2>{{t "nav.dossiers"}}</h2>{{template "timeline" .Steps}}{{range .Meters}}{{$m := .}}{{template "meter" $m}}{{end}}</section>
{{template "stats" .Stats}}
{{template "chart" .Chart}}
{{template "cards" .Cards}}
{{template "links" .Cards}}
<p>{{template "tag" (tag "now" "step.now")}} {{template "tag" (tag "warn" "step.stopped")}} {{template "tag" (tag "stop" "step.stopped")}} {{template "tag" (tag "neutral" "step.next")}}</p>
{{template "receipt" .Receipt}}
</div></div>{{end}}`

func TestPagesInFourLanguages(t *testing.T) {
	p := load(t, fstest.MapFS{"pages/gallery.html": {Data: []byte(galleryPage)}})
	view := gallery()
	webtest.Check(t, p, "gallery", web.Page{
		TitleKey: "nav.services", Data: view, Crumbs: []web.Crumb{{Text: web.K("nav.services"), Path: "/procedures"}},
		Errors: errs.New(errs.Invalid, "form_invalid").Field("email", "email_invalid").Field("birth", "date_invalid"),
	})
}
