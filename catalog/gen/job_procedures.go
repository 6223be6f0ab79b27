package main

import (
	"fmt"
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/kit/money"
)

type amount string

type seedProcedure struct {
	ID             string
	Title          pair
	Administration string
	Audience       []string
	Pieces         []string
	Fee            struct {
		AmountMAD *amount `yaml:"amount_mad"`
		Note      string
		Variants  []struct {
			When      string
			AmountMAD amount `yaml:"amount_mad"`
		}
	}
	Delay struct {
		Days, Hours, Months *int
		Unit, Note          string
		Variants            []struct {
			When string
			Days int
		}
	}
	Flags         []string
	LegalRefs     []string `yaml:"legal_refs"`
	Source        string
	Unknown       []string
	Inferred      []string
	Prerequisites []string
	Conditions    []string
	Benefit       struct{ Note string }
	Since         string
	ValidityDays  int `yaml:"validity_days"`
	Window        *struct{ From, To string }
}

// audiences gives the stable code of each group named in French by the seeds.
var audiences = map[string]string{
	"citoyens": "citizens", "entreprises": "companies", "étudiants": "students", "assurés": "insured", "MRE": "abroad",
	"retraités": "retired", "éleveurs": "breeders", "élèves": "pupils", "associations": "associations", "familles": "families",
	"ménages": "households", "parents": "parents", "ayants droit": "beneficiaries", "agents publics": "public-agents",
	"patients": "patients", "femmes": "women", "enfants": "children", "apiculteurs": "beekeepers", "agriculteurs": "farmers",
}

func (p seedProcedure) sheet(dir *directory) (catalogapi.Sheet, error) {
	org := dir.named(p.Administration)
	s := catalogapi.Sheet{
		Code: p.ID, Title: text(p.Title.Ar, p.Title.Fr, ""), Translated: []i18n.Lang{"fr"},
		Theme:         dir.theme(p.ID, org),
		Sources:       []catalogapi.Source{{Name: p.Source, Certainty: "second-hand"}},
		Unknown:       p.Unknown,
		Inferred:      p.Inferred,
		Prerequisites: p.Prerequisites,
		Expertise:     catalogapi.Expertise{Case: "unknown"},
		Silence:       catalogapi.Silence{Effect: "unknown"},
	}
	for _, a := range p.Audience {
		code, known := audiences[a]
		if !known {
			return s, fmt.Errorf("audience %q has no code", a)
		}
		s.Audience = append(s.Audience, code)
	}
	if p.Administration != "" {
		s.Bodies = []catalogapi.Body{{Part: "in-charge", Org: org, Name: text("", p.Administration, "")}}
	}
	for i, piece := range p.Pieces {
		s.Pieces = append(s.Pieces, catalogapi.Piece{Code: fmt.Sprintf("piece-%d", i+1), Title: text("", piece, ""), From: "user"})
	}
	for _, ref := range p.LegalRefs {
		s.Legal = append(s.Legal, catalogapi.Legal{Text: text("", ref, "")})
	}
	if slices.Contains(p.Flags, "sva") {
		s.Silence = catalogapi.Silence{Effect: "approval", Article: "19"}
	}
	if slices.Contains(p.Flags, "expertise") {
		s.Expertise.Case = "possible"
	}
	if slices.Contains(p.Flags, "invest") {
		s.Lists = append(s.Lists, "investment")
	}
	s.Unknown = append(s.Unknown, "channels")
	s.Delay = p.delay()
	s.Notes = p.notes()
	var err error
	s.Fee, err = p.fee()
	return s, err
}

func (p seedProcedure) delay() catalogapi.Delay {
	d := catalogapi.Delay{Unit: catalogapi.DelayUnit(p.Delay.Unit), Note: text("", "", p.Delay.Note)}
	for _, v := range p.Delay.Variants {
		d.Cases = append(d.Cases, catalogapi.DelayCase{Case: text("", "", v.When), Days: v.Days})
	}
	switch {
	case p.Delay.Days != nil:
		d.Known, d.Days = true, *p.Delay.Days
	case p.Delay.Hours != nil:
		d.Known, d.Days, d.Unit = true, *p.Delay.Hours, "hours"
	case p.Delay.Months != nil:
		d.Known, d.Days, d.Unit = true, *p.Delay.Months, "months"
	default:
		d.Unit = ""
	}
	return d
}

func (p seedProcedure) fee() (catalogapi.Fee, error) {
	f := catalogapi.Fee{Note: text("", "", p.Fee.Note)}
	for _, v := range p.Fee.Variants {
		c, err := money.ParseDirhams(string(v.AmountMAD))
		if err != nil {
			return f, err
		}
		f.Cases = append(f.Cases, catalogapi.FeeCase{Case: text("", "", v.When), Amount: c})
	}
	if p.Fee.AmountMAD == nil {
		return f, nil
	}
	c, err := money.ParseDirhams(string(*p.Fee.AmountMAD))
	f.Known, f.Amount = err == nil, c
	return f, err
}

func (p seedProcedure) notes() []catalogapi.Note {
	var notes []catalogapi.Note
	add := func(on, en string) {
		if en != "" {
			notes = append(notes, catalogapi.Note{On: on, Text: text("", "", en)})
		}
	}
	for _, c := range p.Conditions {
		add("condition", c)
	}
	add("benefit", p.Benefit.Note)
	if p.Window != nil {
		add("window", p.Window.From+" – "+p.Window.To)
	}
	if p.ValidityDays > 0 {
		add("validity", fmt.Sprintf("%d days", p.ValidityDays))
	}
	add("since", p.Since)
	return notes
}

// merge joins what two seeds say of one act: the decree rules, the sheet adds.
func merge(act, sheet catalogapi.Sheet) catalogapi.Sheet {
	m := act
	m.Prerequisites = sheet.Prerequisites
	m.Audience, m.Pieces, m.Fee, m.Notes = sheet.Audience, sheet.Pieces, sheet.Fee, append(act.Notes, sheet.Notes...)
	m.Legal = append(m.Legal, sheet.Legal...)
	m.Sources = append(m.Sources, sheet.Sources...)
	m.Inferred = sheet.Inferred
	if !m.Delay.Known {
		m.Delay = sheet.Delay
	}
	m.Unknown = nil
	for _, item := range sheet.Unknown {
		if item != "title.ar" || m.Title["ar"] == "" {
			m.Unknown = append(m.Unknown, item)
		}
	}
	return m
}
