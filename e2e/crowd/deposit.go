package crowd

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"wasl/e2e/cast"
	"wasl/kit/pdf"
)

// Plan is the PDF that the crowd brings as plan and as title.
func Plan() ([]byte, error) {
	d := pdf.New(pdf.Meta{Title: "Plan", Lang: "fr", Created: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), Issuer: "Architecte"})
	d.Title("تصميم", "Plan")
	return d.Bytes()
}

// Deposit goes from the start page of the building permit, or the draft left there, to the receipt, and returns its reference.
func (v *Visitor) Deposit(ctx context.Context, plan []byte) (reference string, err error) {
	page, err := v.Open(ctx, v.at.Portal+"/fr/dossiers/new?procedure="+cast.Permit)
	if err != nil {
		return "", err
	}
	if f, err := page.Form("procedure"); err == nil {
		if page, err = f.Submit(ctx); err != nil {
			return "", err
		}
	}
	f, err := page.Form("piece.plan")
	if err != nil {
		return "", err
	}
	cast.FillPermit(f, "crowd@example.org")
	f.Attach("piece.plan", "plan.pdf", "application/pdf", plan).Attach("piece.land-title", "titre.pdf", "application/pdf", plan)
	if page, err = f.Press(ctx, "do", "check"); err != nil {
		return "", err
	}
	if f, err = page.Form("do"); err != nil {
		return "", err
	}
	if page, err = f.Press(ctx, "do", "deposit"); err != nil {
		return "", err
	}
	if err := page.OK(http.StatusOK); err != nil {
		return "", err
	}
	if !strings.HasSuffix(page.URL.Path, "/receipt") {
		return "", fmt.Errorf("crowd: no receipt at %s", page.URL.Path)
	}
	reference, _ = page.Find("class", "num")
	return reference, nil
}
