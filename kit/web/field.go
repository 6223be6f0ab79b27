package web

import (
	"fmt"
	"html/template"
	"slices"

	"wasl/kit/errs"
	"wasl/kit/i18n"
)

// Choice is one answer of radios, checkboxes or a select.
type Choice struct {
	Value string
	Label any
	Hint  any
}

// fieldOption is a Choice as the page shows it.
type fieldOption struct {
	Choice
	ID      string
	Label   template.HTML
	Plain   string // an <option> holds no markup,
	Lang    string // so it carries its language itself
	Hint    template.HTML
	Checked bool
}

// fieldView is what the "field" part draws.
type fieldView struct {
	ID, Name, Type, Value           string
	Day, Month, Year                string
	Label, Hint, Error              template.HTML
	Legend                          string // "h1" makes the question the heading of the page
	Options                         []fieldOption
	Required, LTR                   bool
	Rows, Max, Width                any
	Accept, Autocomplete, Inputmode string
	Lang, Dir                       string
	DescribedBy                     string
	Multiple                        bool
	BirthDay, BirthMonth, BirthYear string // autocomplete of a date of birth
}

// field prepares one question of a form: its label, what was entered before,
// and what is wrong with it.
func (s speaker) field(in *Input, name string, label any, opts ...any) (fieldView, error) {
	o, err := pairs(opts)
	if err != nil {
		return fieldView{}, fmt.Errorf("field %s: %w", name, err)
	}
	f := fieldView{
		ID: "f-" + name, Name: name, Type: o.str("type", "text"), Value: in.Get(name),
		Label:  s.label(label),
		Legend: o.str("legend", ""), Required: !o.flag("optional"), LTR: o.flag("ltr"),
		Rows: o.or("rows", 5), Max: o["max"], Width: o["width"], Multiple: o.flag("multiple"),
		Accept: o.str("accept", ""), Autocomplete: o.str("autocomplete", ""), Inputmode: o.str("inputmode", ""),
		Lang: o.str("lang", ""), Dir: o.str("dir", ""),
	}
	if v, ok := o["value"]; ok && !in.Has(name) {
		f.Value = s.plain(v)
	}
	if hint, ok := o["hint"]; ok {
		f.Hint = s.label(hint)
		f.DescribedBy = f.ID + "-hint"
	}
	if fe, wrong := in.fault(name); wrong {
		f.Error = template.HTML(template.HTMLEscapeString(s.fault(fe)))
		f.DescribedBy += " " + f.ID + "-error"
	}
	switch f.Type {
	case "email", "tel", "number":
		f.LTR = true
	case "date":
		f.dates(in)
	}
	err = s.choices(&f, in, o["options"])
	return f, err
}

// dates fills the three inputs of a date.
func (f *fieldView) dates(in *Input) {
	f.Day, f.Month, f.Year = in.Get(f.Name+"-day"), in.Get(f.Name+"-month"), in.Get(f.Name+"-year")
	if f.Autocomplete == "bday" {
		f.BirthDay, f.BirthMonth, f.BirthYear = "bday-day", "bday-month", "bday-year"
	}
}

func (s speaker) choices(f *fieldView, in *Input, given any) error {
	if given == nil {
		return nil
	}
	options, ok := given.([]Choice)
	if !ok {
		return fmt.Errorf("field %s: options are %T, not []web.Choice", f.Name, given)
	}
	chosen := in.All(f.Name)
	if len(chosen) == 0 && f.Value != "" {
		chosen = []string{f.Value}
	}
	for i, opt := range options {
		view := fieldOption{
			Choice: opt, ID: f.ID, Label: s.show(opt.Label), Plain: s.plain(opt.Label), Hint: s.show(opt.Hint),
			Checked: slices.Contains(chosen, opt.Value),
		}
		if text, ok := opt.Label.(i18n.Text); ok {
			if _, lang := text.In(s.lang); lang != s.lang {
				view.Lang = string(lang)
			}
		}
		if i > 0 {
			view.ID = fmt.Sprintf("%s-%d", f.ID, i+1)
		}
		f.Options = append(f.Options, view)
	}
	return nil
}

// fault is the sentence for what is wrong with a field.
func (s speaker) fault(fe errs.FieldError) string {
	key := "error." + fe.Code
	if !s.bundle.Has(key) {
		key = "error.field_invalid"
	}
	return s.bundle.T(s.lang, key, fe.Params)
}

// options of a template call, written as name value name value.
type callOptions map[string]any

func pairs(opts []any) (callOptions, error) {
	o := callOptions{}
	if len(opts)%2 != 0 {
		return nil, fmt.Errorf("options are pairs of name and value")
	}
	for i := 0; i < len(opts); i += 2 {
		name, ok := opts[i].(string)
		if !ok {
			return nil, fmt.Errorf("option name %v is not a text", opts[i])
		}
		o[name] = opts[i+1]
	}
	return o, nil
}

func (o callOptions) str(name, otherwise string) string {
	if v, ok := o[name]; ok {
		return fmt.Sprint(v)
	}
	return otherwise
}

func (o callOptions) flag(name string) bool {
	on, _ := o[name].(bool)
	return on
}

func (o callOptions) or(name string, otherwise any) any {
	if v, ok := o[name]; ok {
		return v
	}
	return otherwise
}
