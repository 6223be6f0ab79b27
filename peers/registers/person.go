package registers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"wasl/kit/civil"
	"wasl/kit/errs"
)

// Person is one record of births.
type Person struct {
	NationalNumber string     `json:"national_number"`
	GivenAr        string     `json:"given_ar"`
	FamilyAr       string     `json:"family_ar"`
	GivenFr        string     `json:"given_fr"`
	FamilyFr       string     `json:"family_fr"`
	Sex            string     `json:"sex"` // F or M
	Born           civil.Date `json:"born"`
	PlaceAr        string     `json:"place_ar"`
	PlaceFr        string     `json:"place_fr"`
	FatherAr       string     `json:"father_ar"`
	FatherFr       string     `json:"father_fr"`
	MotherAr       string     `json:"mother_ar"`
	MotherFr       string     `json:"mother_fr"`
	Act            int        `json:"act"` // number of the record in its year
	Note           string     `json:"marital_status"`
}

// Fields are all that an extract can hold.
var Fields = []string{
	"given_name_ar", "family_name_ar", "given_name_fr", "family_name_fr", "sex", "birth_date", "birth_place_ar", "birth_place_fr",
	"father_name_ar", "father_name_fr", "mother_name_ar", "mother_name_fr", "record_number", "record_year", "marital_status",
}

func (p Person) field(name string) any {
	return map[string]any{
		"given_name_ar": p.GivenAr, "family_name_ar": p.FamilyAr, "given_name_fr": p.GivenFr, "family_name_fr": p.FamilyFr, "sex": p.Sex,
		"birth_date": p.Born.String(), "birth_place_ar": p.PlaceAr, "birth_place_fr": p.PlaceFr,
		"father_name_ar": p.FatherAr, "father_name_fr": p.FatherFr, "mother_name_ar": p.MotherAr, "mother_name_fr": p.MotherFr,
		"record_number": p.Act, "record_year": p.Born.Year(), "marital_status": p.Note,
	}[name]
}

// Extract returns exactly the fields asked for.
func (p Person) Extract(fields []string) (map[string]any, error) {
	out := map[string]any{}
	for _, f := range fields {
		if !slices.Contains(Fields, f) {
			return nil, errs.New(errs.Invalid, "field_unknown").With("field", f)
		}
		out[f] = p.field(f)
	}
	if len(out) == 0 {
		return nil, errs.New(errs.Invalid, "fields_missing")
	}
	return out, nil
}

// ReadSeed reads the persons of a demonstration: a JSON array. What a seed leaves out is completed in the same way at every start.
func ReadSeed(b []byte) ([]Person, error) {
	var list []Person
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("registers: seed: %w", err)
	}
	for i := range list {
		list[i] = complete(list[i], rand.New(rand.NewPCG(7, uint64(i))))
	}
	return list, nil
}

// Population draws n persons, the same for the same n. Their numbers begin with ZT and so meet no real series in use here.
func Population(n int) []Person {
	out := make([]Person, 0, n)
	for i := range n {
		r := rand.New(rand.NewPCG(55, uint64(i)))
		p := Person{NationalNumber: fmt.Sprintf("ZT%06d", i+1), Sex: []string{"F", "M"}[r.IntN(2)]}
		p.Born = civil.Of(1940, 1, 1).AddDays(r.IntN(80 * 365))
		out = append(out, complete(p, r))
	}
	return out
}

// complete fills what is empty.
func complete(p Person, r *rand.Rand) Person {
	own := men
	if p.Sex == "F" {
		own = women
	}
	set := func(ar, fr *string, from []name) {
		if n := from[r.IntN(len(from))]; *ar == "" && *fr == "" {
			*ar, *fr = n.ar, n.fr
		}
	}
	set(&p.GivenAr, &p.GivenFr, own)
	set(&p.FamilyAr, &p.FamilyFr, families)
	set(&p.PlaceAr, &p.PlaceFr, places)
	father, mother := men[r.IntN(len(men))], women[r.IntN(len(women))]
	maiden := families[r.IntN(len(families))]
	if p.FatherAr == "" && p.FatherFr == "" {
		p.FatherAr, p.FatherFr = father.ar+" "+p.FamilyAr, father.fr+" "+p.FamilyFr
	}
	if p.MotherAr == "" && p.MotherFr == "" {
		p.MotherAr, p.MotherFr = mother.ar+" "+maiden.ar, mother.fr+" "+maiden.fr
	}
	if p.Act == 0 {
		p.Act = 1 + r.IntN(2400)
	}
	if p.Note == "" {
		p.Note = []string{"single", "married"}[r.IntN(2)]
	}
	if p.Sex == "" {
		p.Sex = "M"
	}
	return p
}
