package dossier

import (
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"wasl/catalog/catalogapi"
	"wasl/kit/errs"
)

// MaxAnswer bounds an answer where the sheet gives no limit.
const MaxAnswer = 2000

// CheckAnswers decides whether the answers satisfy the fields of the revision; every fault names its field ("field.<name>").
func CheckAnswers(fields []catalogapi.Field, answers map[string]string) error {
	bad := errs.New(errs.Invalid, "form_invalid")
	for _, f := range fields {
		v := answers[f.Name]
		if v == "" && f.Optional {
			continue
		}
		if code, params := checkAnswer(f, v); code != "" {
			bad = bad.Field("field."+f.Name, code, params...)
		}
	}
	return bad.OrNil()
}

func checkAnswer(f catalogapi.Field, v string) (code string, params []string) {
	if v == "" {
		return "required", nil
	}
	switch f.Type {
	case "number":
		return checkNumber(f, v)
	case "email":
		if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
			return "email_invalid", nil
		}
	case "choice":
		if !slices.ContainsFunc(f.Choices, func(c catalogapi.Choice) bool { return c.Value == v }) {
			return "choice_invalid", nil
		}
	case "territory":
		if !IsTerritoryCode(v) {
			return "territory_unknown", nil
		}
	}
	limit := MaxAnswer
	if f.Max != nil {
		limit = *f.Max
	}
	if n := utf8.RuneCountInString(v); n > limit {
		return "field_too_long", []string{"max", strconv.Itoa(limit)}
	}
	if re, err := regexp.Compile(f.Pattern); err != nil || !re.MatchString(v) {
		if f.Type == "phone" {
			return "phone_invalid", nil
		}
		return "field_pattern", nil
	}
	return "", nil
}

func checkNumber(f catalogapi.Field, v string) (string, []string) {
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		return "number_invalid", nil
	case f.Min != nil && n < *f.Min:
		return "field_too_small", []string{"min", strconv.Itoa(*f.Min)}
	case f.Max != nil && n > *f.Max:
		return "field_too_big", []string{"max", strconv.Itoa(*f.Max)}
	}
	return "", nil
}

var territoryCode = regexp.MustCompile(`^\d{2}(\.\d{2,3}){1,3}$`)

// IsTerritoryCode tells an official code ("04.421.01.01") from a name.
func IsTerritoryCode(v string) bool { return territoryCode.MatchString(v) }
