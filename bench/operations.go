package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	"wasl/e2e/cast"
	"wasl/e2e/crowd"
	"wasl/exchange/exchangeapi"
	"wasl/kit/pdf"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/signature/signatureapi"
)

var direct = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// login: citizens log in with card and PIN, from the portal's button to the portal's session.
func login(ctx context.Context, t Target) (Result, error) {
	n := clients()
	visitors := make([]*crowd.Visitor, n)
	for i := range visitors {
		var err error
		if visitors[i], err = t.place().Visitor(t.People[i%len(t.People)]); err != nil {
			return Result{}, err
		}
		if err := visitors[i].Login(ctx); err != nil { // the first asks for consent
			return Result{}, err
		}
	}
	s, err := t.load(ctx, n, func(ctx context.Context, c int) error { return visitors[c].Login(ctx) })
	if err != nil {
		return Result{}, err
	}
	signs, err := signatures(ctx, n, t.boundSpan())
	if err != nil {
		return Result{}, err
	}
	verifies, err := checks(ctx, n, t.boundSpan())
	if err != nil {
		return Result{}, err
	}
	bound := 1 / (4/signs + 6/verifies)
	return result(s, "logins/s", "ES256: 4 signatures, 6 checks", bound,
		"whole log-in over HTTP, durable; card signature, client assertions, ID token, access token; load generator on the same cores"), nil
}

// search: people search the catalogue through the portal.
func search(ctx context.Context, t Target) (Result, error) {
	words := []string{"جواز صفر", "رخصه البنا", "passeport", "permis de construire", "acte de naisance", "ⵜⵓⵔⴰⴳⵜ", "شهادة السكنى", "entreprise"}
	var turn atomic.Int64
	var size atomic.Int64
	s, err := t.load(ctx, clients(), func(ctx context.Context, _ int) error {
		q := words[int(turn.Add(1))%len(words)]
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.Portal+"/ar/search?q="+url.QueryEscape(q), nil)
		if err != nil {
			return err
		}
		resp, err := direct.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		size.Store(n)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("search answered %d", resp.StatusCode)
		}
		return err
	})
	if err != nil {
		return Result{}, err
	}
	bound, err := plain(ctx, clients(), int(size.Load()), t.boundSpan())
	return result(s, "pages/s", "bare handler, same bytes", bound, "portal → catalogue, page rendered in Arabic; 8 queries with slips in 3 scripts"), err
}

// wires to blocks, as another block's process has them.
func (t Target) wire(from, to string) (*wire.Client, error) {
	keys, err := tokens.Open(filepath.Join(t.Data, "keys"), from)
	if err != nil {
		return nil, err
	}
	return wire.New(t.Services+"/"+to, to, direct.Transport, keys), nil
}

// seal: organisation seals with time-stamp on a receipt.
func seal(ctx context.Context, t Target) (Result, error) {
	w, err := t.wire("casework", "signature")
	if err != nil {
		return Result{}, err
	}
	d := pdf.New(pdf.Meta{Title: "Récépissé", Lang: "fr", Created: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), Issuer: "Wasl"})
	d.Title("وصل إيداع", "Récépissé de dépôt")
	d.Para("fr", "Mesure.")
	doc, err := d.Bytes()
	if err != nil {
		return Result{}, err
	}
	client := signatureapi.New(w)
	var n atomic.Int64
	s, err := t.load(ctx, clients(), func(ctx context.Context, _ int) error {
		_, err := client.SealPDF(ctx, signatureapi.SealRequest{
			Org: cast.OrgOf, OrgName: "Commune", Reason: "bench", Key: fmt.Sprintf("bench/%d/%d", time.Now().UnixNano(), n.Add(1)),
		}, bytes.Clone(doc))
		return err
	})
	if err != nil {
		return Result{}, err
	}
	bound, err := signatures(ctx, clients(), t.boundSpan())
	return result(s, "seals/s", "ES256 signatures / 2", bound/2, fmt.Sprintf("PAdES B-T structure on %d KB, over HTTP, row and audit entry durable; seal and time-stamp sign once each", len(doc)/1024)), err
}

// exchange: civil status asked of the register through both gateways.
func exchange(ctx context.Context, t Target) (Result, error) {
	w, err := t.wire("casework", "exchange")
	if err != nil {
		return Result{}, err
	}
	client := exchangeapi.New(w)
	var n atomic.Int64
	s, err := t.load(ctx, clients(), func(ctx context.Context, _ int) error {
		key := fmt.Sprintf("bench/%d/%d", time.Now().UnixNano(), n.Add(1))
		_, err := client.Fetch(ctx, exchangeapi.EvidenceRequest{
			Subject: cast.Of(t.People, cast.Citizen).Subject, Consumer: cast.Interior, Evidence: "civil-status-extract", Procedure: cast.Passport,
			Purpose: "dossier." + cast.Passport, LegalBasis: "law-55-19:24", Consent: key, Dossier: "bench", Key: key,
		})
		return err
	})
	if err != nil {
		return Result{}, err
	}
	bound, err := mutualTLS(ctx, clients(), 1024, t.boundSpan())
	return result(s, "exchanges/s", "bare handler, mutual TLS 1.3 h2", bound,
		"casework → exchange → two gateways → register; signed both ways, logged both sides, identity resolves the person"), err
}
