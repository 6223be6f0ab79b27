package catalog

import (
	"encoding/json"
	"fmt"
	"net/http"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
)

// linkedData describes a procedure with the Core Public Service Vocabulary
// (CPSV-AP 3.2), with our own terms for what it lacks: delay, silence, appeal.
func (b *Block) linkedData(w http.ResponseWriter, r *http.Request, code string) {
	rev, err := b.store.current(r.Context(), code)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/ld+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(publicService(b.deps.PortalURL, rev))
}

func publicService(portal string, r catalogapi.Revision) map[string]any {
	s, id := r.Sheet, portal+"/ar/procedures/"+r.Procedure
	doc := map[string]any{
		"@context": map[string]any{
			"cpsv": "http://purl.org/vocab/cpsv#", "cv": "http://data.europa.eu/m8g/", "dct": "http://purl.org/dc/terms/",
			"eli": "http://data.europa.eu/eli/ontology#", "wasl": portal + "/ns#",
		},
		"@id": id, "@type": "cpsv:PublicService",
		"dct:identifier": r.Procedure, "dct:title": literals(s.Title),
		"wasl:revision": r.ID, "wasl:sha256": r.SHA256, "wasl:status": r.Status,
		"wasl:silence": s.Silence.Effect,
	}
	var bodies, inputs, rules []any
	for _, body := range s.Bodies {
		if body.Org != "" {
			bodies = append(bodies, map[string]any{"@id": portal + "/ar/administrations/" + body.Org, "@type": "cv:PublicOrganisation", "dct:title": literals(body.Name)})
		}
	}
	for _, p := range s.Pieces {
		inputs = append(inputs, map[string]any{"@type": "cv:Evidence", "dct:identifier": p.Code, "dct:title": literals(p.Title), "wasl:from": p.From})
	}
	for _, l := range s.Legal {
		if l.Decree != "" {
			rules = append(rules, map[string]any{"@type": "eli:LegalResource", "dct:identifier": fmt.Sprintf("%s/%s", l.Decree, l.Row), "wasl:list": l.List})
		} else {
			rules = append(rules, map[string]any{"@type": "eli:LegalResource", "dct:title": literals(l.Text)})
		}
	}
	doc["cv:hasCompetentAuthority"], doc["cv:hasInput"], doc["cv:hasLegalResource"] = bodies, inputs, rules
	if s.Fee.Known {
		doc["cv:hasCost"] = map[string]any{"@type": "cv:Cost", "cv:value": s.Fee.Amount.Dirhams(), "cv:currency": "http://publications.europa.eu/resource/authority/currency/MAD"}
	}
	if s.Delay.Known && (s.Delay.Unit == "calendar" || s.Delay.Unit == "unknown") {
		doc["cv:processingTime"] = fmt.Sprintf("P%dD", s.Delay.Days)
	}
	return doc
}

func literals(t i18n.Text) []any {
	var all []any
	for _, lang := range i18n.Langs {
		if t[lang] != "" {
			all = append(all, map[string]string{"@value": t[lang], "@language": string(lang)})
		}
	}
	return all
}
