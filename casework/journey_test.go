package casework

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"wasl/kit/i18n"
	"wasl/kit/web/webtest"
	"wasl/payment/paymentapi"
)

func (p page) is(t *testing.T, what string, status int, parts ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s: status %d, want %d\n%s", what, p.status, status, p.main())
	}
	for _, s := range parts {
		if !strings.Contains(p.body, s) {
			t.Errorf("%s: no %q in\n%s", what, s, p.main())
		}
	}
}

func (p page) leads(t *testing.T, what, suffix string) {
	t.Helper()
	if p.status != http.StatusSeeOther || !strings.HasSuffix(p.location, suffix) {
		t.Fatalf("%s: %d to %q, want …%s\n%s", what, p.status, p.location, suffix, p.main())
	}
}

// main is the content of a page without its markup.
func (p page) main() string {
	content := between(p.body, "<main", "</main>")
	if content == "" {
		return p.body
	}
	return regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(regexp.MustCompile(`<svg.*?</svg>|<[^>]+>`).ReplaceAllString(content, " "), "\n")
}

// depositPermit deposits a building permit with the given files and returns its path.
func (w *world) depositPermit(files map[string]upload) string {
	w.t.Helper()
	path := w.start("permis-construire")
	form := values([]string{"field.territory", "Agdal", "field.email", "amina@example.ma", "do", "check"})
	w.do(amina, "POST", path, form, files).leads(w.t, "check", "/check")
	w.post(amina, path, "do", "deposit").leads(w.t, "deposit", "/receipt")
	return path
}

func TestSilenceOfACommuneFromDepositToAttestation(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile})
	w.get(amina, path+"/receipt").is(t, "first receipt", 200, "Dossier en cours de dépôt", "Titre", "2 octobre 2026", "<svg")
	w.get(officerV, "/fr/office").is(t, "inbox", 200, "Permis de construire")

	w.on("2026-09-03")
	w.do(amina, "POST", path, url.Values{"do": {"complete"}}, map[string]upload{"piece.land-title": {"titre.pdf", pdfFile.data}}).leads(t, "complete", "/receipt")
	w.get(amina, path+"/receipt").is(t, "second receipt", 200, "Dossier déposé", "votre demande est acceptée à compter du", "6 octobre 2026")
	w.get(amina, path).is(t, "dossier", 200, "5 octobre 2026", "Délai franc", "Art. 31")

	w.on("2026-10-05")
	if n := w.sweep(); n != 0 {
		t.Fatalf("silence recorded on the last day: %d", n)
	}
	w.post(amina, path, "do", "claim").is(t, "claim on the last day", 409, "Le silence prend effet le", "6 octobre 2026")
	w.on("2026-10-06")
	if w.sweep() != 1 || w.sweep() != 0 {
		t.Fatal("the sweep records silence once")
	}
	w.get(amina, path).is(t, "approved", 200, "Accepté par silence", "vaut acceptation")
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.post(officerV, office, "do", "refuse", "text.fr", "trop tard").is(t, "refusal after approval", 409, "ne peut plus être refusée")
	w.get(governor, office).is(t, "governor before the escalation", 404)

	w.post(amina, path, "do", "claim").leads(t, "claim", path)
	w.post(amina, path, "do", "escalate").is(t, "escalation at once", 409, "autorité supérieure dès le lendemain")
	w.on("2026-10-14")
	w.post(amina, path, "do", "escalate").is(t, "escalation on the last day of delivery", 409)
	w.on("2026-10-15")
	w.post(amina, path, "do", "escalate").leads(t, "escalate", path)
	w.get(governor, "/fr/office").is(t, "governor's list", 200, "Permis de construire", "26 octobre 2026")
	w.get(governor, office).is(t, "governor", 200, "Délivrer l’attestation")
	w.post(officerV, office, "do", "attest").is(t, "the commune cannot attest its own silence", 422)
	w.post(governor, office, "do", "attest", "text.fr", "aucune explication").leads(t, "attest", office)
	w.get(amina, path).is(t, "attested", 200, "Silence attesté")
	w.until("attestation in the locker", func() bool {
		for _, m := range w.meta {
			if m.Type == "attestation-of-silence" && m.Owner == subject && m.Issuer == "min_interieur" {
				return true
			}
		}
		return false
	})
	w.until("all mails", func() bool { return len(w.mails) == 4 })
	var templates []string
	for _, m := range w.mails {
		templates = append(templates, m.Template)
	}
	if got := strings.Join(templates, " "); got != "being-deposited receipt silence attestation" {
		t.Errorf("mails: %s", got)
	}
}

func TestPassportFromEvidenceToDecision(t *testing.T) {
	w := newWorld(t)
	path := w.start("passeport")
	w.get(amina, "/fr/dossiers/new?procedure=passeport").leads(t, "the draft is resumed", path)
	w.get(amina, path).is(t, "draft", 200, "il n’est pas déposé", `name="field.email"`, `name="piece.photo"`, `name="consent.civil-status"`)

	fields := []string{"field.territory", "Agdal", "field.email", "amina@example.ma"}
	w.post(amina, path, append(fields, "do", "fetch:civil-status")...).is(t, "no consent", 422, "Cochez d’abord")
	w.post(amina, path, append(fields, "consent.civil-status", "yes", "do", "fetch:civil-status")...).leads(t, "fetch", "#piece-civil-status")
	w.get(amina, path).is(t, "preview", 200, "4 mai 1990", "Date de naissance", "J’accepte")
	w.post(amina, path, append(fields, "do", "agree:civil-status")...).leads(t, "agree", "#piece-civil-status")

	bad := w.do(amina, "POST", path, values(append(fields, "do", "save")), map[string]upload{"piece.photo": {"photo.png", []byte("MZ not a picture")}})
	bad.is(t, "a file that is not what it claims", 422, "n’est pas ce que dit son nom", "amina@example.ma", `id="f-piece.photo-error"`)
	truncated := pngFile()
	truncated.data = truncated.data[:len(truncated.data)/2]
	w.do(amina, "POST", path, values(append(fields, "do", "save")), map[string]upload{"piece.photo": truncated}).is(t, "half a picture", 422, "f-piece.photo-error")
	w.post(amina, path, "field.territory", "Agdal", "field.email", "amina(at)example", "do", "check").is(t, "wrong address", 422, `value="amina(at)example"`, `id="f-field.email-error"`)
	w.do(amina, "POST", path, values(append(fields, "do", "check")), map[string]upload{"piece.photo": pngFile()}).leads(t, "check", "/check")

	w.post(amina, path, "do", "deposit").is(t, "deposit before paying", 422, "Payez les frais")
	w.post(amina, path, "do", "pay").leads(t, "pay", "/fr/payments/ord_1")
	w.paid()
	w.get(amina, path+"/check").is(t, "check", 200, "Déposer le dossier", "Fournie")
	w.post(amina, path, "do", "deposit").leads(t, "deposit", "/receipt")
	w.get(amina, path+"/receipt").is(t, "receipt", 200, "Dossier déposé", "Préfecture de Rabat", "un recours vous est ouvert")

	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.get(prefect, office).is(t, "officer", 200, "Amina Alaoui", "4 mai 1990", "Accepter et délivrer")
	if p := w.get(prefect, office+"/pieces/photo"); p.status != 200 || !strings.HasPrefix(p.body, "\x89PNG") {
		t.Errorf("photo: %d", p.status)
	}
	if w.opened[0] != "min_interieur dossier.examine" {
		t.Errorf("the holder must see who opened his photo and why: %v", w.opened)
	}
	receipt := office + "/papers/" + between(w.get(prefect, office).body, "/papers/", `"`)
	if p := w.get(prefect, receipt); p.status != 200 || !strings.HasPrefix(p.body, "%PDF") {
		t.Errorf("receipt for the officer at %s: %d", receipt, p.status)
	}
	w.post(prefect, office, "do", "accept").is(t, "an empty decision", 422, `id="f-text.ar-error"`)
	w.post(prefect, office, "do", "accept", "text.fr", "Passeport accordé.", "text.ar", "منح الجواز.").leads(t, "accept", office)
	w.get(amina, path).is(t, "accepted", 200, "Accepté", "Décision d’acceptation", "/fr/documents/doc_decision_")
	w.until("decision mailed", func() bool { return len(w.mails) == 2 && w.mails[1].Template == "decision" })
}

// paid lets payment announce the order, twice.
func (w *world) paid() {
	w.mu.Lock()
	o := w.orders["ord_1"]
	o.Status, o.Quittance = paymentapi.Paid, "doc_q"
	w.orders["ord_1"] = o
	w.mu.Unlock()
	for range 2 {
		if status := w.call("payment", "POST", "/v1/payment-events", paymentapi.Event{Order: o}); status != http.StatusNoContent {
			w.t.Fatalf("payment event: %d", status)
		}
	}
}

func TestAskingSuspendsTheClockOnce(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	w.on("2026-09-07")
	w.post(officerV, office, "do", "ask", "ask", "replacement", "piece", "mood", "grounds", "x").is(t, "unpublished piece", 409, "fiche publiée")
	w.post(officerV, office, "do", "ask", "ask", "information", "grounds", "").is(t, "no grounds", 422, "art. 14")
	w.post(officerV, office, "do", "ask", "ask", "information", "grounds", "Hauteur du bâtiment ?").leads(t, "ask", office)
	w.get(amina, path).is(t, "suspended", 200, "Hauteur du bâtiment", "suspendu jusqu’à votre réponse")
	w.on("2026-11-30")
	if w.sweep() != 0 {
		t.Fatal("a suspended clock reached silence")
	}
	w.on("2026-09-17")
	id := between(w.get(amina, path).body, `name="do" value="answer:`, `"`)
	w.post(amina, path, "do", "answer:"+id, "answer."+id, "12 mètres").leads(t, "answer", path)
	w.get(amina, path).is(t, "the worked example of the law", 200, "12 octobre 2026")
	w.post(officerV, office, "do", "ask", "ask", "information", "grounds", "encore").is(t, "a second time", 409, "une fois")
	w.on("2026-09-28")
	w.post(officerV, office, "do", "ask", "ask", "replacement", "piece", "plan", "grounds", "flou").is(t, "after the first half", 409, "première moitié")
	w.post(officerV, office, "do", "refuse", "text.fr", "").is(t, "refusal without grounds", 422, "motifs")
	w.post(officerV, office, "do", "refuse", "text.fr", "Hors zone constructible.").leads(t, "refuse", office)
	w.get(amina, path).is(t, "refused", 200, "former un recours")
}

func TestManyAtOnceAskOnce(t *testing.T) {
	w := newWorld(t)
	path := w.depositPermit(map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	var sent atomic.Int32
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			if w.post(officerV, office, "do", "ask", "ask", "information", "grounds", "Hauteur ?").status == http.StatusSeeOther {
				sent.Add(1)
			}
		})
	}
	wait.Wait()
	if n := sent.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTwoDepositsAtOnceGiveOneReceipt(t *testing.T) {
	w := newWorld(t)
	path := w.start("permis-construire")
	w.post(amina, path, "field.territory", "Agdal", "field.email", "amina@example.ma", "do", "save")
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			if p := w.post(amina, path, "do", "deposit"); p.status != http.StatusSeeOther || !strings.HasSuffix(p.location, "/receipt") {
				t.Errorf("deposit: %d %s", p.status, p.location)
			}
		})
	}
	wait.Wait()
	w.until("one receipt", func() bool { return len(w.sealed) == 1 })
	var n int
	if err := w.block.desk.DB.Pool().QueryRow(t.Context(), "SELECT count(*) FROM audit WHERE act = 'dossier.deposited'").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d deposits in the audit, %v", n, err)
	}
}

func TestPagesInFourLanguages(t *testing.T) {
	w := newWorld(t)
	draft := w.start("passeport")
	w.post(amina, draft, "field.territory", "Agdal", "field.email", "amina@example.ma", "consent.civil-status", "yes", "do", "fetch:civil-status")
	path := w.depositPermit(nil)
	office := strings.Replace(path, "/dossiers/", "/office/", 1)
	look := func(what string, get func(lang string) page) {
		t.Helper()
		for _, lang := range i18n.Langs {
			p := get(string(lang))
			if p.status != 200 || strings.Contains(p.body, "⟦") {
				t.Errorf("%s in %s: %d, missing %q", what, lang, p.status, between(p.body, "⟦", "⟧"))
			}
			for _, fault := range webtest.Faults(lang, p.body) {
				t.Errorf("%s in %s: %s", what, lang, fault)
			}
		}
	}
	in := func(path string) func(string) page {
		return func(lang string) page { return w.get(amina, strings.Replace(path, "/fr/", "/"+lang+"/", 1)) }
	}
	as := func(lang string) page { return w.get(officerV, strings.Replace(office, "/fr/", "/"+lang+"/", 1)) }
	look("list", in("/fr/dossiers"))
	look("draft", in(draft))
	look("check", in(draft+"/check"))
	look("receipt", in(path+"/receipt"))
	look("being deposited", in(path))
	look("office", as)
	look("inbox", func(lang string) page { return w.get(officerV, "/"+lang+"/office") })
	w.do(amina, "POST", path, url.Values{"do": {"complete"}}, map[string]upload{"piece.plan": pdfFile, "piece.land-title": pdfFile})
	look("deposited", in(path))
	look("office, deposited", as)
	w.on("2026-12-01")
	w.sweep()
	look("approved", in(path))
	w.post(amina, path, "do", "claim")
	look("claimed", in(path))
	w.on("2026-12-20")
	w.post(amina, path, "do", "escalate")
	look("escalated", in(path))
	look("governor", func(lang string) page { return w.get(governor, strings.Replace(office, "/fr/", "/"+lang+"/", 1)) })
	w.post(amina, draft, "do", "withdraw")
	look("start", in("/fr/dossiers/new?procedure=passeport"))
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

var pdfFile = upload{"plan.pdf", []byte("%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n")}

func pngFile() upload {
	var buf bytes.Buffer
	_ = png.Encode(&buf, image.NewGray(image.Rect(0, 0, 200, 200)))
	return upload{"photo.png", buf.Bytes()}
}
