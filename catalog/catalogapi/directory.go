package catalogapi

import "wasl/kit/i18n"

// Organisation is an administration of the directory. Level is "central",
// "regional", "provincial", "communal" or "establishment". Code is the
// organisation id of the whole platform: "min_interieur", "com_04.501.01.07".
type Organisation struct {
	Code      string    `json:"code"`
	Name      i18n.Text `json:"name"`
	Level     string    `json:"level"`
	Parent    string    `json:"parent,omitempty"`
	Territory string    `json:"territory,omitempty"`
}

// Unit is a service of an organisation that receives dossiers, for one
// territory: the prefecture of Rabat within the Ministry of the Interior, the
// services of a commune within that commune.
type Unit struct {
	Code      string    `json:"code"`
	Org       string    `json:"org"`
	Name      i18n.Text `json:"name"`
	Territory string    `json:"territory,omitempty"`
}

// Territory is a region, prefecture, province, municipality, rural commune or
// arrondissement, by its official statistical code. Checked is false while the
// Arabic name is an unverified transliteration.
type Territory struct {
	Code    string    `json:"code"`
	Parent  string    `json:"parent,omitempty"`
	Kind    string    `json:"kind"`
	Name    i18n.Text `json:"name"`
	Checked bool      `json:"checked"`
}

// Competence is who handles a procedure for a territory. Governor is the unit
// of the wali or governor who supervises the commune (art. 20 and 21), nil
// where the competent organisation is not a local authority.
type Competence struct {
	Org      Organisation `json:"org"`
	Unit     Unit         `json:"unit"`
	Governor *Unit        `json:"governor,omitempty"`
}

// Finding is what the law linter says of a sheet: a code, "error" or
// "warning", the path of the item, and the article it rests on.
type Finding struct {
	Code    string `json:"code"`
	Level   string `json:"level"`
	Path    string `json:"path"`
	Law     string `json:"law"`
	Article string `json:"article"`
}
