package dossier

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/web"
)

// formView is the draft as one grouped page.
type formView struct {
	Form      *web.Input
	ID        string
	Reference web.Ref
	Fields    []fieldView
	Pieces    []pieceView
	Competent i18n.Text
	Fee       money.Centimes
	FeeDue    bool
	Paid      any // day of payment
}

type fieldView struct {
	Name, Type string
	Label      i18n.Text
	Hint       any
	Optional   bool
	Max        any
	Options    []web.Choice
}

// pieceView is one published piece with what was brought for it.
type pieceView struct {
	Code, Name, Accept string
	Title              i18n.Text
	Hint               any
	Optional           bool
	Evidence           bool // to be fetched
	CanUpload          bool
	Uploaded           bool
	Fetched, Agreed    bool
	Provider           string
	Preview            []web.Row
	Href               string
}

func (k *Desk) renderForm(w http.ResponseWriter, r *http.Request, status int, d Dossier, in *web.Input, refused error) {
	if in == nil || !hasFields(in) {
		filled := web.Filled(d.formValues()...)
		filled.Fail(refused)
		in = filled
	}
	view := formView{Form: in, ID: d.ID.String(), Reference: web.Ref(d.Reference), Competent: d.Competent.UnitName, FeeDue: d.FeeDue()}
	if d.Sheet.Fee.Known {
		view.Fee = d.Sheet.Fee.Amount
	}
	if !d.Fee.PaidOn.IsZero() {
		view.Paid = d.Fee.PaidOn
	}
	for _, f := range d.Sheet.Fields {
		v := fieldView{Name: "field." + f.Name, Type: inputType(f.Type), Label: f.Label, Hint: orNil(f.Hint), Optional: f.Optional}
		if f.Max != nil && f.Type != "number" {
			v.Max = *f.Max
		}
		for _, c := range f.Choices {
			v.Options = append(v.Options, web.Choice{Value: c.Value, Label: c.Label})
		}
		view.Fields = append(view.Fields, v)
	}
	for _, p := range d.Sheet.Pieces {
		view.Pieces = append(view.Pieces, k.pieceView(r, d, p.Code))
	}
	page := web.Page{Title: d.Title(), Errors: refused, NoIndex: true, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}}}
	k.Pages.Render(w, r, status, "draft", page)
}

// formValues fills the form from the saved answers; a territory shows its name.
func (d Dossier) formValues() []string {
	var out []string
	for _, f := range d.Sheet.Fields {
		v := d.Answers[f.Name]
		if label := d.Answers[f.Name+".label"]; label != "" {
			v = label
		}
		out = append(out, "field."+f.Name, v)
	}
	return out
}

func (k *Desk) pieceView(r *http.Request, d Dossier, code string) pieceView {
	want, _ := d.Published(code)
	got, _ := d.Piece(code)
	v := pieceView{
		Code: code, Title: want.Title, Hint: orNil(want.Hint), Optional: want.Optional, Evidence: want.From == "administration" && want.Evidence != "",
		Uploaded: got.Document != "", Name: got.Name, Fetched: got.Evidence != "", Agreed: !got.Agreed.IsZero(), Provider: got.Provider,
		Href: d.path() + "/pieces/" + code,
	}
	v.CanUpload = !v.Evidence || (got.Consent != "" && got.Evidence == "")
	for i, a := range want.Accept {
		if i > 0 {
			v.Accept += ","
		}
		v.Accept += a
	}
	v.Preview = k.preview(web.Lang(r), got.Content)
	return v
}

// preview lists what fetched evidence says, name by name; a name that the locales know is said in words.
func (k *Desk) preview(lang i18n.Lang, content json.RawMessage) []web.Row {
	var flat map[string]any
	if len(content) == 0 || json.Unmarshal(content, &flat) != nil {
		return nil
	}
	var rows []web.Row
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		rows = append(rows, web.Row{Key: k.evidenceName(name), Value: evidenceValue(lang, flat[name])})
	}
	return rows
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

func inputType(t string) string {
	switch t {
	case "email", "number", "textarea":
		return t
	case "phone":
		return "tel"
	case "choice":
		return "radios"
	}
	return "text"
}

func orNil(t i18n.Text) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// checkView is everything that will be deposited, to be read once more.
type checkView struct {
	ID      string
	Form    *web.Input
	Answers []web.Row
	Pieces  []web.Row
	Missing []i18n.Text
	To      i18n.Text
	FeeDue  bool
}

func (k *Desk) checkPage(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err == nil && d.State != Draft {
		web.Redirect(w, r, d.path())
		return
	}
	if err == nil {
		d, err = k.refreshFee(r.Context(), d)
	}
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	view := checkView{ID: d.ID.String(), To: d.Competent.UnitName, FeeDue: d.FeeDue(), Answers: AnswerRows(d)}
	for _, p := range d.Sheet.Pieces {
		got, ok := d.Piece(p.Code)
		if ok && got.Present() {
			view.Pieces = append(view.Pieces, web.Row{Key: p.Title, Value: web.K("piece.there")})
			continue
		}
		if !p.Optional {
			view.Missing = append(view.Missing, p.Title)
		}
	}
	k.Pages.Render(w, r, http.StatusOK, "check", web.Page{TitleKey: "check.title", NoIndex: true, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}, {Text: d.Title(), Path: d.path()}}})
}

// AnswerRows lists what the person answered.
func AnswerRows(d Dossier) []web.Row {
	var rows []web.Row
	for _, f := range d.Sheet.Fields {
		v := d.Answers[f.Name]
		if label := d.Answers[f.Name+".label"]; label != "" {
			v = label
		}
		if v != "" {
			rows = append(rows, web.Row{Key: f.Label, Value: v})
		}
	}
	return rows
}
