package citizen

import (
	"net/http"

	"wasl/casework/dossier"
	"wasl/catalog/catalogapi"
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
	Confirm   bool
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

func (k Desk) renderForm(w http.ResponseWriter, r *http.Request, status int, d dossier.Dossier, in *web.Input, refused error) {
	if in == nil || !hasFields(in) {
		filled := web.Filled(d.FormValues()...)
		filled.Fail(refused)
		in = filled
	}
	view := formView{Form: in, ID: d.ID.String(), Reference: web.Ref(d.Reference), Competent: d.Competent.UnitName, FeeDue: d.FeeDue(), Confirm: d.Fee.Confirming}
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
	page := web.Page{
		Title: d.Title(), Errors: refused, NoIndex: true, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}},
	}
	k.Pages.Render(w, r, status, "draft", page)
}

func (k Desk) pieceView(r *http.Request, d dossier.Dossier, code string) pieceView {
	want, _ := d.Published(code)
	got, _ := d.Piece(code)
	v := pieceView{
		Code: code, Title: want.Title, Hint: orNil(want.Hint), Optional: want.Optional, Evidence: want.From == "administration" && want.Evidence != "",
		Uploaded: got.Document != "", Name: got.Name, Fetched: got.Evidence != "", Agreed: !got.Agreed.IsZero(), Provider: got.Provider,
		Href: path(d) + "/pieces/" + code,
	}
	v.CanUpload = d.Brings(code)
	for i, a := range want.Accept {
		if i > 0 {
			v.Accept += ","
		}
		v.Accept += a
	}
	v.Preview = k.Preview(web.Lang(r), got.Content)
	return v
}

func inputType(t catalogapi.FieldType) string {
	switch t {
	case catalogapi.EmailField, catalogapi.NumberField, catalogapi.TextAreaField:
		return string(t)
	case catalogapi.PhoneField:
		return "tel"
	case catalogapi.ChoiceField:
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

func (k Desk) checkPage(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err == nil && d.State != dossier.Draft {
		web.Redirect(w, r, path(d))
		return
	}
	if err == nil {
		d, err = k.refreshFee(r.Context(), d)
	}
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	view := checkView{ID: d.ID.String(), To: d.Competent.UnitName, FeeDue: d.FeeDue(), Answers: dossier.AnswerRows(d)}
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
	k.Pages.Render(w, r, http.StatusOK, "check", web.Page{
		TitleKey: "check.title", NoIndex: true, Data: view,
		Crumbs: []web.Crumb{{Text: web.K("dossiers.title"), Path: "/dossiers"}, {Text: d.Title(), Path: path(d)}},
	})
}
