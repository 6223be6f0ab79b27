package main

import (
	"encoding/json"
	"fmt"

	"wasl/catalog/catalogapi"
)

type ourOrganisation struct {
	Act, Code, Level, Parent, Theme string
	Names                           []string
	catalogapi.Organisation         `json:"-"`
}

// directory finds our organisation of an act's code or of a seed's free name.
type directory struct {
	all    []*ourOrganisation
	byAct  map[string]*ourOrganisation
	byName map[string]string
	themes map[string]string
}

func newDirectory(data []byte, acts []act) (*directory, error) {
	var file struct {
		Organisations []*ourOrganisation
		Themes        map[string]string
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	d := &directory{all: file.Organisations, byAct: map[string]*ourOrganisation{}, byName: map[string]string{}, themes: file.Themes}
	for _, o := range d.all {
		if o.Act != "" {
			d.byAct[o.Act] = o
		}
		for _, name := range o.Names {
			d.byName[name] = o.Code
		}
		d.themes[o.Code] = o.Theme
	}
	for _, a := range acts {
		o := d.byAct[a.Administration.Code]
		if o == nil {
			return nil, fmt.Errorf("administration %q has no code of ours", a.Administration.Code)
		}
		o.Organisation.Name = text(a.Administration.Ar, a.Administration.Fr, "")
	}
	return d, nil
}

func (d *directory) act(code string) *ourOrganisation { return d.byAct[code] }

// named is the organisation a seed's name stands for, "" when it names a kind
// of body ("Tribunal") rather than one.
func (d *directory) named(name string) string { return d.byName[name] }

func (d *directory) theme(procedure, org string) string {
	if t := d.themes[procedure]; t != "" {
		return t
	}
	return d.themes[org]
}

func (d *directory) organisations() []catalogapi.Organisation {
	var all []catalogapi.Organisation
	for _, o := range d.all {
		if o.Organisation.Name == nil {
			o.Organisation.Name = text("", o.Names[0], "")
		}
		o.Organisation.Code, o.Organisation.Level, o.Organisation.Parent = o.Code, o.Level, o.Parent
		all = append(all, o.Organisation)
	}
	return all
}

type commune struct {
	Code, Kind, Fr, Ar string
	Checked            bool
}

type territoriesFile struct {
	Regions []struct {
		Code, Fr, Ar string
		Provinces    []struct {
			commune  `yaml:",inline"`
			Communes []commune
		}
	}
}

// flat lists regions, provinces and communes, parents first.
func (f territoriesFile) flat() []catalogapi.Territory {
	var all []catalogapi.Territory
	add := func(parent string, c commune) {
		all = append(all, catalogapi.Territory{Code: c.Code, Parent: parent, Kind: c.Kind, Name: text(c.Ar, c.Fr, ""), Checked: c.Checked})
	}
	for _, r := range f.Regions {
		add("", commune{Code: r.Code, Kind: "region", Fr: r.Fr, Ar: r.Ar, Checked: true})
		for _, p := range r.Provinces {
			add(r.Code, p.commune)
			for _, c := range p.Communes {
				add(p.Code, c)
			}
		}
	}
	return all
}
