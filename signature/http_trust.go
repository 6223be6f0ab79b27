package signature

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/ocsp"

	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/cms"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/signature/verify"
)

// trustRoutes are what anybody may ask: they hold no personal data and need no token.
func (b *Block) trustRoutes(mux *http.ServeMux, a *api.API) {
	public := func(pattern, media string, answer func(ctx context.Context, body []byte) ([]byte, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<10))
			if err != nil {
				httpx.Problem(w, r, errs.New(errs.TooLarge, "too_large").Cause(err))
				return
			}
			out, err := answer(r.Context(), body)
			if err != nil {
				httpx.Problem(w, r, err)
				return
			}
			w.Header().Set("Content-Type", media)
			w.Write(out) // a reader that went away is no fault of ours
		})
	}
	public("GET /v1/trust", "application/json", b.trust)
	public("GET /v1/trust.pem", "application/x-pem-file", b.chain)
	public("GET /v1/crl", "application/pkix-crl", b.crl)
	public("POST /v1/ocsp", "application/ocsp-response", b.ocsp)
	public("POST /v1/tsa", "application/timestamp-reply", b.tsa)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "revoke-key", Method: http.MethodPost, Path: "/v1/keys/{id}/revocation",
		Summary: "Revoke an organisation's sealing key; its next seal gets a new one",
	}, "portal"), b.revoke)
}

// working returns the certificates and signers, after the ceremony if need be.
func (b *Block) working(ctx context.Context) (root *x509.Certificate, issuing cms.Signer, stamp cms.Authority, err error) {
	a := b.authority
	a.mu.Lock()
	defer a.mu.Unlock()
	err = a.ready(ctx)
	return a.root, a.issuing, a.stamp, err
}

// anchors is what this installation trusts, with its revocations as of now.
func (b *Block) anchors(ctx context.Context) (cms.Anchors, error) {
	root, _, _, err := b.working(ctx)
	if err != nil {
		return cms.Anchors{}, err
	}
	der, err := b.crl(ctx, nil)
	if err != nil {
		return cms.Anchors{}, err
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return cms.Anchors{}, errs.Wrap("signature: anchors", err)
	}
	return cms.Anchors{Roots: []*x509.Certificate{root}, Lists: []*x509.RevocationList{list}}, nil
}

func (b *Block) trust(ctx context.Context, _ []byte) ([]byte, error) {
	root, _, _, err := b.working(ctx)
	if err != nil {
		return nil, err
	}
	list, err := b.crl(ctx, nil)
	if err != nil {
		return nil, err
	}
	key, witnesses, err := b.custody.Verifier(ctx)
	if err != nil {
		return nil, err
	}
	anchor := []string{toPEM(root)}
	return json.MarshalIndent(verify.Trust{Format: verify.Format, Seals: anchor, Stamps: anchor, Lists: [][]byte{list}, Log: key, Witnesses: witnesses}, "", "  ")
}

func (b *Block) chain(ctx context.Context, _ []byte) ([]byte, error) {
	root, issuing, stamp, err := b.working(ctx)
	if err != nil {
		return nil, err
	}
	return []byte(toPEM(root) + toPEM(issuing.Certificate) + toPEM(stamp.Signer.Certificate)), nil
}

func toPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func (b *Block) crl(ctx context.Context, _ []byte) ([]byte, error) {
	_, issuing, _, err := b.working(ctx)
	if err != nil {
		return nil, err
	}
	revoked, err := b.store.revoked(ctx)
	if err != nil {
		return nil, err
	}
	return revocationList(issuing, revoked, b.clock.Now())
}

func (b *Block) ocsp(ctx context.Context, body []byte) ([]byte, error) {
	question, err := ocsp.ParseRequest(body)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	_, issuing, _, err := b.working(ctx)
	if err != nil {
		return nil, err
	}
	at, reason, err := b.store.status(ctx, question.SerialNumber.Text(16))
	status := certificateStatus{known: err == nil, revokedAt: at, reason: reason}
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, err
	}
	return statusAnswer(issuing, question.SerialNumber, status, b.clock.Now())
}

// tsa answers a time-stamp request; whatever is wrong with the request is said in the answer (RFC 3161, 2.4.2).
func (b *Block) tsa(ctx context.Context, body []byte) ([]byte, error) {
	request, refusal := cms.ParseStampRequest(body)
	if refusal != cms.Granted {
		return cms.Response(nil, refusal)
	}
	_, _, stamp, err := b.working(ctx)
	if err != nil {
		return nil, err
	}
	token, err := stamp.Stamp(request, b.clock.Now())
	if err != nil {
		return nil, errs.Wrap("signature: time-stamp", err)
	}
	return cms.Response(token, cms.Granted)
}

type revokeIn struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Reason int `json:"reason" minimum:"0" maximum:"10" doc:"CRLReason of RFC 5280, 5.3.1"`
	}
}

func (b *Block) revoke(ctx context.Context, in *revokeIn) (*struct{}, error) {
	id, err := ids.Parse[keyKind](in.ID)
	if err != nil {
		return nil, errs.New(errs.NotFound, "not_found").Cause(err)
	}
	if err := checkReason(in.Body.Reason); err != nil {
		return nil, err
	}
	var org string
	err = b.store.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, revokeKey, id, b.clock.Now().UTC(), in.Body.Reason).Scan(&org); err != nil {
			return err
		}
		_, err := audit.Record(ctx, tx, b.clock, audit.Entry{Act: "key.revoked", Object: id.String(), Org: org})
		return err
	})
	if err != nil {
		return nil, pg.Err("signature: revoke", err)
	}
	b.authority.forget(org)
	return nil, nil
}
