package catalog

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wasl/kit/i18n"
	"wasl/kit/web/webtest"
)

func TestPagesInFourLanguages(t *testing.T) {
	w := newWorld(t)
	if err := w.sealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Each address, and what its French page must say.
	pages := []struct{ path, says string }{
		{"/search?q=passeport", "/fr/procedures/passeport-biometrique-adulte"},
		{"/search?q=", "Chercher"},
		{"/search?q=zzzzqqq", "/fr/help"},
		{"/search?q=لرخصه+البنا+xx", "Chercher"},
		{"/search?q=bayometric+pasport", "Vouliez-vous dire"},
		{"/search?q=جواز+صفر", "جواز السفر"},
		{"/procedures", "801 procédures, dont 2"},
		{"/procedures?theme=land&page=2", "Page 2"},
		{"/procedures?audience=citizens&status=listed", "Citoyens"},
		{"/procedures?org=etab_cnss", "Caisse nationale de sécurité sociale"},
		{"/procedures/passeport-biometrique-adulte", "/fr/dossiers/new?procedure=passeport-biometrique-adulte"},
		{"/procedures/permis-construire", "valeur de démonstration"},
		{"/procedures/daam-sakane", "Rien ne peut y être déposé"},
		{"/procedures/licence-pilote", "Il manque pour la publier"},
		{"/procedures/licence-prealable-refonte-navire-peche-sous-pavillon-marocain-changement-type-peche", "deux délais"},
		{"/procedures/certificat-special-inscription-hypotheque", "titre foncier"},
		{"/administrations", "Administrations centrales"},
		{"/administrations?q=temara", "Commune de Témara"},
		{"/administrations/min_interieur", "Préfecture de Rabat"},
		{"/administrations/com_04.501.01.07", "Permis de construire"},
		{"/territories", "Rabat-Salé-Kénitra"},
		{"/territories?q=oujda", "02.411"},
		{"/territories/04", "préfecture"},
		{"/territories/04.421", "Agdal Riyad"},
		{"/territories/01.051.01.01", "non vérifié"},
	}
	for _, p := range pages {
		for _, lang := range i18n.Langs {
			rec := w.visit(t, "/"+string(lang)+p.path)
			if rec.Code != http.StatusOK {
				t.Errorf("%s %s: status %d", lang, p.path, rec.Code)
				continue
			}
			for _, fault := range webtest.Faults(lang, rec.Body.String()) {
				t.Errorf("%s %s: %s", lang, p.path, fault)
			}
			if lang == i18n.French && !strings.Contains(strings.ToLower(rec.Body.String()), strings.ToLower(p.says)) {
				t.Errorf("%s: does not say %q", p.path, p.says)
			}
		}
	}
	for _, path := range []string{"/fr/procedures/none", "/fr/administrations/none", "/fr/territories/none", "/fr/procedures/permis-construire/revisions/9.json", "/fr/other"} {
		if rec := w.visit(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, rec.Code)
		}
	}
}

func TestListedSheetOffersNoDeposit(t *testing.T) {
	w := newWorld(t)
	if page := w.visit(t, "/ar/procedures/daam-sakane").Body.String(); strings.Contains(page, "dossiers/new") {
		t.Error("a listed procedure can be started")
	}
}

func TestSheetStatesTheSevenItemsOfArticle6(t *testing.T) {
	w := newWorld(t)
	page := w.visit(t, "/fr/procedures/passeport-biometrique-adulte").Body.String()
	for _, said := range []string{
		"Références juridiques", "Administrations qui reçoivent", "Vous apportez", "L’administration s’en charge", "Extrait de l’état civil",
		"500,00", "Droit de timbre", "15 jours", "recours", "Expertise technique", "Texte exact et cachet", "SHA-256", "/fr/help/passeport-biometrique-adulte/deposit",
	} {
		if !strings.Contains(page, said) {
			t.Errorf("the passport's sheet does not say %q", said)
		}
	}
}

func TestOpenDataIsValidJSON(t *testing.T) {
	w := newWorld(t)
	var all struct{ Procedures []json.RawMessage }
	if err := json.Unmarshal(w.visit(t, "/fr/procedures/export.json").Body.Bytes(), &all); err != nil || len(all.Procedures) != 801 {
		t.Errorf("export: %d procedures, %v", len(all.Procedures), err)
	}
	rec := w.visit(t, "/fr/procedures/permis-construire.jsonld")
	var doc map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc["@type"] != "cpsv:PublicService" || rec.Header().Get("Content-Type") != "application/ld+json" {
		t.Errorf("linked data: %v, %v", doc, err)
	}
}
