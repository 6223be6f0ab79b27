package dossier

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/web"
	"wasl/law"
	"wasl/locker/lockerapi"
)

// What the pages of both sides show of a dossier.

// TraceLine is one step of law's trace, in words.
type TraceLine struct {
	Article string
	Text    web.Msg
	Default bool
}

// FactRows lists the dates and names of a dossier.
func (d Dossier) FactRows() []web.Row {
	rows := []web.Row{{Key: web.K("row.reference"), Value: web.Ref(d.Reference)}, {Key: web.K("row.administration"), Value: d.Competent.UnitName}}
	for _, x := range []struct {
		key string
		day civil.Date
	}{
		{"row.requested", d.Requested},
		{"row.complete_by", d.CompleteBy},
		{"row.deposited", d.Deposited},
		{"row.last_day", d.LastDay},
		{"row.silence_on", d.SilenceOn},
		{"row.claimed", d.Claimed},
		{"row.deliver_by", d.DeliverBy},
		{"row.escalated", d.Escalated},
		{"row.attest_by", d.AttestBy},
		{"row.appeal_by", d.AppealBy},
		{"row.closed", d.ClosedOn},
	} {
		if !x.day.IsZero() {
			rows = append(rows, web.Row{Key: web.K(x.key), Value: x.day})
		}
	}
	return rows
}

// StateTag is the state of a dossier in a word or two.
func StateTag(s State) web.Tag {
	kind := map[State]string{
		Draft: "neutral", BeingDeposited: "warn", Deposited: "now", Approved: "ok", Silent: "warn", Claimed: "now",
		Escalated: "now", Attested: "ok", Accepted: "ok", Refused: "stop", Returned: "stop", Withdrawn: "neutral",
	}[s]
	return web.Tag{Kind: kind, Text: web.K("state." + string(s))}
}

// RiskWords says how urgent a dossier is, nil where no delay runs: a closed dossier waits for nobody.
func RiskWords(d Dossier, today civil.Date) any {
	switch {
	case d.State.Closed() || d.State == Draft || d.Regime.Immediate:
		return nil
	case d.State == BeingDeposited:
		return web.K("risk.not_started")
	}
	return web.K("risk." + string(d.RiskOn(today)))
}

// Timeline says the events of a dossier; the last one is the current step unless the dossier is closed.
func Timeline(d Dossier, events []Event) []web.Step {
	var out []web.Step
	for i, e := range events {
		state := "done"
		if i == len(events)-1 && !d.State.Closed() {
			state = "now"
		}
		out = append(out, web.Step{Title: web.K("event." + string(e.Code)), State: state, On: e.On, Note: web.K("actor." + string(e.Actor))})
	}
	return out
}

// TraceLines says a trace.
func TraceLines(t law.Trace) []TraceLine {
	var out []TraceLine
	for _, s := range t {
		key, args := s.Sentence()
		out = append(out, TraceLine{Article: s.Article, Text: web.K(key, args...), Default: s.Default != ""})
	}
	return out
}

// PaperLinks lists legal documents; one that is not sealed yet says so and has no link. href makes the address of the others.
func PaperLinks(papers []PaperRow, href func(PaperRow) string) []web.Document {
	var out []web.Document
	for _, p := range papers {
		doc := web.Document{Title: web.K("paper." + string(p.Kind) + ".title"), Issuer: p.Facts.Issuer, On: p.Facts.On, Reference: web.Ref(p.Facts.Reference)}
		if p.Document == "" {
			doc.Tag = &web.Tag{Kind: "neutral", Text: web.K("paper.being_sealed")}
		} else {
			doc.Href = href(p)
			doc.Tag = &web.Tag{Kind: "ok", Text: web.K("paper.sealed")}
		}
		out = append(out, doc)
	}
	return out
}

// PieceLine is one published piece as an officer sees it.
type PieceLine struct {
	Title   any
	Href    string // to the file; empty for evidence and for what was not brought
	Name    string
	Preview []web.Row
	There   bool
	Source  web.Msg
}

// PieceLines lists the pieces of the sheet with what was brought for each.
func (k *Desk) PieceLines(r *http.Request, d Dossier, base string) []PieceLine {
	var out []PieceLine
	for _, want := range d.Sheet.Pieces {
		line := PieceLine{Title: want.Title, Source: web.K("piece.missing")}
		p, ok := d.Piece(want.Code)
		switch {
		case ok && p.Document != "":
			line.Href, line.Name, line.Source = base+d.ID.String()+"/pieces/"+p.Code, p.Name, web.K("piece.declared")
		case ok && p.Present():
			line.Preview, line.Source = k.Preview(web.Lang(r), p.Content), web.K("piece.evidence_from", "provider", k.member(p.Provider))
		}
		line.There = ok && p.Present()
		out = append(out, line)
	}
	return out
}

// member says in words which register answered, when the locales know it.
func (k *Desk) member(id string) any {
	texts, key := k.Pages.Bundle(), "member."+id
	if !texts.Has(key) {
		return id
	}
	name := i18n.Text{}
	for _, l := range i18n.Langs {
		name[l] = texts.T(l, key)
	}
	return name
}

// Preview lists what fetched evidence says, name by name; a name that the locales know is said in words.
func (k *Desk) Preview(lang i18n.Lang, content json.RawMessage) []web.Row {
	var flat map[string]any
	if len(content) == 0 || json.Unmarshal(content, &flat) != nil {
		return nil
	}
	var rows []web.Row
	names := slices.SortedFunc(maps.Keys(flat), func(a, b string) int { return cmp.Or(evidenceRank(a)-evidenceRank(b), cmp.Compare(a, b)) })
	for _, name := range names {
		rows = append(rows, web.Row{Key: k.evidenceName(name), Value: evidenceValue(lang, flat[name])})
	}
	return rows
}

// evidenceOrder is how a person reads a civil-status record; other names follow by alphabet.
var evidenceOrder = []string{"name_ar", "name_fr", "sex", "birth_date", "birth_place_ar", "birth_place_fr", "father", "mother"}

func evidenceRank(name string) int {
	if i := slices.Index(evidenceOrder, name); i >= 0 {
		return i
	}
	return len(evidenceOrder)
}

func (k *Desk) evidenceName(name string) any {
	if key := "evidence." + name; k.Pages.Bundle().Has(key) {
		return web.K(key)
	}
	return name
}

// evidenceValue says a value of the register; a text in several languages is shown in the person's.
func evidenceValue(lang i18n.Lang, v any) any {
	switch v := v.(type) {
	case string:
		if d, err := civil.Parse(v); err == nil {
			return d
		}
		return v
	case map[string]any:
		text := i18n.Text{}
		for l, s := range v {
			text[i18n.Lang(l)] = fmt.Sprint(s)
		}
		if s, _ := text.In(lang); s != "" {
			return text
		}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// AnswerRows lists what the person answered.
func AnswerRows(d Dossier) []web.Row {
	var rows []web.Row
	for _, f := range d.Sheet.Fields {
		if v := d.Said(f.Name); v != "" {
			rows = append(rows, web.Row{Key: f.Label, Value: v})
		}
	}
	return rows
}

// ServePiece sends the file of a piece.
func (k *Desk) ServePiece(w http.ResponseWriter, r *http.Request, d Dossier, code string, access lockerapi.Access) {
	p, ok := d.Piece(code)
	if !ok || p.Document == "" {
		k.Pages.Fail(w, r, errs.New(errs.NotFound, "piece_unknown"))
		return
	}
	k.ServeFile(w, r, p.Document, p.ContentType, code, access)
}

// ServeFile sends a document of the locker as the type it was found to be, never as a page of ours.
func (k *Desk) ServeFile(w http.ResponseWriter, r *http.Request, document, contentType, name string, access lockerapi.Access) {
	content, err := k.Locker.Content(r.Context(), document, access)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	defer content.Close()
	httpx.ServeFile(w, r, contentType, name, 0, content)
}

// Spoken writes the dates of a refusal in words, in the language of the page.
func Spoken(lang i18n.Lang, refused error) error {
	e := errs.As(refused)
	for name, value := range e.Params {
		if day, err := civil.Parse(value); err == nil {
			e = e.With(name, i18n.Date(lang, day))
		}
	}
	return e
}
