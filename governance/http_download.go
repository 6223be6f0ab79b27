package governance

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"wasl/kit/errs"
	"wasl/kit/i18n"
)

// downloadCSV gives every figure as open data (RFC 4180, UTF-8). A rate or median over fewer than Enough cases is left empty.
func (b *Block) downloadCSV(w http.ResponseWriter, r *http.Request) {
	p, err := b.published(r.Context())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	attach(w, "text/csv; charset=utf-8", "wasl-indicators.csv")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"block", "indicator", "month", "administration", "value", "cases"})
	for _, f := range p.figures {
		value := ""
		if f.Shown() {
			value = strconv.FormatFloat(f.Value, 'f', -1, 64)
		}
		_ = out.Write([]string{f.Block, f.Name, f.Month.String(), f.Org, value, strconv.Itoa(f.N)})
	}
	out.Flush()
}

// openFigure is one figure of the JSON download.
type openFigure struct {
	Block string   `json:"block"`
	Name  string   `json:"indicator"`
	Month string   `json:"month"`
	Org   string   `json:"administration,omitempty"`
	Value *float64 `json:"value"` // null: fewer cases than enough
	N     int      `json:"cases"`
}

// downloadJSON gives the same with its dictionary in the four languages.
func (b *Block) downloadJSON(w http.ResponseWriter, r *http.Request) {
	p, err := b.published(r.Context())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	out := struct {
		AsOf       string               `json:"as_of"`
		Enough     int                  `json:"cases_needed_for_a_rate"`
		Dictionary map[string]i18n.Text `json:"dictionary"`
		Figures    []openFigure         `json:"figures"`
	}{AsOf: b.deps.Clock.Now().UTC().Format("2006-01-02T15:04:05Z"), Enough: Enough, Dictionary: b.dictionary(p.figures), Figures: []openFigure{}}
	for _, f := range p.figures {
		o := openFigure{Block: f.Block, Name: f.Name, Month: f.Month.String(), Org: f.Org, N: f.N}
		if f.Shown() {
			o.Value = &f.Value
		}
		out.Figures = append(out.Figures, o)
	}
	body, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		b.pages.Fail(w, r, errs.Wrap("governance: download", err))
		return
	}
	attach(w, "application/json", "wasl-indicators.json")
	_, _ = w.Write(body)
}

// downloadDictionary says in four languages what each indicator counts.
func (b *Block) downloadDictionary(w http.ResponseWriter, r *http.Request) {
	p, err := b.published(r.Context())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	attach(w, "text/csv; charset=utf-8", "wasl-indicators-dictionary.csv")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"indicator", "ar", "fr", "zgh", "en"})
	words := b.dictionary(p.figures)
	var names []string
	for name := range words {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t := words[name]
		_ = out.Write([]string{name, t[i18n.Arabic], t[i18n.French], t[i18n.Tamazight], t[i18n.English]})
	}
	out.Flush()
}

// dictionary holds the published indicators, with words where the locales have them.
func (b *Block) dictionary(figures []Figure) map[string]i18n.Text {
	out := map[string]i18n.Text{}
	bundle := b.pages.Bundle()
	for _, f := range figures {
		text := i18n.Text{}
		for _, lang := range i18n.Langs {
			if key := "dict." + f.Name; bundle.Has(key) {
				text[lang] = bundle.T(lang, key)
			}
		}
		out[f.Name] = text
	}
	return out
}

func attach(w http.ResponseWriter, kind, name string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("X-Content-Type-Options", "nosniff")
}
