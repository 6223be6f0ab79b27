package dossier

import (
	"time"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/pdf"
	"wasl/law"
	"wasl/locker/lockerapi"
)

// Compose writes the PDF of a legal document from its facts, in Arabic and French. The same facts give the same bytes, so that
// sealing it twice gives one seal. verify is the public address at which the document can be checked.
func Compose(texts *i18n.Bundle, kind PaperKind, f Facts, issued time.Time, verify string) ([]byte, error) {
	c := composer{texts: texts}
	issuerAr, _ := f.Issuer.In(i18n.Arabic)
	issuerFr, _ := f.Issuer.In(i18n.French)
	titleAr, titleFr := c.say("paper." + string(kind) + ".title")
	c.doc = pdf.New(pdf.Meta{Title: titleFr, Subject: f.Reference, Lang: "ar", Created: issued, Issuer: issuerAr + " | " + issuerFr})
	c.doc.Title(titleAr, titleFr)
	c.identity(f)
	switch kind {
	case ReceiptBeing, ReceiptDeposited:
		c.receipt(f)
	case AcceptedDecision, RefusedDecision, ReturnDecision:
		c.decision(kind, f)
	case Attestation:
		c.attestation(f)
	}
	codeAr, codeFr := c.say("paper.code")
	c.doc.Field(codeAr, codeFr, f.Code)
	captionAr, captionFr := c.say("paper.qr_code")
	c.doc.QR(verify, captionAr, captionFr)
	if kind == Attestation {
		c.trace(f.Trace)
	}
	footAr, footFr := c.say("paper.footer", "reference", f.Reference)
	c.doc.Footer(footAr, footFr)
	return c.doc.Bytes()
}

// printed is what the public page shows of the paper to whoever has its code.
func (f Facts) printed() *lockerapi.Printed {
	return &lockerapi.Printed{PersonAr: f.PersonAr, PersonFr: f.PersonFr, On: f.On}
}

type composer struct {
	texts *i18n.Bundle
	doc   *pdf.Document
}

func (c composer) say(key string, args ...any) (ar, fr string) {
	return c.texts.T(i18n.Arabic, key, args...), c.texts.T(i18n.French, key, args...)
}

func (c composer) line(key string, args ...any) { c.doc.Bilingual(c.say(key, args...)) }

func (c composer) heading(key string) { c.doc.Heading(c.say(key)) }

// dated says a sentence about a date that exists.
func (c composer) dated(key string, d civil.Date) {
	if !d.IsZero() {
		c.line(key, "date", d)
	}
}

func (c composer) text(t i18n.Text) {
	ar, _ := t.In(i18n.Arabic)
	fr, _ := t.In(i18n.French)
	c.doc.Bilingual(ar, fr)
}

func (c composer) identity(f Facts) {
	refAr, refFr := c.say("paper.reference")
	c.doc.Field(refAr, refFr, f.Reference)
	c.heading("paper.procedure")
	c.text(f.Procedure)
	c.heading("paper.person")
	c.doc.Bilingual(f.PersonAr, f.PersonFr)
	c.heading("paper.administration")
	if !f.About.IsZero() {
		c.text(f.About)
		return
	}
	c.text(f.Unit)
}

func (c composer) receipt(f Facts) {
	c.heading("paper.effect")
	if len(f.Missing) > 0 {
		c.line("paper.being_deposited", "date", f.On)
		c.dated("paper.complete_by", f.CompleteBy)
		c.list("paper.missing", f.Missing)
		return
	}
	c.dated("paper.deposited", f.Deposited)
	c.dated("paper.last_day", f.LastDay)
	if f.Silence == law.Approval || f.Silence == law.OpenAppeal {
		c.dated("paper.silence_"+string(f.Silence), f.SilenceOn)
	}
	c.list("paper.pieces", f.Pieces)
}

// list writes pieces under a heading, none when there are none.
func (c composer) list(key string, pieces []i18n.Text) {
	if len(pieces) == 0 {
		return
	}
	c.heading(key)
	for _, p := range pieces {
		c.text(p)
	}
}

func (c composer) decision(kind PaperKind, f Facts) {
	c.heading("paper.decision")
	c.line("paper."+string(kind)+".text", "date", f.On)
	if f.TextAr != "" || f.TextFr != "" {
		c.heading("paper.grounds_" + map[bool]string{true: "decision", false: "refusal"}[kind == AcceptedDecision])
		c.doc.Bilingual(f.TextAr, f.TextFr)
	}
	if f.Authority != law.NoAuthority {
		c.heading("paper.appeal")
		c.line("law.authority." + string(f.Authority))
		c.dated("paper.appeal_by", f.AppealBy)
	}
}

func (c composer) attestation(f Facts) {
	c.heading("paper.effect")
	c.line("paper.attestation_text", "date", f.SilenceOn)
	c.dated("paper.deposited", f.Deposited)
	c.dated("paper.last_day", f.LastDay)
	c.dated("paper.claimed", f.Claimed)
	c.dated("paper.escalated", f.Escalated)
	c.line("paper.explanations")
	if f.TextAr != "" || f.TextFr != "" {
		c.doc.Bilingual(f.TextAr, f.TextFr)
	}
	c.line("paper.fees_remain")
}

// trace explains every date, with its article.
func (c composer) trace(t law.Trace) {
	c.heading("paper.trace")
	for _, s := range t {
		key, args := s.Sentence()
		ar, fr := c.say(key, args...)
		articleAr, articleFr := c.say("law.article", "n", s.Article)
		c.doc.Bilingual(articleAr+": "+ar, articleFr+" : "+fr)
	}
}
