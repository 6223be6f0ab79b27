package payment

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/locker/lockerapi"
	"wasl/signature/signatureapi"
)

// Quittance is the job that seals the receipt of a paid order into the payer's
// locker.
type Quittance struct {
	Order OrderID `json:"order"`
}

// Kind names the job.
func (Quittance) Kind() string { return "payment_quittance" }

// sealQuittance may run twice: seal and document derive their keys from the
// order, and an order that has its document is left alone.
func (b *Block) sealQuittance(ctx context.Context, args Quittance) error {
	o, err := b.order(ctx, args.Order)
	if err != nil || o.State != Captured || o.Document != "" {
		return err // what the bank has not taken has no quittance, whatever a job of the first release says
	}
	creditor, err := b.catalog().Organisation(ctx, o.Org)
	if err != nil {
		return err
	}
	texts := b.pages.Bundle()
	file, err := quittancePDF(o, creditor, texts, b.deps.PortalURL)
	if err != nil {
		return err
	}
	key := "quittance/" + o.ID.String()
	name, _ := creditor.Name.In(i18n.French)
	sealed, err := b.signature().SealPDF(ctx, signatureapi.SealRequest{Org: o.Org, OrgName: name, Reason: "quittance", Key: key}, file)
	if err != nil {
		return err
	}
	doc, err := b.locker().Put(ctx, lockerapi.NewDocument{
		Owner: o.Payer, Kind: lockerapi.Issued, Type: "quittance", Title: quittanceTitle(o, texts), Issuer: o.Org,
		Reference: o.Reference, Seal: sealed.ID, ContentType: "application/pdf", Key: key,
		Code: o.quittanceCode(), Printed: &lockerapi.Printed{On: civil.In(o.PaidAt, civil.Casablanca), Amount: o.Amount},
	}, bytes.NewReader(sealed.PDF))
	if err != nil {
		return err
	}
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		locked, err := lockOrder(ctx, tx, o.ID)
		if err != nil || locked.Document != "" {
			return err
		}
		if err := saveDocument(ctx, tx, o.ID, doc.ID); err != nil {
			return err
		}
		if err := b.record(ctx, tx, o, "payment.quittance", map[string]string{"document": doc.ID, "sha256": sealed.SHA256}); err != nil {
			return err
		}
		return b.announceLater(ctx, tx, o) // with the document this time
	})
}

func (b *Block) order(ctx context.Context, id OrderID) (o Order, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		o, err = orderByID(ctx, tx, id)
		return err
	})
	return o, err
}
