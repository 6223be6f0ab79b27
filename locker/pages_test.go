package locker

import (
	"testing"
	"time"

	"wasl/kit/cms/pades"
	"wasl/kit/i18n"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
)

func TestPages(t *testing.T) {
	pages, err := web.Load("locker", files, files)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	title := i18n.Text{"fr": "Permis de construire", "ar": "رخصة البناء"}
	issuer := i18n.Text{"fr": "Commune de Rabat", "ar": "جماعة الرباط"}
	rows := []web.Row{{Key: web.K("document.type"), Value: typeName("decision")}, {Key: web.K("document.issuer"), Value: issuer}}
	share := viewShare(Share{ID: ShareID{}, Recipient: "وكالة Amal", Purpose: "Location", Expires: at, MaxUses: 3}, at.Add(-time.Hour))
	found := foundView{Type: typeName("decision"), Issuer: issuer, At: at, SHA256: "ab", Sealed: true}
	codes := []string{"other"}
	for _, code := range pades.Codes() {
		codes = append(codes, string(code))
	}
	report := &reportView{
		Verdict: "tampered", Tag: web.Tag{Kind: "stop", Text: web.K("verdict.tampered")}, Sealers: []Sealer{{Name: "Commune de Rabat", At: at}},
		Reasons: codes, SHA256: "ab", Known: &found, Logged: true, Index: 4,
	}
	webtest.All(t, pages, map[string]web.Page{
		"documents": {TitleKey: "documents.title", Data: listView{
			Documents: []web.Document{{Title: title, Issuer: issuer, On: at, Reference: "K7M2-9QXD-67", Size: 2048, Href: "/documents/doc_1"}},
			Pager:     web.Pager{Page: 1, Last: 2, Href: "/documents"},
		}},
		"document": {Title: title, Data: documentView{
			Tag: *kindTag(Document{Kind: "issued"}), Rows: rows, Path: "/documents/doc_1", Sealed: true, Shares: []shareView{share},
			Activity: []activityView{{At: at, Who: issuer, What: web.K("act.opened"), Why: web.K("purpose.dossier.examine")}},
		}},
		"share": {TitleKey: "share.title", Data: newShareView{
			Days: options("share.days", "1", "7", "30"), Uses: options("share.uses", "1", "3", "10"),
		}},
		"shared-link": {TitleKey: "share.done_title", Data: sharedLinkView{Link: "https://portal.test/fr/s/x", Share: share, Path: "/documents/doc_1"}},
		"shared": {Title: title, Data: sharedView{
			Recipient: "Amal", Purpose: "Location", Expires: at, Rows: rows, Left: 2, Link: "/s/x", Sealed: true, Report: report,
		}},
		"verify": {TitleKey: "verify.title", Data: verifyView{Reference: "K7M2-9QXD-67", Report: report, Found: []foundView{found}, Missing: true, NoCode: true, Printed: &printedView{Rows: rows, Sealed: true}}},
	})
}

// Every code that the Go files make into a key has its sentence.
func TestEveryCodeHasASentence(t *testing.T) {
	pages, err := web.Load("locker", files, files)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"type.other", "purpose.other", "finding.other", "error.share_unknown", "error.proof_pending", "error.document_unsealed"}
	for _, act := range []string{ActStored, ActOpened, ActShared, ActViewed, ActDownloaded, ActRefused, ActRevoked} {
		keys = append(keys, "act."+act)
	}
	for _, s := range []ShareState{Active, Expired, Revoked, UsedUp} {
		keys = append(keys, "share.state."+string(s))
		if s != Active {
			keys = append(keys, "error.share_"+string(s))
		}
	}
	for _, v := range pades.Verdicts() {
		keys = append(keys, "verdict."+string(v), "verdict."+string(v)+".text")
	}
	for _, code := range pades.Codes() {
		keys = append(keys, "finding."+string(code))
	}
	for kind := range types {
		keys = append(keys, "type."+kind)
	}
	for p := range purposes {
		keys = append(keys, "purpose."+p)
	}
	for _, key := range keys {
		if !pages.Bundle().Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
}
