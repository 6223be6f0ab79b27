package catalog

import (
	"strings"

	"wasl/catalog/catalogapi"
)

// Codes of organisations and units that derive from a territory.
const (
	communePrefix  = "com_"  // the commune as an organisation
	provincePrefix = "prov_" // the wali's or governor's unit of a prefecture or province
	councilPrefix  = "cpp_"  // the council of a prefecture or province
	regionPrefix   = "reg_"  // the region as an organisation
)

// interior is the Ministry of the Interior, to which walis and governors
// belong and which handles what a sheet leaves to "the province".
const interior = "min_interieur"

// Place is a territory with the province it lies in.
type Place struct {
	Territory catalogapi.Territory
	Province  string // code, "" for a region
}

// Competent decides who handles a procedure for a territory, as codes of an
// organisation and a unit, and the governor's unit when the organisation is a
// local authority. It is false when the sheet or the territory does not tell.
func Competent(s catalogapi.Sheet, at Place) (org, unit, governor string, ok bool) {
	body, found := handler(s.Bodies)
	if !found {
		return "", "", "", false
	}
	switch body.Place {
	case "commune":
		if !isCommune(at.Territory.Kind) {
			return "", "", "", false
		}
		code := communePrefix + at.Territory.Code
		return code, code, provincePrefix + at.Province, true
	case "province":
		if at.Province == "" {
			return "", "", "", false
		}
		return interior, provincePrefix + at.Province, "", true
	}
	return body.Org, body.Org, "", body.Org != ""
}

// handler is the body that processes the request; failing that, the one the
// source names as in charge.
func handler(bodies []catalogapi.Body) (catalogapi.Body, bool) {
	for _, part := range []catalogapi.Part{catalogapi.Processes, catalogapi.InCharge} {
		for _, b := range bodies {
			if b.Part == part {
				return b, true
			}
		}
	}
	return catalogapi.Body{}, false
}

func isCommune(kind string) bool {
	return kind == "municipality" || kind == "rural" || kind == "arrondissement"
}

func isProvince(kind string) bool { return kind == "province" || kind == "prefecture" }

// OrgOf is the organisation that a territory is as a local authority.
func OrgOf(t catalogapi.Territory) string {
	switch {
	case isCommune(t.Kind):
		return communePrefix + t.Code
	case isProvince(t.Kind):
		return councilPrefix + t.Code
	default:
		return regionPrefix + t.Code
	}
}

// ProvinceOf is the code of the province that a territory is or lies in: the
// official codes nest (04 region, 04.501 province, 04.501.01.07 commune).
func ProvinceOf(code string) string {
	parts := strings.SplitN(code, ".", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "." + parts[1]
}
