package bench

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

// visitor is a person of the cast whose card answers without a reader: the bench measures identity, not one slot's queue.
type visitor struct {
	*actor.Browser
	t    Target
	card cardproto.State
	key  *ecdsa.PrivateKey
}

func (t Target) visitor(who cast.Person) (*visitor, error) {
	b, err := os.ReadFile(filepath.Join(t.Data, "cards", who.Serial+".json"))
	if err != nil {
		return nil, err
	}
	state, err := cardproto.ParseState(b)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(state.Key)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("bench: the card's key is not ECDSA")
	}
	return &visitor{actor.New("fr"), t, state, ec}, nil
}

// login plays the whole log-in over HTTP: portal, pushed request, card answer, consent where asked, code, tokens, session.
func (v *visitor) login(ctx context.Context) error {
	v.Browser = actor.New("fr") // no cookie of an earlier log-in
	page, err := v.Open(ctx, v.t.Portal+"/fr/login?return=/")
	for range 8 {
		if err != nil {
			return err
		}
		if page.Status >= 400 {
			return page.OK(http.StatusOK)
		}
		if actor.Origin(page.URL) == v.t.Portal {
			return nil
		}
		page, err = v.forward(ctx, page)
	}
	return errors.New("bench: the log-in does not come to an end")
}

func (v *visitor) forward(ctx context.Context, page *actor.Page) (*actor.Page, error) {
	if f, err := page.Form("nonce"); err == nil {
		if err := v.answer(ctx, f.Value("nonce")); err != nil {
			return nil, err
		}
		return page.Go(ctx, f.Value("return"))
	}
	if f, err := page.FormTo("/consent"); err == nil {
		return f.Submit(ctx)
	}
	return page.Follow(ctx, "/card")
}

// answer does what the connector does with the card.
func (v *visitor) answer(ctx context.Context, nonce string) error {
	r, s, err := ecdsa.Sign(rand.Reader, v.key, cardproto.Digest(v.t.Identity, nonce))
	if err != nil {
		return err
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	body, err := json.Marshal(cardproto.Answer{Nonce: nonce, Certificates: [][]byte{v.card.Card, v.card.Issuer}, Signature: sig})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.t.Identity+"/login/card/answers", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := direct.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("bench: card answer refused with %d", resp.StatusCode)
	}
	return nil
}

var direct = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
