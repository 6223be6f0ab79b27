package catalog

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

// Seed is the catalogue's committed data, read and completed: what the store
// loads. Hash names this exact data; it also covers the rules' version below.
type Seed struct {
	Hash        string
	Directory   Directory
	Territories []catalogapi.Territory
	Sheets      []catalogapi.Sheet
}

// rulesVersion changes when the rules below would give other sheets from the
// same data, so that the store loads again.
const rulesVersion = "2"

// ReadSeed reads data/*.json and applies the rules: appeals follow from the
// level of the administration, the overlay completes its sheets.
func ReadSeed(fsys fs.FS) (*Seed, error) {
	seed, sum := &Seed{}, sha256.New()
	sum.Write([]byte(rulesVersion))
	read := func(name string, into any) error {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("catalog: %w", err)
		}
		sum.Write(data)
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			return fmt.Errorf("catalog: %s: %w", name, err)
		}
		return nil
	}
	var orgs []catalogapi.Organisation
	var names Patterns
	var overlays map[string]json.RawMessage
	var notes remarks
	if err := cmp.Or(
		read("organisations.json", &orgs), read("territories.json", &seed.Territories), read("procedures.json", &seed.Sheets),
		read("names.json", &names), read("demonstration.json", &overlays), read("remarks.json", &notes),
	); err != nil {
		return nil, err
	}
	seed.Hash = hex.EncodeToString(sum.Sum(nil))
	seed.Directory = Expand(orgs, seed.Territories, names)
	return seed, complete(seed.Sheets, orgs, overlays, notes)
}

func complete(sheets []catalogapi.Sheet, orgs []catalogapi.Organisation, overlays map[string]json.RawMessage, notes remarks) error {
	level := map[string]string{}
	for _, o := range orgs {
		level[o.Code] = o.Level
	}
	for i, s := range sheets {
		if s.Silence.Effect == catalogapi.SilenceApproves && !approvable(s) { // art. 19: for listed acts and for no other
			s.Silence = catalogapi.Silence{Effect: catalogapi.SilenceAppeal, Unlisted: true, Article: "21"}
		}
		if s.Title[i18n.Arabic] == "" { // nothing is a translation of a title that nobody has stated
			s.Translated = nil
		}
		if l := level[chargedOrg(s)]; l != "" && s.Silence.Effect != "unknown" {
			s.Appeals = Routes(l, s.Silence.Effect)
		}
		if values, there := overlays[s.Code]; there {
			var err error
			if s, err = Overlay(s, values); err != nil {
				return err
			}
		}
		if err := cmp.Or(s.Check(), notes.translate(&s)); err != nil {
			return fmt.Errorf("catalog: %w", err)
		}
		sheets[i] = s
	}
	return nil
}

// localAuthorities is the directory's entry for communes in general.
const localAuthorities = "collectivites"

// chargedOrg is the organisation under which a procedure is listed: the one its
// source names, failing that the one that processes it.
func chargedOrg(s catalogapi.Sheet) string {
	i := slices.IndexFunc(s.Bodies, func(b catalogapi.Body) bool { return b.Part == "in-charge" })
	if i >= 0 {
		return s.Bodies[i].Org
	}
	body, _ := handler(s.Bodies)
	if body.Org == "" && body.Place == "commune" {
		return localAuthorities
	}
	return body.Org
}
