package dossier

import (
	"context"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/payment/paymentapi"
)

// actPay asks payment for an order and leads to its page. The order's key derives from the dossier and its revision; only an
// expired order is followed by another.
func (k *Desk) actPay(ctx context.Context, d Dossier, in *web.Input, _ string) (string, error) {
	if hasFields(in) {
		var err error
		if d, err = k.keep(ctx, d, in); err != nil {
			return "", err
		}
	}
	if err := CheckAnswers(d.Sheet.Fields, d.Answers); err != nil {
		return "", err
	}
	if d.Competent.Org == "" {
		return "", invalid("field.territory", "territory_unknown")
	}
	if !d.FeeDue() {
		return d.path(), nil
	}
	o, err := k.order(ctx, d, d.ID.String()+"/fee/"+d.Revision)
	if err == nil && o.Status == paymentapi.Expired {
		o, err = k.order(ctx, d, d.ID.String()+"/fee/"+o.ID)
	}
	if err != nil {
		return "", err
	}
	_, err = k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		d.Fee.Order, d.Fee.Reference, d.Fee.PayPath = o.ID, o.Reference, o.PayPath
		return Outcome{Dossier: d, Act: "fee.ordered", Detail: map[string]string{"order": o.ID}}, nil
	})
	return o.PayPath, err
}

func (k *Desk) order(ctx context.Context, d Dossier, key string) (paymentapi.Order, error) {
	return k.Payment.CreateOrder(ctx, paymentapi.NewOrder{
		Payer: d.Person, Org: d.Competent.Org, Dossier: d.ID.String(), Amount: d.Sheet.Fee.Amount, Label: d.Title(), Revision: d.Revision,
		ReturnPath: d.path(), Notify: "casework", Email: d.Email(), Lang: string(d.Lang), Key: key,
	})
}

// refreshFee asks payment about an order that is not known to be paid, so that the page a person comes back to is right even
// when the announcement is late.
func (k *Desk) refreshFee(ctx context.Context, d Dossier) (Dossier, error) {
	if d.State != Draft || d.Fee.Order == "" || !d.Fee.PaidOn.IsZero() {
		return d, nil
	}
	o, err := k.Payment.Order(ctx, d.Fee.Order)
	if errs.KindOf(err) == errs.Unavailable && err != nil {
		return d, nil // the page still works; payment will announce it
	}
	if err != nil || o.Status != paymentapi.Paid {
		return d, err
	}
	return k.Paid(ctx, pg.Person(d.Person), d.ID, o)
}

// Paid notes that an order is paid. A second announcement, or one for another order, changes nothing.
func (k *Desk) Paid(ctx context.Context, p pg.Principal, id ID, o paymentapi.Order) (Dossier, error) {
	return k.Decide(ctx, p, id, "", func(d Dossier) (Outcome, error) {
		if o.Status != paymentapi.Paid || d.Fee.Order != o.ID {
			return Outcome{Dossier: d}, nil
		}
		if !d.Fee.PaidOn.IsZero() { // the second announcement brings the quittance
			d.Fee.Quittance = o.Quittance
			return Outcome{Dossier: d}, nil
		}
		d.Fee.PaidOn, d.Fee.Quittance = k.Clock.Today(), o.Quittance
		return Outcome{Dossier: d, Act: "fee.paid", Detail: map[string]string{"order": o.ID}}, nil
	})
}

// ParseID reads the printed form of a dossier's id.
func ParseID(s string) (ID, error) { return ids.Parse[dossierKind](s) }
