package payment

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/wire"
	"wasl/payment/paymentapi"
	"wasl/support/supportapi"
)

// Announcement is the job that tells the block named in the order how it
// stands: a signed call, repeated until it is taken.
type Announcement struct {
	Order OrderID `json:"order"`
}

// Kind names the job.
func (Announcement) Kind() string { return "payment_announcement" }

func (b *Block) announceLater(ctx context.Context, tx pgx.Tx, o Order) error {
	if o.Notify == "" {
		return nil
	}
	_, err := b.jobs.Insert(ctx, tx, Announcement{Order: o.ID}, nil)
	return err
}

// announce sends the order as it is now, not as it was when the job was made.
func (b *Block) announce(ctx context.Context, args Announcement) error {
	o, err := b.order(ctx, args.Order)
	if err != nil {
		return err
	}
	key := "payment/" + o.ID.String() + "/" + o.State.Public() + "/" + o.Document
	return b.deps.Peer(o.Notify).JSON(ctx, http.MethodPost, "/v1/payment-events", paymentapi.Event{Order: o.API()}, nil, wire.Idempotency(key))
}

// PayerMail is the job that has the payer told by e-mail.
type PayerMail struct {
	Order OrderID `json:"order"`
}

// Kind names the job.
func (PayerMail) Kind() string { return "payment_payer_mail" }

// tellPayer hands the message to support and forgets the address.
func (b *Block) tellPayer(ctx context.Context, args PayerMail) error {
	var o Order
	var email, lang string
	err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if o, err = orderByID(ctx, tx, args.Order); err != nil {
			return err
		}
		email, lang, err = mailbox(ctx, tx, o.ID)
		return err
	})
	if err != nil || email == "" {
		return err
	}
	_, err = b.support().Send(ctx, supportapi.Message{
		To: email, Lang: lang, Template: "payment", Key: "payment/" + o.ID.String(),
		Params: map[string]string{"reference": o.Reference, "link": b.deps.PortalURL + "/" + lang + o.PayPath()},
	})
	if err != nil {
		return err
	}
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error { return forgetMailbox(ctx, tx, o.ID) })
}
