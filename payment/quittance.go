package payment

import (
	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pdf"
)

// quittancePDF writes the receipt of a payment in Arabic and French. The same
// order gives the same bytes, so that sealing it twice is sealing it once.
func quittancePDF(o Order, creditor catalogapi.Organisation, texts *i18n.Bundle, portalURL string) ([]byte, error) {
	ar := func(key string, args ...any) string { return texts.T(i18n.Arabic, key, args...) }
	fr := func(key string, args ...any) string { return texts.T(i18n.French, key, args...) }
	nameAr, _ := creditor.Name.In(i18n.Arabic)
	nameFr, _ := creditor.Name.In(i18n.French)
	labelAr, _ := o.Label.In(i18n.Arabic)
	labelFr, _ := o.Label.In(i18n.French)
	day := civil.In(o.PaidAt, civil.Casablanca)

	d := pdf.New(pdf.Meta{
		Title: ar("quittance.title"), Subject: fr("quittance.title"), Lang: string(i18n.Arabic),
		Created: o.PaidAt.UTC(), Issuer: nameAr + " | " + nameFr,
	})
	d.Title(ar("quittance.title"), fr("quittance.title"))
	d.Bilingual(
		ar("quittance.text", "amount", o.Amount, "org", nameAr, "date", day),
		fr("quittance.text", "amount", o.Amount, "org", nameFr, "date", day))
	d.Heading(labelAr, labelFr)
	d.Field(ar("order.reference"), fr("order.reference"), o.Reference)
	d.Field(ar("order.amount"), fr("order.amount"), o.Amount.Dirhams()+" MAD")
	d.Field(ar("order.paid_at"), fr("order.paid_at"), day.String())
	d.Field(ar("quittance.transaction"), fr("quittance.transaction"), o.Attempt)
	d.Note(ar("quittance.note"), fr("quittance.note"))
	code := o.quittanceCode()
	d.Field(ar("quittance.code"), fr("quittance.code"), code)
	d.QR(portalURL+"/ar/verify/"+o.Reference+"?c="+code, ar("quittance.scan"), fr("quittance.scan"))
	return d.Bytes()
}

// quittanceCode is printed on the quittance. It names no person, so the order's number is secret enough for it.
func (o Order) quittanceCode() string { return ids.DeriveCode("quittance", o.ID.String()) }

// quittanceTitle is the document's name in the payer's locker.
func quittanceTitle(o Order, texts *i18n.Bundle) i18n.Text {
	title := i18n.Text{}
	for _, lang := range i18n.Langs {
		label, _ := o.Label.In(lang)
		title[lang] = texts.T(lang, "quittance.document", "label", label)
	}
	return title
}
