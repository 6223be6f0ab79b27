package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"wasl/e2e/actor"
)

// inOffice signs an officer in and opens the inbox.
func (p *person) inOffice(ctx context.Context) (*actor.Page, error) {
	if _, err := p.login(ctx, "/office"); err != nil {
		return nil, err
	}
	return p.open(ctx, "/office")
}

// officePath turns a dossier's path for its citizen into the one for officers.
func officePath(path string) string { return strings.Replace(path, "/dossiers/", "/office/", 1) }

// decide finds the dossier in the inbox, opens it and accepts it.
func (p *person) decide(ctx context.Context, path string) (string, error) {
	inbox, err := p.inOffice(ctx)
	if err != nil {
		return "", err
	}
	page, err := inbox.Follow(ctx, officePath(path))
	if err != nil {
		return "", err
	}
	form, err := page.Form("text.ar")
	if err != nil {
		return "", err
	}
	page, err = form.Set("text.ar", "تقرر قبول الطلب وتسليم جواز السفر.").
		Set("text.fr", "La demande est acceptée, le passeport sera délivré.").Press(ctx, "do", "accept")
	if err != nil {
		return "", err
	}
	return "accepted by " + p.NameFr() + " for " + p.Unit, page.OK(200)
}

// mail waits for a number of messages to an address, each in the person's language and without details of the case.
func (w *World) mail(ctx context.Context, to string, n int) (string, error) {
	type message struct {
		Subject string `json:"subject"`
		Lang    string `json:"lang"`
	}
	got, err := wait(ctx, "the e-mail", func() ([]message, bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.Mail+"/messages.json"+query("to", to), nil)
		if err != nil {
			return nil, false, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, false, err
		}
		defer resp.Body.Close()
		var all []message
		err = json.NewDecoder(resp.Body).Decode(&all)
		return all, len(all) >= n, err
	})
	if err != nil {
		return "", err
	}
	for _, m := range got {
		if m.Lang != "ar" {
			return "", fmt.Errorf("a message in %q", m.Lang)
		}
	}
	return fmt.Sprintf("%d messages, the last «%s»", len(got), got[0].Subject), nil
}
