package catalog

import (
	"slices"
	"testing"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

// complete is a sheet that states the seven items of art. 6.
func completeSheet() catalogapi.Sheet {
	return catalogapi.Sheet{
		Code: "act", Title: i18n.Text{"ar": "رخصة", "fr": "Permis", "zgh": "ⵜⵓⵔⴰⴳⵜ", "en": "Permit"},
		Legal: []catalogapi.Legal{{Text: i18n.Text{"fr": "loi"}}},
		Bodies: []catalogapi.Body{
			{Part: "receives", Place: "commune"}, {Part: "studies", Place: "commune"}, {Part: "processes", Place: "commune"},
		},
		Pieces:    []catalogapi.Piece{{Code: "plan", From: "user"}, {Code: "civil", From: "administration", Evidence: "civil-status-extract"}},
		Channels:  []string{"online"},
		Fee:       catalogapi.Fee{Known: true, Amount: 100, Basis: i18n.Text{"fr": "loi de finances"}},
		Delay:     catalogapi.Delay{Known: true, Days: 30, Unit: "calendar"},
		Silence:   catalogapi.Silence{Effect: "approval"},
		Lists:     []catalogapi.List{"local-silence"},
		Appeals:   Routes("communal", "approval"),
		Expertise: catalogapi.Expertise{Case: "none"},
	}
}

func TestOnlyASheetWithTheSevenItemsCanBePublished(t *testing.T) {
	if s := completeSheet(); len(Missing(s)) > 0 || StatusOf(s) != Published {
		t.Fatalf("missing %v, findings %v", Missing(s), Lint(s))
	}
	for _, c := range []struct {
		item Item
		why  string
		take func(*catalogapi.Sheet)
	}{
		{ItemReferences, "no Arabic name", func(s *catalogapi.Sheet) { delete(s.Title, "ar") }},
		{ItemReferences, "no legal reference", func(s *catalogapi.Sheet) { s.Legal = nil }},
		{ItemReferences, "references unknown", func(s *catalogapi.Sheet) { s.Unknown = []string{"legal_refs"} }},
		{ItemBodies, "who studies is not said", func(s *catalogapi.Sheet) { s.Bodies = slices.Delete(s.Bodies, 1, 2) }},
		{ItemBodies, "a body without a name in the directory", func(s *catalogapi.Sheet) { s.Bodies[0].Place = "" }},
		{ItemPieces, "no piece", func(s *catalogapi.Sheet) { s.Pieces = nil }},
		{ItemPieces, "no way to deposit", func(s *catalogapi.Sheet) { s.Channels = nil }},
		{ItemPieces, "who brings a piece is not said", func(s *catalogapi.Sheet) { s.Pieces[0].From = "" }},
		{ItemPieces, "what is fetched is not said", func(s *catalogapi.Sheet) { s.Pieces[1].Evidence = "" }},
		{ItemPieces, "the list is not complete", func(s *catalogapi.Sheet) { s.Unknown = []string{"pieces_rest"} }},
		{ItemFee, "fee unknown", func(s *catalogapi.Sheet) { s.Fee.Known = false }},
		{ItemFee, "fee without legal basis", func(s *catalogapi.Sheet) { s.Fee.Basis = nil }},
		{ItemDelay, "delay unknown", func(s *catalogapi.Sheet) { s.Delay.Known = false }},
		{ItemDelay, "unit of the delay unknown", func(s *catalogapi.Sheet) { s.Delay.Unit = "unknown" }},
		{ItemSilence, "effect of silence unknown", func(s *catalogapi.Sheet) { s.Silence.Effect = "unknown" }},
		{ItemSilence, "no appeal route", func(s *catalogapi.Sheet) { s.Appeals = nil }},
		{ItemExpertise, "expertise unknown", func(s *catalogapi.Sheet) { s.Expertise.Case = "unknown" }},
	} {
		s := completeSheet()
		c.take(&s)
		if got := Missing(s); !slices.Equal(got, []Item{c.item}) {
			t.Errorf("%s: missing %v, want %s", c.why, got, c.item)
		}
		if StatusOf(s) == Published {
			t.Errorf("%s: published", c.why)
		}
	}
	free := completeSheet()
	free.Fee = catalogapi.Fee{Known: true}
	if len(Missing(free)) > 0 {
		t.Error("a free act needs no basis for its fee")
	}
}

func TestLinterRefusesForbiddenDemands(t *testing.T) {
	piece := func(fr, ar string) func(*catalogapi.Sheet) {
		return func(s *catalogapi.Sheet) { s.Pieces[0].Title = i18n.Text{"fr": fr, "ar": ar} }
	}
	for _, c := range []struct {
		why, code, article string
		demand             func(*catalogapi.Sheet)
	}{
		{"two copies (words)", "several_copies", "7-1", piece("Plan en deux exemplaires", "")},
		{"two copies (number)", "several_copies", "7-1", func(s *catalogapi.Sheet) { s.Pieces[0].Copies = 2 }},
		{"legalised signature", "legalised_signature", "7-2", piece("Engagement avec signature légalisée", "")},
		{"legalised signature in Arabic", "legalised_signature", "7-2", piece("", "التزام بتوقيع مصادق عليه")},
		{"public document of others", "public_document", "7-3", func(s *catalogapi.Sheet) { s.Pieces[0].Attested = "public-document" }},
		{"certified copy", "certified_copy", "7-4", piece("Copie certifiée conforme de la CNIE", "")},
		{"certified copy in Arabic", "certified_copy", "7-4", piece("", "نسخة مطابقة للأصل")},
		{"birth certificate", "birth_certificate", "11", piece("Extrait d’acte de naissance", "")},
		{"residence certificate", "residence_certificate", "11", piece("Certificat de résidence", "شهادة السكنى")},
		{"life certificate", "life_certificate", "11", piece("Certificat de vie", "")},
		{"nationality certificate", "nationality_certificate", "11", piece("", "شهادة الجنسية")},
		{"piece held by a register", "held_by_administration", "23", func(s *catalogapi.Sheet) { s.Pieces[0].Evidence = "civil-status-extract" }},
		{"61 days", "delay_over_cap", "16", func(s *catalogapi.Sheet) { s.Delay.Days = 61 }},
		{"31 days for an investment act", "delay_over_cap", "16", func(s *catalogapi.Sheet) {
			s.Delay.Days, s.Lists = 31, []catalogapi.List{"investment", "local-silence"}
		}},
		{"three months", "delay_over_cap", "16", func(s *catalogapi.Sheet) { s.Delay.Days, s.Delay.Unit = 3, "months" }},
		{"approval by silence without a list", "approval_not_listed", "19", func(s *catalogapi.Sheet) { s.Lists = nil }},
		{"a source that claims it", "approval_not_listed", "19", func(s *catalogapi.Sheet) { s.Silence.Unlisted = true }},
	} {
		s := completeSheet()
		c.demand(&s)
		findings := Lint(s)
		if len(findings) != 1 || findings[0].Code != c.code || findings[0].Article != c.article || findings[0].Level != LevelError {
			t.Errorf("%s: %+v", c.why, findings)
		}
		if StatusOf(s) == Published {
			t.Errorf("%s: published", c.why)
		}
	}
}

func TestLinterLeavesLawfulDemandsAlone(t *testing.T) {
	s := completeSheet()
	s.Delay.Days = 60
	if Blocked(Lint(s)) {
		t.Error("60 days are lawful")
	}
	s.Code, s.Pieces[0].Title = "cnie-renouvellement", i18n.Text{"fr": "acte de naissance"}
	if Blocked(Lint(s)) {
		t.Error("the card's own file may ask for the birth certificate")
	}
	delete(s.Title, "en")
	if f := Lint(s); len(f) != 1 || f[0].Level != LevelWarning {
		t.Errorf("a missing translation is a warning: %v", f)
	}
}

func TestRoutesOfAppealFollowTheLevel(t *testing.T) {
	for _, c := range []struct {
		level  string
		effect catalogapi.SilenceEffect
		to     []catalogapi.Recourse
	}{
		{"central", "appeal", []catalogapi.Recourse{"minister", "minister"}},
		{"establishment", "appeal", []catalogapi.Recourse{"head-of-body", "head-of-body"}},
		{"provincial", "appeal", []catalogapi.Recourse{"governor", "governor"}},
		{"communal", "appeal", []catalogapi.Recourse{"president", "president", "governor"}},
		{"communal", "approval", []catalogapi.Recourse{"governor", "president", "governor"}},
		{"central", "approval", []catalogapi.Recourse{"minister", "minister"}},
		{"central", "none", []catalogapi.Recourse{"minister"}},
	} {
		var to []catalogapi.Recourse
		for _, r := range Routes(c.level, c.effect) {
			to = append(to, r.To)
			if r.Answer != 15 && r.Answer != 10 {
				t.Errorf("%s: %+v", c.level, r)
			}
		}
		if !slices.Equal(to, c.to) {
			t.Errorf("%s, silence %s: %v, want %v", c.level, c.effect, to, c.to)
		}
	}
}
