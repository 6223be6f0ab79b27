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
	Act            int        `json:"act"`            // number of the record in its year
	MaritalStatus  string     `json:"marital_status"` // single or married
}

// Fields are all that an extract can hold. A value in both languages of the civil status is an object {"ar", "fr"}.
var Fields = []string{
	"name_ar", "name_fr", "sex", "birth_date", "birth_place_ar", "birth_place_fr", "father", "mother", "act_number", "marital_status",
}

func (p Person) field(field string) any {
	switch field {
	case "name_ar":
		return p.GivenAr + " " + p.FamilyAr
	case "name_fr":
		return p.GivenFr + " " + p.FamilyFr
	case "sex":
		return words[p.Sex]
	case "birth_date":
		return p.Born.String()
	case "birth_place_ar":
		return p.PlaceAr
	case "birth_place_fr":
		return p.PlaceFr
	case "father":
		return both(name{p.FatherAr, p.FatherFr})
	case "mother":
		return both(name{p.MotherAr, p.MotherFr})
	case "act_number":
		return fmt.Sprintf("%d/%d", p.Act, p.Born.Year())
	case "marital_status":
		return words[p.MaritalStatus]
	}
	return nil
}

func both(n name) map[string]string { return map[string]string{"ar": n.ar, "fr": n.fr} }

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
	if p.MaritalStatus == "" {
		p.MaritalStatus = []string{"single", "married"}[r.IntN(2)]
	}
	if p.Sex == "" {
		p.Sex = "M"
	}
	return p
}
