package journey

import (
	"context"
	"fmt"
	"strings"

	"wasl/e2e/actor"
)

// pay goes to the bank's hosted page, pays by card, confirms, and comes back to the dossier.
func (p *person) pay(ctx context.Context, path string) (*actor.Page, string, error) {
	page, err := p.open(ctx, path)
	if err != nil {
		return nil, "", err
	}
	form, err := page.Form("field.email")
	if err != nil {
		return nil, "", err
	}
	if page, err = form.Press(ctx, "do", "pay"); err != nil {
		return nil, "", err
	}
	if form, err = page.FormTo("/fim/est3Dgate"); err != nil {
		return nil, "", err
	}
	if form.Value("amount") != "500.00" || form.Value("currency") != "504" {
		return nil, "", fmt.Errorf("asked to pay %s in currency %s", form.Value("amount"), form.Value("currency"))
	}
	if page, err = form.Submit(ctx); err != nil {
		return nil, "", err
	}
	for range maxPages {
		if err := page.OK(200); err != nil {
			return nil, "", err
		}
		if actor.Origin(page.URL) == p.w.Portal {
			return p.paid(ctx, path)
		}
		if page, err = p.atTheBank(ctx, page); err != nil {
			return nil, "", err
		}
	}
	return nil, "", fmt.Errorf("the bank does not let go: %s", page.URL.Path)
}

func (p *person) atTheBank(ctx context.Context, page *actor.Page) (*actor.Page, error) {
	if f, err := page.Form("number"); err == nil {
		return f.Set("number", "4000 0000 0000 0010").Set("expiry", "12/30").Set("code", "000").Submit(ctx)
	}
	if f, err := page.Form("otp"); err == nil {
		return f.Set("otp", "123").Submit(ctx)
	}
	f, err := page.FormTo("/payment/")
	if err != nil {
		return nil, err
	}
	return f.Submit(ctx)
}

// paid waits until the dossier knows of the payment: the bank's word to the server counts, not the browser's return.
func (p *person) paid(ctx context.Context, path string) (*actor.Page, string, error) {
	page, err := wait(ctx, "the payment", func() (*actor.Page, bool, error) {
		page, err := p.open(ctx, path)
		if err != nil {
			return nil, false, err
		}
		f, err := page.Form("field.email")
		return page, err == nil && !f.Has("pay") && !strings.Contains(string(page.Body), `value="pay"`), nil
	})
	return page, "captured by the bank; double entry written; quittance to follow", err
}
