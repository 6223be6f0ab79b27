package catalog

import (
	"slices"
	"strings"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/kit/i18n"
	"wasl/law"
)

// Finding is something the law linter has to say about a sheet. An error
// blocks publishing, a warning is for the commission.
type Finding = catalogapi.Finding

// The levels of a finding.
const (
	LevelError   = "error"
	LevelWarning = "warning"
)

// Blocked reports whether one of the findings forbids publishing.
func Blocked(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == LevelError {
			return true
		}
	}
	return false
}

// Lint checks a sheet against what the law forbids whatever other texts say.
func Lint(s catalogapi.Sheet) []Finding {
	var all []Finding
	all = append(all, lintDelay(s)...)
	all = append(all, lintSilence(s)...)
	for _, p := range s.Pieces {
		if p.From == "user" {
			all = append(all, lintPiece(s, p)...)
		}
	}
	for _, lang := range i18n.Langs {
		if s.Title[lang] == "" {
			all = append(all, Finding{Code: "title_untranslated", Level: LevelWarning, Path: "title." + string(lang), Law: "54-19", Article: "5"})
		}
	}
	return all
}

// lintDelay counts the sheet's units as the clock of a dossier does (law.Published) against the cap of art. 16.
func lintDelay(s catalogapi.Sheet) []Finding {
	days, _ := law.Published(s.Delay.Unit).Days(s.Delay.Days)
	if s.Delay.Known && days > capOf(s) {
		return []Finding{{Code: "delay_over_cap", Level: LevelError, Path: "delay", Law: "55-19", Article: "16"}}
	}
	return nil
}

// capOf is the longest delay that art. 16 allows for an act.
func capOf(s catalogapi.Sheet) int {
	return law.Regime{Investment: slices.Contains(s.Lists, catalogapi.ListInvestment)}.Cap()
}

// lintSilence holds a sheet to the lists of art. 19: no other act is approved by silence, whatever its source says.
func lintSilence(s catalogapi.Sheet) []Finding {
	if s.Silence.Effect == catalogapi.SilenceApproves && !approvable(s) || s.Silence.Unlisted {
		return []Finding{{Code: "approval_not_listed", Level: LevelError, Path: "silence", Law: "55-19", Article: "19"}}
	}
	return nil
}

// approvable tells whether one of the lists of art. 19 holds the act.
func approvable(s catalogapi.Sheet) bool {
	return slices.Contains(s.Lists, catalogapi.ListSilence) || slices.Contains(s.Lists, catalogapi.ListLocalSilence)
}

// demand is a forbidden demand as pieces word it: folded words, all needed.
type demand struct {
	code, law, article string
	words              [][]string
}

// forbidden holds the demands of art. 7 of law 55-19 and the certificates from
// which the national card exempts its holder (law 04-20, art. 11).
var forbidden = []demand{
	{"several_copies", "55-19", "7-1", [][]string{{"deux exemplaires"}, {"trois exemplaires"}, {"2 exemplaires"}, {"3 exemplaires"}, {"4 exemplaires"}, {"نسختان"}, {"نسختين"}}},
	{"legalised_signature", "55-19", "7-2", [][]string{{"signature", "legalis"}, {"توقيع", "مصادق"}}},
	{"certified_copy", "55-19", "7-4", [][]string{{"copie", "certifie"}, {"copie", "legalise"}, {"copie", "conforme"}, {"نسخ", "مطابق", "للاصل"}}},
	{"birth_certificate", "04-20", "11", [][]string{{"acte de naissance"}, {"extrait de naissance"}, {"عقد الازدياد"}, {"رسم الولاده"}}},
	{"residence_certificate", "04-20", "11", [][]string{{"certificat de residence"}, {"شهاده السكني"}}},
	{"life_certificate", "04-20", "11", [][]string{{"certificat de vie"}, {"شهاده الحياه"}}},
	{"nationality_certificate", "04-20", "11", [][]string{{"certificat de nationalite"}, {"شهاده الجنسيه"}}},
}

func lintPiece(s catalogapi.Sheet, p catalogapi.Piece) []Finding {
	path := "pieces." + p.Code
	var found []Finding
	add := func(code, law, article string) {
		for _, f := range found {
			if f.Code == code {
				return
			}
		}
		found = append(found, Finding{Code: code, Level: LevelError, Path: path, Law: law, Article: article})
	}
	if p.Copies > 1 {
		add("several_copies", "55-19", "7-1")
	}
	switch p.Attested {
	case "legalised-signature":
		add("legalised_signature", "55-19", "7-2")
	case "public-document":
		add("public_document", "55-19", "7-3")
	case "certified-copy":
		add("certified_copy", "55-19", "7-4")
	}
	if p.Evidence != "" {
		add("held_by_administration", "55-19", "23")
	}
	words := search.Fold(p.Title["fr"] + " " + p.Title["ar"])
	for _, d := range forbidden {
		// The card's own file may ask for them (decree 2.20.521, art. 3 to 5).
		if d.law == "04-20" && strings.HasPrefix(s.Code, "cnie-") {
			continue
		}
		if demands(words, d.words) {
			add(d.code, d.law, d.article)
		}
	}
	return found
}

func demands(words string, any [][]string) bool {
	for _, all := range any {
		hit := true
		for _, w := range all {
			hit = hit && strings.Contains(words, search.Fold(w))
		}
		if hit {
			return true
		}
	}
	return false
}
