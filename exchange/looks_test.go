package exchange

import (
	"strings"
	"testing"
	"time"

	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
)

func TestThePersonSeesWhoOfAnAdministrationLooked(t *testing.T) {
	w := newWorld(t)
	look := exchangeapi.Read{
		ID: "aud_1", Subject: "sub-amina", Org: "min_interieur", Unit: "prov_04.501", Function: exchangeapi.Governor, What: exchangeapi.EvidenceRead,
		Item: "civil-status", Why: exchangeapi.Supervise, Procedure: "permis", Dossier: "dos_1", Reference: "AAAA-BBBB-CC",
		At: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC),
	}
	casework := w.clientOf("casework")
	for range 2 { // told twice, shown once
		if err := casework.Announce(t.Context(), []exchangeapi.Read{look}); err != nil {
			t.Fatal(err)
		}
	}
	body := w.get("/fr/access", "sub-amina").Body.String()
	for _, want := range []string{"1 consultation<", "Wali ou gouverneur", "article 20", "AAAA-BBBB-CC", "obtenu d’une autre administration", "/fr/dossiers/dos_1"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if other := w.get("/fr/access", "sub-other").Body.String(); strings.Contains(other, "AAAA-BBBB-CC") || !strings.Contains(other, "Aucun agent") {
		t.Error("another person sees it")
	}
	for what, change := range map[string]func(*exchangeapi.Read){
		"function": func(r *exchangeapi.Read) { r.Function = "spy" }, "what": func(r *exchangeapi.Read) { r.What = "soul" },
		"why": func(r *exchangeapi.Read) { r.Why = "curiosity" }, "id": func(r *exchangeapi.Read) { r.ID = "" }, "whose": func(r *exchangeapi.Read) { r.Subject = "" },
	} {
		bad := look
		bad.ID = "aud_2"
		change(&bad)
		if err := casework.Announce(t.Context(), []exchangeapi.Read{bad}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.clientOf("portal").Announce(t.Context(), []exchangeapi.Read{look}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("another block: %v", err)
	}
}
