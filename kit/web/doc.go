// Package web is the face of Wasl: one layout, one stylesheet, four languages,
// no need for JavaScript. A block brings its pages and texts, web brings the rest.
//
//	pages, err := web.Load("casework", pagesFS, localesFS)   once, in New
//	mux.HandleFunc("GET /{lang}/dossiers/{id}", …)
//	handler := pages.Protect(keys, mux)                      Visit and language of each request
//
//	handler ── web.Visit(r), web.Lang(r), web.Form(r, limit)
//	   │
//	   ├─ pages.Render(w, r, 200, "dossier", web.Page{TitleKey: "dossier.title", Data: view})
//	   └─ pages.Fail(w, r, err)                              error page, in the person's language
//
// pages/dossier.html is a template that defines "content" (or is the content
// itself) and sees Page.Data as its dot. A file whose name starts with "_" only
// brings parts for the others. The functions of a template:
//
//	t "key" "name" value …    sentence of the locales (missing key: Load fails)
//	show v                    any value in the person's language: civil.Date, time.Time, money.Centimes,
//	                          int, i18n.Text (marked with its own language), web.Ref, web.Msg, string (isolated)
//	text v                    the same for an i18n.Text
//	date d · datetime t · amount a · days n · num n · ref s
//	url "/dossiers/" .ID      path with the language in front
//	lang · dir                of the page
//	list a b …                a slice
//
// Ready-made parts; K is web.K("key", args…), a sentence; wherever a Go struct
// says "any", a string is data shown as it is and web.K(…) is a translated key.
// In template calls a string label is a key, an i18n.Text is shown as it is.
//
//	{{template "field" (field .Form "email" "person.email" "type" "email" "hint" "person.email_hint")}}
//	    types: text email tel number password date textarea select radios checkbox checkboxes file hidden
//	    options: hint, value, options ([]web.Option), optional true, rows, max, width (characters), accept,
//	    autocomplete, inputmode, lang, dir, ltr true (references, numbers), legend "h1" (question as heading)
//	{{template "button" (button "common.continue")}}  "href" …, "kind" "secondary|danger|quiet", "name" …, "value" …
//	{{template "search" (search "/search" .Query)}}   label, hint: "label" "key", "big" true
//	{{template "tag" (tag "ok" "state.accepted")}}    ok now warn stop neutral
//	{{template "alert" (alert "warn" "key" "name" value …)}}   info ok warn error
//	{{template "inset" (inset "key" "name" value …)}}
//	{{template "panel" (panel "receipt.title" "receipt.reference" .Reference)}}
//	{{template "summary-list" .Rows}}     []web.Row
//	{{template "tasks" .Tasks}}           []web.Task
//	{{template "timeline" .Steps}}        []web.Step, states in words
//	{{template "meter" .Meter}}           web.Meter: days left before the last day
//	{{template "stats" .Stats}}           []web.Stat
//	{{template "chart" .Chart}}           web.Chart: bars as SVG with the same numbers in a table
//	{{template "table" .Table}}           web.Table
//	{{template "pager" .Pager}}           web.Pager
//	{{template "cards" .Cards}}           []web.Card: links with a brass rule
//	{{template "links" .Links}}           []web.Card: a list with a note at the end of each line
//	{{template "documents" .Documents}}   []web.Document
//	{{template "accesses" .Accesses}}     []web.Access: who looked at my data
//	{{template "receipt" .Receipt}}       web.Receipt: prints on A4 with its QR
//
// A form posts to its own page; errs.Error fields come back in the summary and
// beside each field:
//
//	<form method="post" enctype="multipart/form-data" novalidate> fields … {{template "button" (button "common.continue")}} </form>
//
//	in, err := web.Form(r, 8<<20)               // *web.Input: Get, All, Date, File
//	if err := check(in); err != nil {
//	    in.Fail(err)
//	    pages.Render(w, r, 422, "ask", web.Page{TitleKey: "ask.title", Errors: err, Data: askView{Form: in}})
//	}
//
// In Data, Form is a *web.Input; nil means an empty form.
// Sentences for common field codes exist here (error.<code>): required, field_invalid, field_too_long {max},
// choice_required, choice_invalid, declaration_required, email_invalid, phone_invalid, date_invalid, date_future,
// date_past, number_invalid, reference_invalid, file_required, file_too_large {max in MiB}, file_not_image,
// file_not_pdf, file_type_refused. Common words: common.continue save back cancel change confirm yes no send
// download print open none unknown copy.
//
// An origin of its own (portal, identity) wraps its mux: assets.Before(mux) serves /assets/.
//
// In tests: webtest.Check(t, pages, "ask", web.Page{TitleKey: …, Data: askView{…}}) renders the four languages.
//
// Classes for what has no part: prose (running text), two (two columns from 60 rem), side, card, stack,
// actions (row of buttons), muted, num, narrow (42 rem).
package web
