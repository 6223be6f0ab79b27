package signature

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/cms/pades"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/signature/signatureapi"
)

// SealQuery is what a request for a seal says beside the bytes.
type SealQuery struct {
	Org     string `query:"org" maxLength:"200"`
	OrgName string `query:"org_name" maxLength:"200"`
	Reason  string `query:"reason" maxLength:"200"`
	Key     string `header:"Idempotency-Key" maxLength:"200"`
}

type sealPDFIn struct {
	SealQuery
	RawBody []byte `contentType:"application/pdf"`
}

type sealBytesIn struct {
	SealQuery
	RawBody []byte `contentType:"application/octet-stream"`
}

type sealPDFOut struct{ Body signatureapi.SealedPDF }

type sealBytesOut struct{ Body signatureapi.Seal }

type validationIn struct {
	RawBody []byte `contentType:"application/pdf"`
}

type validationOut struct{ Body signatureapi.Report }

type proofIn struct {
	ID string `path:"id" maxLength:"100"`
}

type proofOut struct {
	Status      int
	ContentType string `header:"Content-Type"`
	RetryAfter  string `header:"Retry-After"`
	Body        []byte
}

func (b *Block) sealRoutes(a *api.API) {
	issuers := []string{"casework", "payment", "catalog"} // the blocks whose acts administrations seal
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "seal-pdf", Method: http.MethodPost, Path: "/v1/seals", MaxBodyBytes: signatureapi.MaxDocument,
		Summary: "Put an organisation's seal, with a time-stamp, on a PDF",
	}, issuers...), b.sealPDF)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "seal-bytes", Method: http.MethodPost, Path: "/v1/seals/bytes", MaxBodyBytes: signatureapi.MaxDocument,
		Summary: "Make a detached seal, with a time-stamp, over any bytes",
	}, issuers...), b.sealBytes)
	api.Register(a, huma.Operation{
		OperationID: "seal-proof", Method: http.MethodGet, Path: "/v1/seals/{id}/proof",
		Summary: "Proof that the seal stands in the evidence log; 202 until it does",
	}, b.proof)
	api.Register(a, huma.Operation{
		OperationID: "validate-pdf", Method: http.MethodPost, Path: "/v1/validations", MaxBodyBytes: signatureapi.MaxDocument,
		Summary: "Judge the seals of a PDF against the installation's trust anchors",
	}, b.validate)
}

func (q SealQuery) request(ctx context.Context, form Form, input []byte) Request {
	return Request{Caller: api.Caller(ctx), Key: q.Key, Org: q.Org, OrgName: q.OrgName, Reason: q.Reason, Form: form, Input: input}
}

func (b *Block) sealPDF(ctx context.Context, in *sealPDFIn) (*sealPDFOut, error) {
	seal, file, err := b.sealed(ctx, in.request(ctx, OnPDF, in.RawBody))
	if err != nil {
		return nil, err
	}
	return &sealPDFOut{signatureapi.SealedPDF{Seal: describe(seal), PDF: file}}, nil
}

func (b *Block) sealBytes(ctx context.Context, in *sealBytesIn) (*sealBytesOut, error) {
	seal, cms, err := b.sealed(ctx, in.request(ctx, OnBytes, in.RawBody))
	if err != nil {
		return nil, err
	}
	out := describe(seal)
	out.CMS = cms
	return &sealBytesOut{out}, nil
}

func describe(s Seal) signatureapi.Seal {
	return signatureapi.Seal{
		ID: s.ID.String(), KeyID: s.KeyID.String(), SHA256: hex.EncodeToString(s.SHA256), SealedAt: s.SealedAt,
		Level: string(s.Level), Entry: s.Entry,
	}
}

func (b *Block) proof(ctx context.Context, in *proofIn) (*proofOut, error) {
	id, err := ids.Parse[sealKind](in.ID)
	if err != nil {
		return nil, errs.New(errs.NotFound, "not_found").Cause(err)
	}
	entry, err := b.store.entry(ctx, id)
	if err != nil {
		return nil, err
	}
	file, err := audit.Proof(ctx, b.store.db, entry)
	if errs.CodeOf(err) == "proof_pending" {
		return &proofOut{Status: http.StatusAccepted, RetryAfter: "1", ContentType: "application/json", Body: []byte("{}")}, nil
	}
	if err != nil {
		return nil, err
	}
	return &proofOut{Status: http.StatusOK, ContentType: "application/json", Body: file}, nil
}

func (b *Block) validate(ctx context.Context, in *validationIn) (*validationOut, error) {
	anchors, err := b.anchors(ctx)
	if err != nil {
		return nil, err
	}
	report := pades.Validate(in.RawBody, pades.Trust{Seals: anchors, Stamps: anchors, Now: b.clock.Now()})
	return &validationOut{reportOf(report, in.RawBody)}, nil
}
