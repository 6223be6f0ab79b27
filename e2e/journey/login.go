package journey

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"wasl/e2e/actor"
)

// maxPages bounds the pages between the portal and the portal again.
const maxPages = 10

// login goes from the portal to identity, lets the card sign with the PIN, consents, and comes back signed in.
func (p *person) login(ctx context.Context, returnTo string) (*actor.Page, error) {
	if err := p.insert(ctx); err != nil {
		return nil, err
	}
	page, err := p.Open(ctx, p.w.Portal+"/"+p.Lang+"/login"+query("return", returnTo))
	for range maxPages {
		if err != nil {
			return nil, err
		}
		if page.Status >= 400 {
			return nil, page.OK(200)
		}
		if actor.Origin(page.URL) == p.w.Portal {
			return page, nil
		}
		page, err = p.forward(ctx, page, p.PIN)
	}
	return nil, errors.New("the login does not come to an end")
}

// forward does what a person does on one page of the login.
func (p *person) forward(ctx context.Context, page *actor.Page, pin string) (*actor.Page, error) {
	if f, err := page.Form("pin"); err == nil {
		return f.Set("pin", pin).Submit(ctx)
	}
	if f, err := page.Form("nonce"); err == nil {
		return f.Submit(ctx)
	}
	if f, err := page.FormTo("/consent"); err == nil {
		return f.Submit(ctx)
	}
	if len(page.Links("/card")) > 0 {
		return page.Follow(ctx, "/card")
	}
	return nil, fmt.Errorf("nothing to do on %s: %.400s", page.URL.Path, page.Text())
}

// toPIN goes as far as the connector's PIN page.
func (p *person) toPIN(ctx context.Context) (*actor.Page, error) {
	if err := p.insert(ctx); err != nil {
		return nil, err
	}
	page, err := p.Open(ctx, p.w.Portal+"/"+p.Lang+"/login"+query("return", "/"))
	for range maxPages {
		if err != nil {
			return nil, err
		}
		if _, err := page.Form("pin"); err == nil {
			return page, nil
		}
		page, err = p.forward(ctx, page, "")
	}
	return nil, errors.New("no PIN page")
}

// dossierPath returns the path of the dossier that a page belongs to, without the language.
func dossierPath(page *actor.Page) (string, error) {
	for _, part := range strings.Split(page.URL.Path, "/") {
		if strings.HasPrefix(part, "dos_") {
			return "/dossiers/" + part, nil
		}
	}
	return "", fmt.Errorf("no dossier at %s: %.300s", page.URL.Path, page.Text())
}
