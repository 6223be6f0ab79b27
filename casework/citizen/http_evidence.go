package citizen

import (
	"context"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
	"wasl/kit/web"
)

// The flow of art. 24: consent (recorded first) ─► fetch ─► preview ─► agreement ─► the evidence counts. What cannot be had is
// said beside the piece, and the person may bring it himself.

func (k Desk) actFetch(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	want, ok := d.Published(code)
	if !ok || want.Evidence == "" {
		return "", errs.New(errs.Invalid, "piece_unknown")
	}
	if in.Get("consent."+code) != "yes" {
		return "", dossier.Invalid("consent."+code, "consent_needed")
	}
	if d.Competent.Org == "" {
		return "", dossier.Invalid("field.territory", "territory_first")
	}
	p := dossier.Piece{Code: code, Consent: d.ID.String() + "/" + code, Consented: k.Clock.Today()}
	if _, err := k.setPiece(ctx, d, p, "evidence.consented", map[string]string{"piece": code}); err != nil {
		return "", err
	}
	e, err := k.Exchange.Fetch(ctx, exchangeapi.EvidenceRequest{
		Subject: d.Person, Consumer: d.Competent.Org, Evidence: want.Evidence, Procedure: d.Procedure, Purpose: "dossier." + d.Procedure,
		LegalBasis: "law-55-19:24", Consent: p.Consent, Dossier: d.ID.String(), Key: p.Consent + "/" + d.Competent.Org + "/" + p.Consented.String(),
	})
	if err != nil {
		return "", errs.New(errs.Invalid, "form_invalid").Field("consent."+code, evidenceCode(err)).Cause(err)
	}
	p.Evidence, p.Provider, p.Content = e.ID, e.Provider, e.Content
	return k.setPiece(ctx, d, p, "evidence.fetched", map[string]string{"piece": code, "message": e.ID, "provider": e.Provider})
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
	p, ok := d.Piece(code)
	if !ok || p.Evidence == "" {
		return "", errs.New(errs.Conflict, "piece_unknown")
	}
	p.Agreed = k.Clock.Today()
	return k.setPiece(ctx, d, p, "evidence.agreed", map[string]string{"piece": code, "message": p.Evidence})
}

func (k Desk) actDisagree(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return k.setPiece(ctx, d, dossier.Piece{Code: code}, "evidence.declined", map[string]string{"piece": code})
}

func (k Desk) actRemove(ctx context.Context, d dossier.Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return k.setPiece(ctx, d, dossier.Piece{Code: code}, "", nil)
}

// setPiece puts one piece into the draft, or takes it out, and leads back to it.
func (k Desk) setPiece(ctx context.Context, d dossier.Dossier, p dossier.Piece, act string, detail map[string]string) (string, error) {
	next, err := k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.SetPiece(d, p, act, detail) })
	return next + "#piece-" + p.Code, err
}
