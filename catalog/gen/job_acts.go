package main

import (
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

type pair struct{ Ar, Fr string }

type span struct {
	Value  *int
	Unit   string
	TextAr string `yaml:"text_ar"`
	ByCase []struct {
		Value int
		Case  pair
	} `yaml:"by_case"`
}

type act struct {
	ID             string
	Administration struct{ Code, Ar, Fr string }
	Domain         *pair
	Title          pair
	Delay          *span
	DelayByList    map[string]struct{ Value int } `yaml:"delay_by_list"`
	Lists          []string
	Sources        []struct {
		Decree, Row string
		TitleAr     string `yaml:"title_ar"`
	}
	NoteFr    string `yaml:"note_fr"`
	Uncertain bool
}

type actsFile struct{ Acts []act }

// listOf names the list of acts of each decree applying law 55-19.
var listOf = map[string]string{
	"2.22.387": "silence", "2.22.385": "investment", "2.22.386": "extension", "2.22.141": "local-silence",
}

// sheet states what the decrees' annexes say of an act, and nothing more.
func (a act) sheet(dir *directory) catalogapi.Sheet {
	org := dir.act(a.Administration.Code)
	s := catalogapi.Sheet{
		Code:       a.ID,
		Title:      text(a.Title.Ar, a.Title.Fr, ""),
		Translated: []i18n.Lang{"fr"},
		Theme:      dir.theme(a.ID, org.Code),
		Bodies:     []catalogapi.Body{{Part: "in-charge", Org: org.Code, Name: text(a.Administration.Ar, a.Administration.Fr, "")}},
		Lists:      lists(a.Lists),
		Sources:    []catalogapi.Source{{Name: "decrees-5519", Certainty: "official"}},
		Unknown:    []string{"pieces", "channels", "fee", "steps"},
		Expertise:  catalogapi.Expertise{Case: "none"},
		Silence:    catalogapi.Silence{Effect: "appeal", Article: "21"},
	}
	for _, src := range a.Sources {
		s.Legal = append(s.Legal, catalogapi.Legal{Decree: src.Decree, Row: src.Row, List: listOf[src.Decree], Text: text(src.TitleAr, "", "")})
	}
	if slices.Contains(a.Lists, "extension") {
		s.Expertise.Case = "possible"
	}
	if slices.Contains(a.Lists, "silence") || slices.Contains(a.Lists, "local-silence") {
		s.Silence = catalogapi.Silence{Effect: "approval", Article: "19"}
	}
	s.Delay = a.delay()
	if s.Delay.Known && s.Delay.Days == 0 && s.Silence.Effect == "appeal" {
		s.Silence = catalogapi.Silence{Effect: "none", Article: "10"}
	}
	if !s.Delay.Known {
		s.Unknown = append(s.Unknown, "delay")
	}
	if a.NoteFr != "" {
		s.Notes = append(s.Notes, catalogapi.Note{Text: text("", a.NoteFr, "")})
	}
	if a.Uncertain {
		s.Sources[0].Certainty = "uncertain"
	}
	return s
}

func lists(names []string) []catalogapi.List {
	var out []catalogapi.List
	for _, n := range names {
		out = append(out, catalogapi.List(n))
	}
	return out
}

// delay takes the shorter where two annexes differ (our reading, shown beside
// both values): the user can hold the administration to either.
func (a act) delay() catalogapi.Delay {
	if a.Delay == nil || a.Delay.Value == nil {
		return catalogapi.Delay{}
	}
	d := catalogapi.Delay{Known: true, Days: *a.Delay.Value, Unit: "calendar", Text: text(a.Delay.TextAr, "", "")}
	for _, c := range a.Delay.ByCase {
		d.Cases = append(d.Cases, catalogapi.DelayCase{Case: text(c.Case.Ar, c.Case.Fr, ""), Days: c.Value})
	}
	for _, list := range []catalogapi.List{"silence", "investment", "extension", "local-silence"} {
		if v, there := a.DelayByList[string(list)]; there {
			d.ByList = append(d.ByList, catalogapi.ListDelay{List: list, Days: v.Value})
			if v.Value < d.Days {
				d.Days, d.Text = v.Value, nil
			}
		}
	}
	return d
}
