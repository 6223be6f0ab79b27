package locker

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/locker/lockerapi"
)

func printedDecision(key, title, name string) lockerapi.NewDocument {
	n := decision(key)
	n.Title = i18n.Text{"fr": title, "ar": title}
	n.Code = ids.NewCode()
	n.Printed = &lockerapi.Printed{PersonAr: "فاطمة", PersonFr: name, On: civil.MustParse("2026-09-01")}
	return n
}

// Somebody changes the name on a printed decision and keeps its genuine code: who scans it sees to whom it was really issued.
func TestAGenuineCodeOnAForgedPaperShowsTheGenuineDocument(t *testing.T) {
	r := open(t)
	receipt, accepted := printedDecision("k1", "Récépissé – Permis", "Fatima Zahra"), printedDecision("k2", "Décision – Permis", "Fatima Zahra")
	d := r.put(t, receipt, pdf)
	r.put(t, accepted, []byte("%PDF-1.7 another"))
	expect(t, r.as(t, "", "GET", "/fr/verify/"+reference+"?c="+receipt.Code, nil), 200,
		"Récépissé – Permis", "Fatima Zahra", "1er septembre 2026", "Commune de Rabat", reference, d.SHA256)
	w := r.as(t, "", "GET", "/fr/verify/"+reference+"?c="+accepted.Code, nil)
	expect(t, w, 200, "Décision – Permis")
	if strings.Contains(w.Body.String(), "Récépissé") {
		t.Error("the decision's code shows the receipt")
	}
	typed := strings.ToLower(strings.ReplaceAll(receipt.Code, "-", "+"))
	expect(t, r.as(t, "", "GET", "/fr/verify?reference="+typed, nil), 200, "Récépissé – Permis")
}

func TestACodeThatWasNotIssuedIsNamed(t *testing.T) {
	r := open(t)
	n := printedDecision("k1", "Décision", "Fatima Zahra")
	r.put(t, n, pdf)
	for name, address := range map[string]string{
		"another code":                     "/fr/verify/" + reference + "?c=" + ids.NewCode(),
		"the code under another reference": "/fr/verify/" + ids.NewReference() + "?c=" + n.Code,
	} {
		w := r.as(t, "", "GET", address, nil)
		expect(t, w, 404, "aucun document")
		if strings.Contains(w.Body.String(), "Fatima") {
			t.Errorf("%s tells the name", name)
		}
	}
	expect(t, r.as(t, "", "GET", "/fr/verify/"+reference+"?c=x", nil), 422, "référence")
	if w := r.as(t, "", "GET", "/fr/verify/"+reference, nil); strings.Contains(w.Body.String(), "Fatima") {
		t.Error("the reference alone tells the name")
	}
}

// A code is neither in the rows nor to be had from them.
func TestTheRowsTellNeitherCodeNorName(t *testing.T) {
	r := open(t)
	n := printedDecision("k1", "Décision", "Fatima Zahra")
	r.put(t, n, pdf)
	var row string
	err := r.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT d::text || encode(printed, 'escape') FROM document d`).Scan(&row)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{n.Code, strings.ReplaceAll(n.Code, "-", ""), "Fatima", "فاطمة"} {
		if strings.Contains(row, secret) {
			t.Errorf("the row tells %q", secret)
		}
	}
	docs, err := r.store.many(t.Context(), pg.System(), selectByReference, reference)
	if err != nil || len(docs) != 1 {
		t.Fatal(docs, err)
	}
	moved := docs[0]
	moved.ID = ids.Derive[documentKind]("another")
	if _, err := openPrinted(n.Code, moved); err == nil {
		t.Error("what one document says opens as another's")
	}
	if _, err := openPrinted(ids.NewCode(), docs[0]); err == nil {
		t.Error("another code opens it")
	}
}

func TestACodeAndWhatItOpensComeTogether(t *testing.T) {
	r := open(t)
	for name, change := range map[string]func(*lockerapi.NewDocument){
		"a code alone":     func(n *lockerapi.NewDocument) { n.Printed = nil },
		"facts alone":      func(n *lockerapi.NewDocument) { n.Code = "" },
		"a code too short": func(n *lockerapi.NewDocument) { n.Code = "K7M2" },
		"a code misspelt":  func(n *lockerapi.NewDocument) { n.Code = strings.ToLower(n.Code) + "x" },
	} {
		n := printedDecision("k1", "Décision", "Fatima")
		change(&n)
		if _, err := r.api.Put(t.Context(), n, bytes.NewReader(pdf)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
