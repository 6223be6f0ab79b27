package citizen

import (
	"context"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// The flow of art. 24: consent (recorded first) ─► fetch ─► preview ─► agreement ─► the evidence counts. What cannot be had is
// said beside the piece, and the person may bring it himself.

func (k Desk) actFetch(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	if in.Get("consent."+code) != "yes" {
		return "", dossier.Invalid("consent."+code, "consent_needed")
	}
	today := k.Clock.Today()
	d, err = k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Consent(d, code, today) })
	if err != nil {
		return "", err
	}
	want, _ := d.Published(code)
	consent := d.ConsentFor(code)
	e, err := k.Exchange.Fetch(ctx, exchangeapi.EvidenceRequest{
		Subject: d.Person, Consumer: d.Competent.Org, Evidence: want.Evidence, Procedure: d.Procedure, Purpose: "dossier." + d.Procedure,
		LegalBasis: "law-55-19:24", Consent: consent, Dossier: d.ID.String(), Key: consent + "/" + today.String(),
	})
	if err != nil {
		return "", errs.New(errs.Invalid, "form_invalid").Field("consent."+code, evidenceCode(err)).Cause(err)
	}
	got := dossier.Fetched{Consent: consent, Evidence: e.Evidence, Message: e.ID, Provider: e.Provider, Content: e.Content}
	return k.pieceAct(ctx, d, code, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Receive(d, code, got) })
}

// evidenceCode chooses the sentence for evidence that could not be had.
func evidenceCode(err error) string {
	switch code := errs.CodeOf(err); code {
	case "evidence_not_found", "exchange_not_allowed":
		return code
	}
	return "evidence_unavailable"
}

func (k Desk) actAgree(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	p, _ := d.Piece(code)
	return k.pieceAct(ctx, d, code, func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Agree(d, code, p.Evidence, k.Clock.Today())
	})
}

func (k Desk) actDisagree(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return k.pieceAct(ctx, d, code, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Remove(d, code, "evidence.declined") })
}

func (k Desk) actRemove(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return k.pieceAct(ctx, d, code, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Remove(d, code, "") })
}

// pieceAct runs a rule about one piece of the draft and leads back to it.
func (k Desk) pieceAct(ctx context.Context, d dossier.Dossier, code string, rule dossier.Rule) (string, error) {
	next, err := k.decide(ctx, d, rule)
	return next + "#piece-" + code, err
}
