package citizen

import (
	"context"

	"wasl/casework/dossier"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/payment/paymentapi"
)

// actPay asks payment for an order and leads to its page. The order's key derives from the dossier, its revision and who is paid;
// only an expired order is followed by another.
func (k Desk) actPay(ctx context.Context, d dossier.Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	if err := dossier.CheckAnswers(d.Sheet.Fields, d.Answers); err != nil {
		return "", err
	}
	if d.Competent.Org == "" {
		return "", dossier.Invalid("field.territory", "territory_unknown")
	}
	if !d.FeeDue() {
		return path(d), nil
	}
	o, err := k.order(ctx, d, d.ID.String()+"/fee/"+d.Revision+"/"+d.Competent.Org)
	for err == nil && o.Status == paymentapi.Expired {
		o, err = k.order(ctx, d, d.ID.String()+"/fee/"+o.ID)
	}
	if err != nil {
		return "", err
	}
	_, err = k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Ordered(d, o.ID, o.Reference, o.PayPath)
	})
	return o.PayPath, err
}

func (k Desk) order(ctx context.Context, d dossier.Dossier, key string) (paymentapi.Order, error) {
	return k.Payment.CreateOrder(ctx, paymentapi.NewOrder{
		Payer: d.Person, Org: d.Competent.Org, Dossier: d.ID.String(), Amount: d.Sheet.Fee.Amount, Label: d.Title(), Revision: d.Revision,
		ReturnPath: path(d), Notify: "casework", Email: d.Email(), Lang: string(d.Lang), Key: key,
	})
}

// refreshFee asks payment about an order that is not known to be paid, so that the page a person comes back to is right even
// when the announcement is late.
func (k Desk) refreshFee(ctx context.Context, d dossier.Dossier) (dossier.Dossier, error) {
	if d.State != dossier.Draft || d.Fee.Order == "" || !d.Fee.PaidOn.IsZero() {
		return d, nil
	}
	o, err := k.Payment.Order(ctx, d.Fee.Order)
	if errs.KindOf(err) == errs.Unavailable && err != nil {
		return d, nil // the page still works; payment will announce it
	}
	if err != nil || o.Status != paymentapi.Paid {
		d.Fee.Confirming = o.Status == paymentapi.Confirming
		return d, err
	}
	return k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Paid(d, o.ID, o.Quittance, k.Clock.Today()), nil
	})
}
