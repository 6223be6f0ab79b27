package crowd

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"wasl/e2e/actor"
	"wasl/e2e/cast"
	"wasl/identity/cardproto"
)

// Place is where the crowd goes: the two public origins, and the data directory, which holds the cards.
type Place struct{ Portal, Identity, Data string }

// Visitor is a person of the crowd at a browser, with the card.
type Visitor struct {
	*actor.Browser
	at   Place
	card cardproto.State
	key  *ecdsa.PrivateKey
}

// Visitor reads the person's card.
func (at Place) Visitor(who cast.Person) (*Visitor, error) {
	b, err := os.ReadFile(filepath.Join(at.Data, "cards", who.Serial+".json"))
	if err != nil {
		return nil, fmt.Errorf("crowd: %w", err)
	}
	state, err := cardproto.ParseState(b)
	if err != nil {
		return nil, fmt.Errorf("crowd: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(state.Key)
	if err != nil {
		return nil, fmt.Errorf("crowd: %w", err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("crowd: the card's key is not ECDSA")
	}
	return &Visitor{actor.New("fr"), at, state, ec}, nil
}

// maxPages bounds the pages between the portal and the portal again.
const maxPages = 8

// Login plays the whole log-in over HTTP: portal, pushed request, card answer, consent where asked, code, tokens, session.
func (v *Visitor) Login(ctx context.Context) error {
	v.Browser = actor.New("fr") // no cookie of an earlier log-in
	page, err := v.Open(ctx, v.at.Portal+"/fr/login?return=/")
	for range maxPages {
		if err != nil {
			return err
		}
		if page.Status >= 400 {
			return page.OK(http.StatusOK)
		}
		if actor.Origin(page.URL) == v.at.Portal {
			return nil
		}
		page, err = v.forward(ctx, page)
	}
	return errors.New("crowd: the log-in does not come to an end")
}

func (v *Visitor) forward(ctx context.Context, page *actor.Page) (*actor.Page, error) {
	if f, err := page.Form("nonce"); err == nil {
		ticket, err := v.answer(ctx, f.Value("nonce"))
		if err != nil {
			return nil, err
		}
		return page.Go(ctx, f.Value("return")+"?ticket="+ticket)
	}
	if f, err := page.FormTo("/consent"); err == nil {
		return f.Submit(ctx)
	}
	return page.Follow(ctx, "/card")
}

// answer does what the connector does with the card, and returns the ticket with which the browser goes back.
func (v *Visitor) answer(ctx context.Context, nonce string) (string, error) {
	r, s, err := ecdsa.Sign(rand.Reader, v.key, cardproto.Digest(v.at.Identity, nonce))
	if err != nil {
		return "", err
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	body, err := json.Marshal(cardproto.Answer{Nonce: nonce, Certificates: [][]byte{v.card.Card, v.card.Issuer}, Signature: sig})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.at.Identity+"/login/card/answers", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := direct.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var receipt cardproto.Receipt
	if err := json.NewDecoder(resp.Body).Decode(&receipt); err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("crowd: card answer refused with %d", resp.StatusCode)
	}
	return receipt.Ticket, nil
}

var direct = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
