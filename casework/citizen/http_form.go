package citizen

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"wasl/casework/dossier"
	"wasl/catalog/catalogapi"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/locker/lockerapi"
)

// maxForm bounds one form with its files.
const maxForm = 32 << 20

// keep stores everything of a draft's form that can be stored, answers and files alike, and returns what was wrong with the rest: one
// bad file never costs the person the others. A form without fields (the check page's) changes nothing.
func (k Desk) keep(ctx context.Context, d dossier.Dossier, in *web.Input) (dossier.Dossier, error) {
	if d.State != dossier.Draft || !hasFields(in) {
		return d, nil
	}
	answers, fault := k.answers(ctx, d, in)
	brought, fileFault := k.upload(ctx, d, in, uploadable(d))
	competent, err := k.competent(ctx, d, answers)
	if err != nil {
		return d, err
	}
	saved, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Fill(d, answers, competent, brought)
	})
	if err != nil {
		return d, err
	}
	return saved, join(fault, fileFault)
}

// answers reads the fields of the form; a territory given by name becomes its code.
func (k Desk) answers(ctx context.Context, d dossier.Dossier, in *web.Input) (map[string]string, error) {
	out := maps.Clone(d.Answers)
	bad := errs.New(errs.Invalid, "form_invalid")
	for _, f := range d.Sheet.Fields {
		name := "field." + f.Name
		if !in.Has(name) {
			continue
		}
		v := in.Get(name)
		if f.Type != "territory" {
			out[f.Name] = string([]rune(v)[:min(len([]rune(v)), dossier.MaxAnswer)])
			continue
		}
		if v == out[f.Name+".label"] && v != "" {
			continue
		}
		code, label, problem := k.territory(ctx, v)
		if problem != "" && v != "" {
			bad = bad.Field(name, problem)
		}
		out[f.Name], out[f.Name+".label"] = code, label
	}
	return out, bad.OrNil()
}

// territory finds a commune by its official code or by its name in Arabic or French.
func (k Desk) territory(ctx context.Context, v string) (code, label, problem string) {
	if dossier.IsTerritoryCode(v) {
		t, err := k.Catalog.Territory(ctx, v)
		if err != nil {
			return "", v, "territory_unknown"
		}
		return t.Code, nameOf(t), ""
	}
	if v == "" {
		return "", "", ""
	}
	found, err := k.Catalog.Communes(ctx, v)
	if err != nil {
		return "", v, "upstream_unavailable"
	}
	exact := slices.DeleteFunc(slices.Clone(found), func(t catalogapi.Territory) bool {
		return !strings.EqualFold(t.Name[i18n.French], v) && t.Name[i18n.Arabic] != v
	})
	if len(exact) > 0 {
		found = exact
	}
	switch len(found) {
	case 0:
		return "", v, "territory_unknown"
	case 1:
		return found[0].Code, nameOf(found[0]), ""
	}
	return "", v, "territory_ambiguous"
}

func nameOf(t catalogapi.Territory) string {
	fr, ar := t.Name[i18n.French], t.Name[i18n.Arabic]
	if fr == "" || ar == "" {
		return fr + ar
	}
	return fr + " – " + ar
}

// competent asks the catalogue who handles the dossier, once the territory is known.
func (k Desk) competent(ctx context.Context, d dossier.Dossier, answers map[string]string) (dossier.Competence, error) {
	territory, wanted := "", false
	for _, f := range d.Sheet.Fields {
		if f.Type == "territory" {
			territory, wanted = answers[f.Name], true
			break
		}
	}
	if wanted && territory == "" {
		return dossier.Competence{}, nil
	}
	c, err := k.Catalog.Competent(ctx, d.Procedure, territory)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return dossier.Competence{}, nil
	}
	if err != nil {
		return dossier.Competence{}, err
	}
	return dossier.CompetenceOf(c), nil
}

// hasFields tells the draft's form from a single button.
func hasFields(in *web.Input) bool {
	for name := range in.Values() {
		if strings.HasPrefix(name, "field.") {
			return true
		}
	}
	return false
}

// uploadable are the pieces that a person brings himself: those of the sheet, and evidence that could not be fetched.
func uploadable(d dossier.Dossier) []string {
	var out []string
	for _, p := range d.Sheet.Pieces {
		if d.Brings(p.Code) {
			out = append(out, p.Code)
		}
	}
	return out
}

// upload checks the files of a form by their content and puts them into the person's locker as declared documents. Only the
// given pieces are taken.
func (k Desk) upload(ctx context.Context, d dossier.Dossier, in *web.Input, codes []string) ([]dossier.Piece, error) {
	var out []dossier.Piece
	var bad error
	for _, p := range d.Sheet.Pieces {
		if !slices.Contains(codes, p.Code) {
			continue
		}
		file, ok := in.File("piece." + p.Code)
		if !ok {
			continue
		}
		kind, err := k.examine(p, file)
		if err != nil {
			bad = join(bad, err)
			continue
		}
		doc, err := k.Locker.Put(ctx, lockerapi.NewDocument{
			Owner: d.Person, Kind: lockerapi.Declared, Type: "piece", Title: p.Title, Reference: d.Reference, ContentType: kind,
			Key: d.ID.String() + "/" + p.Code + "/" + dossier.Digest(file.Data),
		}, bytes.NewReader(file.Data))
		if err != nil {
			bad = join(bad, errs.New(errs.Invalid, "form_invalid").Field("piece."+p.Code, "upstream_unavailable").Cause(err))
			continue
		}
		out = append(out, dossier.Piece{Code: p.Code, Document: doc.ID, Name: file.Name, ContentType: kind, Size: int64(len(file.Data)), SHA256: dossier.Digest(file.Data)})
	}
	return out, bad
}

func (k Desk) examine(p catalogapi.Piece, file web.File) (string, error) {
	k.Pictures.Lock()
	defer k.Pictures.Unlock()
	return dossier.CheckFile(p, file.Name, file.Data)
}

// join collects the blamed fields of two errors in one; an error of another kind wins.
func join(a, b error) error {
	if a == nil || b == nil {
		return errors.Join(a, b)
	}
	if errs.KindOf(b) != errs.Invalid {
		return b
	}
	e := *errs.As(a)
	e.Fields = append(slices.Clone(e.Fields), errs.FieldsOf(b)...)
	return &e
}
