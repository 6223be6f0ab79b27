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
	key := "payment/" + o.ID.String() + "/" + string(o.State) + "/" + o.Document
	return b.deps.Peer(o.Notify).JSON(ctx, http.MethodPost, "/v1/payment-events", paymentapi.Event{Order: o.API()}, nil, wire.Idempotency(key))
}

// News is what the payer is told by message.
type News string

// The news.
const (
	TellPaid     News = "paid"     // the fee is paid
	TellReleased News = "released" // the bank did not take what it held: pay again
	TellCase     News = "case"     // a payment came that the order cannot use
	TellSettled  News = "settled"  // that payment was released or given back
)

// templates are support's names of the messages.
var templates = map[News]string{
	TellPaid: "payment", TellReleased: "payment-released", TellCase: "payment-case", TellSettled: "payment-settled",
}

// PayerMail is the job that has the payer told.
type PayerMail struct {
	Order   OrderID `json:"order"`
	News    News    `json:"news"`
	Attempt string  `json:"attempt"`
}

// Kind names the job.
func (PayerMail) Kind() string { return "payment_payer_mail" }

func (b *Block) tellLater(ctx context.Context, tx pgx.Tx, id OrderID, news News, attempt string) error {
	_, err := b.jobs.Insert(ctx, tx, PayerMail{Order: id, News: news, Attempt: attempt}, nil)
	return err
}

// tellPayer hands the message to support. Where no address is known, or not any
// more, the payer's page alone tells it.
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
	if args.News == "" {
		args.News = TellPaid // a job of the first release
	}
	_, err = b.support().Send(ctx, supportapi.Message{
		To: email, Lang: lang, Template: templates[args.News], Key: "payment/" + o.ID.String() + "/" + string(args.News) + "/" + args.Attempt,
		Params: map[string]string{"reference": o.Reference, "link": b.deps.PortalURL + "/" + lang + o.PayPath()},
	})
	return err
}
