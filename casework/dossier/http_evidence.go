package dossier

import (
	"context"
	"slices"

	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// The flow of art. 24: consent (recorded first) ─► fetch ─► preview ─► agreement ─► the evidence counts. What cannot be had is
// said beside the piece, and the person may bring it himself.

func (k *Desk) actFetch(ctx context.Context, d Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	want, ok := d.Published(code)
	if !ok || want.Evidence == "" {
		return "", errs.New(errs.Invalid, "piece_unknown")
	}
	if in.Get("consent."+code) != "yes" {
		return "", invalid("consent."+code, "consent_needed")
	}
	if d.Competent.Org == "" {
		return "", invalid("field.territory", "territory_first")
	}
	p := Piece{Code: code, Consent: d.ID.String() + "/" + code, Consented: k.Clock.Today()}
	consented := Outcome{Act: "evidence.consented", Detail: map[string]string{"piece": code}}
	if err := k.setPiece(ctx, d, p, consented); err != nil {
		return "", err
	}
	e, err := k.Exchange.Fetch(ctx, exchangeapi.EvidenceRequest{
		Subject: d.Person, Consumer: d.Competent.Org, Evidence: want.Evidence, Procedure: d.Procedure, Purpose: "dossier." + d.Procedure,
		LegalBasis: "law-55-19:24", Consent: p.Consent, Dossier: d.ID.String(), Key: p.Consent + "/" + p.Consented.String(),
	})
	if err != nil {
		return "", errs.New(errs.Invalid, "form_invalid").Field("consent."+code, evidenceCode(err)).Cause(err)
	}
	p.Evidence, p.Provider, p.Content = e.ID, e.Provider, e.Content
	fetched := Outcome{Act: "evidence.fetched", Detail: map[string]string{"piece": code, "message": e.ID, "provider": e.Provider}}
	return d.path() + "#piece-" + code, k.setPiece(ctx, d, p, fetched)
}

// evidenceCode chooses the sentence for evidence that could not be had.
func evidenceCode(err error) string {
	switch code := errs.CodeOf(err); code {
	case "evidence_not_found", "exchange_not_allowed":
		return code
	}
	return "evidence_unavailable"
}

func (k *Desk) actAgree(ctx context.Context, d Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	p, ok := d.Piece(code)
	if !ok || p.Evidence == "" {
		return "", errs.New(errs.Conflict, "piece_unknown")
	}
	p.Agreed = k.Clock.Today()
	return d.path() + "#piece-" + code, k.setPiece(ctx, d, p, Outcome{Act: "evidence.agreed", Detail: map[string]string{"piece": code, "message": p.Evidence}})
}

func (k *Desk) actDisagree(ctx context.Context, d Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return d.path(), k.setPiece(ctx, d, Piece{Code: code}, Outcome{Act: "evidence.declined", Detail: map[string]string{"piece": code}})
}

// setPiece puts one piece into a draft, or takes it out when it holds nothing.
func (k *Desk) setPiece(ctx context.Context, d Dossier, p Piece, out Outcome) error {
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		if d.State != Draft {
			return Outcome{}, notNow(d)
		}
		d.Pieces = merge(d.Pieces, []Piece{p})
		if p.Document == "" && p.Consent == "" {
			d.Pieces = slices.DeleteFunc(d.Pieces, func(o Piece) bool { return o.Code == p.Code })
		}
		out.Dossier = d
		return out, nil
	})
	return err
}
