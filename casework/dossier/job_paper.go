package dossier

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/locker/lockerapi"
	"wasl/signature/signatureapi"
)

type jobArgs = jobs.Args

// PaperJob makes the PDF of a legal document from its row, has it sealed and puts it into the person's locker.
type PaperJob struct {
	Paper string `json:"paper"`
}

// Kind names the job.
func (PaperJob) Kind() string { return "dossier_paper" }

// lockerTypes are the words of the locker for our documents.
var lockerTypes = map[PaperKind]string{
	ReceiptBeing: "receipt", ReceiptDeposited: "receipt", AcceptedDecision: "decision", RefusedDecision: "decision",
	ReturnDecision: "decision", Attestation: "attestation-of-silence",
}

// makePaper may run twice: the same row gives the same bytes, and seal and locker know the key.
func (k *Desk) makePaper(ctx context.Context, job PaperJob) error {
	id, err := ids.Parse[paperKind](job.Paper)
	if err != nil {
		return errs.Wrap("casework: paper job", err)
	}
	var p PaperRow
	err = k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		p, err = loadPaper(ctx, tx, id)
		return err
	})
	if err != nil || p.Document != "" {
		return err
	}
	data, err := Compose(k.Pages.Bundle(), p.Kind, p.Facts, p.IssuedAt, k.VerifyURL(p.Facts))
	if err != nil {
		return errs.Wrap("casework: compose "+string(p.Kind), err)
	}
	issuer, _ := p.Facts.Issuer.In(i18n.French)
	sealed, err := k.Signature.SealPDF(ctx, signatureapi.SealRequest{Org: p.Facts.Org, OrgName: issuer, Reason: string(p.Kind), Key: job.Paper}, data)
	if err != nil {
		return errs.Wrap("casework: seal "+string(p.Kind), err)
	}
	doc, err := k.Locker.Put(ctx, lockerapi.NewDocument{
		Owner: p.Person, Kind: lockerapi.Issued, Type: lockerTypes[p.Kind], Title: k.paperTitle(p), Issuer: p.Facts.Org,
		Reference: p.Facts.Reference, Seal: sealed.ID, ContentType: "application/pdf", Key: job.Paper,
		Code: p.Facts.Code, Printed: p.Facts.printed(),
	}, bytes.NewReader(sealed.PDF))
	if err != nil {
		return errs.Wrap("casework: store "+string(p.Kind), err)
	}
	p.Seal, p.SealKey, p.SHA256, p.Document = sealed.ID, sealed.KeyID, sealed.SHA256, doc.ID
	return k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error { return markSealed(ctx, tx, p) })
}

// paperTitle names a document in each language: "Receipt: Building permit".
func (k *Desk) paperTitle(p PaperRow) i18n.Text {
	title := i18n.Text{}
	for _, lang := range i18n.Langs {
		procedure, _ := p.Facts.Procedure.In(lang)
		title[lang] = k.Pages.Bundle().T(lang, "paper."+string(p.Kind)+".title") + " – " + procedure
	}
	return title
}

// VerifyURL is the public page where whoever holds a document compares it with what was issued.
func (k *Desk) VerifyURL(f Facts) string {
	return k.PortalURL + "/ar/verify/" + f.Reference + "?c=" + f.Code
}
