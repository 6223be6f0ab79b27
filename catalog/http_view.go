package catalog

import (
	"net/url"
	"slices"
	"strconv"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/kit/web"
)

// delayWords says a delay as it is known, and what is not known of it.
func delayWords(d catalogapi.Delay) any {
	switch {
	case !d.Known && len(d.Cases) > 0:
		return web.K("delay.by_case")
	case !d.Known:
		return web.K("delay.unknown")
	case d.Days == 0:
		return web.K("delay.on_the_spot")
	}
	switch d.Unit {
	case "hours", "months", "working":
		return web.K("delay."+string(d.Unit), "n", d.Days)
	}
	return web.K("delay.days", "n", d.Days)
}

func feeWords(f catalogapi.Fee) any {
	switch {
	case !f.Known && len(f.Cases) > 0:
		return web.K("fee.by_case")
	case !f.Known:
		return web.K("fee.unknown")
	case f.Amount == 0:
		return web.K("fee.free")
	}
	return f.Amount
}

func statusTag(status string) *web.Tag {
	if status == Published {
		return &web.Tag{Kind: "ok", Text: web.K("status.published")}
	}
	return &web.Tag{Kind: "neutral", Text: web.K("status.listed")}
}

// result is a procedure in a list.
type result struct {
	Href                string
	Title               i18n.Text
	Org                 i18n.Text
	Tag                 *web.Tag
	Demo                bool
	Delay, Fee, Silence any
}

func resultsOf(all []catalogapi.Procedure, names map[string]i18n.Text) []result {
	out := make([]result, 0, len(all))
	for _, p := range all {
		out = append(out, result{
			Href: "/procedures/" + p.Code, Title: p.Title, Org: names[p.Org], Tag: statusTag(p.Status),
			Demo:  p.Delay.Demonstration || p.Fee.Demonstration || p.Silence.Demonstration,
			Delay: delayWords(p.Delay), Fee: feeWords(p.Fee), Silence: web.K("silence.short." + string(p.Silence.Effect)),
		})
	}
	return out
}

func orgsOf(all []catalogapi.Procedure) []string {
	var codes []string
	for _, p := range all {
		if p.Org != "" && !slices.Contains(codes, p.Org) {
			codes = append(codes, p.Org)
		}
	}
	return codes
}

// sheetView is the sheet of a procedure, item by item of art. 6.
type sheetView struct {
	Revision   catalogapi.Revision
	Sheet      catalogapi.Sheet
	Published  bool
	Past       bool
	Demo       bool
	Translated bool
	Untitled   bool // nobody has stated the official title, which is in Arabic
	Tag        *web.Tag
	Stats      []web.Stat
	Bring      []catalogapi.Piece
	Fetched    []catalogapi.Piece
	Steps      []stepView
	Bodies     []bodyView
	Cap        int
	Missing    []web.Msg
	Before     []web.Link
	Rows       []web.Row
	History    []catalogapi.Revision
	Start      string
	File, Seal string
}

type stepView struct {
	catalogapi.Step
	Share any // of the delay
}

type bodyView struct {
	Part          string
	Name          any
	Href          string
	Demonstration bool
}

// Unknown reports whether nobody has stated an item; templates say so.
func (v sheetView) Unknown(item string) bool { return unknown(v.Sheet, item) }

// Inferred reports whether an item was deduced rather than stated.
func (v sheetView) Inferred(item string) bool { return slices.Contains(v.Sheet.Inferred, item) }

func sheetViewOf(r catalogapi.Revision, names map[string]i18n.Text, lang i18n.Lang) sheetView {
	s := r.Sheet
	file := "/procedures/" + s.Code + "/revisions/" + strconv.Itoa(r.Number)
	v := sheetView{
		Revision: r, Sheet: s, Published: r.Status == Published && r.ValidTo == nil, Past: r.ValidTo != nil, Demo: Demonstrated(s),
		Translated: slices.Contains(s.Translated, lang), Untitled: s.Title[i18n.Arabic] == "", Tag: statusTag(r.Status), Cap: capOf(s),
		Start: "/dossiers/new?procedure=" + url.QueryEscape(s.Code), File: file + ".json",
	}
	v.Stats = []web.Stat{
		{Value: delayWords(s.Delay), Label: web.K("sheet.delay")},
		{Value: feeWords(s.Fee), Label: web.K("sheet.fee")},
		{Value: web.K("silence.short." + string(s.Silence.Effect)), Label: web.K("sheet.silence_short")},
	}
	for _, p := range s.Pieces {
		if p.From == "administration" {
			v.Fetched = append(v.Fetched, p)
		} else {
			v.Bring = append(v.Bring, p)
		}
	}
	for _, step := range s.Steps {
		view := stepView{Step: step}
		if step.Days != nil {
			view.Share = delayWords(catalogapi.Delay{Known: true, Days: *step.Days})
		}
		v.Steps = append(v.Steps, view)
	}
	for _, b := range s.Bodies {
		v.Bodies = append(v.Bodies, bodyViewOf(b, names))
	}
	for _, item := range Missing(s) {
		v.Missing = append(v.Missing, web.K("item."+string(item)))
	}
	for _, code := range s.Prerequisites {
		v.Before = append(v.Before, web.Link{Href: "/procedures/" + code, Text: code})
	}
	v.Rows = binding(r)
	if r.Seal != nil {
		v.Seal = file + ".p7s"
	}
	return v
}

func bodyViewOf(b catalogapi.Body, names map[string]i18n.Text) bodyView {
	view := bodyView{Part: string(b.Part), Demonstration: b.Demonstration}
	switch {
	case b.Place != "":
		view.Name, view.Href = web.K("place."+string(b.Place)), "/territories"
	case b.Org != "":
		view.Name, view.Href = names[b.Org], "/administrations/"+b.Org
	default:
		view.Name = b.Name
	}
	return view
}

// binding says which exact text binds the administration, and its seal.
func binding(r catalogapi.Revision) []web.Row {
	rows := []web.Row{
		{Key: web.K("binding.revision"), Value: web.K("binding.number", "number", strconv.Itoa(r.Number))},
		{Key: web.K("binding.from"), Value: r.ValidFrom},
	}
	if r.ValidTo != nil {
		rows = append(rows, web.Row{Key: web.K("binding.to"), Value: *r.ValidTo})
	}
	rows = append(rows, web.Row{Key: web.K("binding.sha256"), Value: web.Ref(r.SHA256)})
	switch {
	case r.Seal != nil:
		rows = append(rows,
			web.Row{Key: web.K("binding.sealed"), Value: r.Seal.SealedAt},
			web.Row{Key: web.K("binding.seal"), Value: web.Ref(r.Seal.ID)})
	case r.Status == Published:
		rows = append(rows, web.Row{Key: web.K("binding.sealed"), Value: web.K("binding.being_sealed")})
	}
	return rows
}
