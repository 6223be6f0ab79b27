package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/exchange/exchangeapi"
	"wasl/exchange/gateway"
	"wasl/exchange/message"
	"wasl/exchange/verify"
	"wasl/governance/governanceapi"
	"wasl/identity/identityapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// sector is the portal's: its blocks know a person by this sector's subject.
const sector = "portal"

// maxEvidence bounds an evidence's content.
const maxEvidence = 512 << 10

// operations registers the block's contract.
func (b *Block) operations(a *api.API) {
	api.Register(a, api.Allow(huma.Operation{
		Method: http.MethodPost, Path: "/v1/evidence-requests", OperationID: "request-evidence",
		Summary: "Ask the register that holds it for an evidence about a person, with his consent",
	}, "casework"), b.fetch)
	api.Register(a, api.Allow(huma.Operation{
		Method: http.MethodPost, Path: "/v1/reads", OperationID: "announce-reads", DefaultStatus: http.StatusNoContent,
		Summary: "Announce who of an administration looked at a person's data, why and when",
	}, "casework"), b.announce)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/evidence-types", OperationID: "list-evidence-types",
		Summary: "Evidence broker: which evidence proves which requirement, and who provides it",
	}, b.listEvidenceTypes)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/indicators", OperationID: "get-indicators", Summary: "Exchanges by month and administration",
	}, b.indicators)
}

type fetchIn struct {
	Key  string `header:"Idempotency-Key"`
	Body exchangeapi.EvidenceRequest
}

type fetchOut struct{ Body exchangeapi.Evidence }

// fetch carries out one explicit request. Asking again under the same key is the same request and one more exchange, which the
// person sees: the register hands the data over a second time, since nothing is kept here to be handed over again.
func (b *Block) fetch(ctx context.Context, in *fetchIn) (*fetchOut, error) {
	g := b.gateway.Load()
	if g == nil {
		return nil, errRegisterDown
	}
	if in.Body.Key == "" {
		in.Body.Key = in.Key
	}
	r, err := OpenRequest(in.Body, api.Caller(ctx), Pseudonym(b.secret, in.Body.Subject), b.deps.Clock.Now())
	if err != nil {
		return nil, err
	}
	kind, err := b.open(ctx, r)
	if err != nil {
		return nil, err
	}
	who, err := b.identity().Resolve(ctx, identityapi.ResolveRequest{Subject: r.Subject, Sector: sector, Purpose: r.Purpose})
	if err != nil {
		return nil, err
	}
	call, err := r.Call(b.client, kind, who.NationalNumber)
	if err != nil {
		return nil, err
	}
	x, err := g.Send(ctx, call, maxEvidence)
	if keep := b.keep(context.WithoutCancel(ctx), r.Org, g, x.Evidence); keep != nil {
		// The journal has it: the sweep writes the row. The answer is held back no longer than that.
		b.log.ErrorContext(ctx, "exchange not yet in its row", "message", x.RequestID, "error", keep)
	}
	if err != nil {
		b.log.InfoContext(ctx, "exchange failed", "provider", kind.Service.MemberID().String(), "message", x.RequestID, "evidence", r.Evidence, "error", err)
		return nil, Refusal(err)
	}
	if err := Received(x); err != nil {
		return nil, err
	}
	return b.evidence(g, r, kind, x)
}

// open records the explicit request and finds who provides the evidence.
func (b *Block) open(ctx context.Context, r Request) (kind EvidenceType, err error) {
	err = b.db.Tx(ctx, pg.Org(r.Org), func(ctx context.Context, tx pgx.Tx) error {
		if kind, err = evidenceType(ctx, tx, r.Evidence); err != nil {
			return err
		}
		fresh, err := saveRequest(ctx, tx, r)
		if err != nil || !fresh {
			return err
		}
		_, err = audit.Record(ctx, tx, b.deps.Clock, audit.Entry{
			Act: "evidence.requested", Object: r.ID.String(), Org: r.Org, Subject: r.Subject,
			Detail: map[string]string{"evidence": r.Evidence, "purpose": r.Purpose, "legal_basis": r.LegalBasis, "consent": r.Consent, "procedure": r.Procedure},
		})
		return err
	})
	return kind, err
}

// keep writes the exchange's row at once, as the sweep would a moment later.
func (b *Block) keep(ctx context.Context, org string, g *gateway.Gateway, e gateway.Evidence) error {
	if e.Request.Leaf == nil {
		return nil // refused before anything was signed: nothing left this gateway
	}
	return b.db.Tx(ctx, pg.Org(org), func(ctx context.Context, tx pgx.Tx) error {
		for _, s := range []message.Signed{e.Request, e.Response} {
			if s.Leaf == nil {
				continue
			}
			if err := b.note(ctx, tx, g, s, -1); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Block) evidence(g *gateway.Gateway, r Request, kind EvidenceType, x *gateway.Exchange) (*fetchOut, error) {
	_, answered, err := x.Evidence.Leaves()
	if err != nil {
		return nil, errs.Wrap("exchange: evidence", err)
	}
	file, err := proofFile(x.Evidence.Request, x.Evidence.Response, append(certificatesOf(g, x.Evidence.Request), certificatesOf(g, x.Evidence.Response)...), nil)
	if err != nil {
		return nil, err
	}
	return &fetchOut{exchangeapi.Evidence{
		ID: x.RequestID, Evidence: r.Evidence, Provider: kind.Service.MemberID().String(), Service: kind.Service.String(), Content: x.Body, Exact: x.Body,
		RetrievedAt: answered.Time, RequestHash: answered.RequestHash, Proof: file,
	}}, nil
}

func proofFile(asked, answered message.Signed, certificates [][]byte, in *verify.Inclusion) ([]byte, error) {
	certificates = slices.CompactFunc(certificates, bytes.Equal) // one, when the consumer attests that nothing came
	b, err := json.MarshalIndent(verify.File{Format: verify.Format, Request: asked, Response: answered, Certificates: certificates, Log: in}, "", "  ")
	return b, errs.Wrap("exchange: proof", err)
}

type typesOut struct {
	Body struct {
		Types []exchangeapi.EvidenceType `json:"types"`
	}
}

func (b *Block) listEvidenceTypes(ctx context.Context, _ *struct{}) (*typesOut, error) {
	out := &typesOut{}
	err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		list, err := evidenceTypes(ctx, tx)
		for _, t := range list {
			out.Body.Types = append(out.Body.Types, exchangeapi.EvidenceType{
				Code: t.Code, Requirement: t.Requirement, Service: t.Service.String(), Fields: t.Fields, Preview: t.Preview,
			})
		}
		return err
	})
	return out, err
}

type indicatorsOut struct{ Body governanceapi.Indicators }

func (b *Block) indicators(ctx context.Context, _ *struct{}) (*indicatorsOut, error) {
	out := &indicatorsOut{governanceapi.Indicators{Block: "exchange", Indicators: []governanceapi.Indicator{}}}
	err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, selectMonths)
		var month civil.Date
		var org string
		var all, answered int
		_, err := pgx.ForEachRow(rows, []any{&month, &org, &all, &answered}, func() error {
			out.Body.Indicators = append(out.Body.Indicators,
				governanceapi.Indicator{Name: "exchanges", Month: month, Org: org, Value: float64(all), N: all},
				governanceapi.Indicator{Name: "exchanges.answered", Month: month, Org: org, Value: float64(answered), N: all})
			return nil
		})
		return pg.Err("exchange: indicators", err)
	})
	return out, err
}

// proof returns the proof file of an exchange to the person whom it is about, with its place in the log once there is one.
func (b *Block) proof(ctx context.Context, id uuid.UUID, subject string) ([]byte, error) {
	var asked, answered message.Signed
	var certificates [][]byte
	var seq int64
	err := b.db.Tx(ctx, pg.Person(subject), func(ctx context.Context, tx pgx.Tx) (err error) {
		asked, answered, certificates, seq, err = evidenceOf(ctx, tx, id, subject)
		return err
	})
	if err != nil {
		return nil, err
	}
	var in *verify.Inclusion
	if g := b.gateway.Load(); g != nil && seq >= 0 {
		if place, err := g.Inclusion(ctx, uint64(seq)); err == nil {
			in = &verify.Inclusion{Origin: g.Origin(), Index: place.Index, Path: place.Path, Checkpoint: place.Checkpoint}
		}
	}
	return proofFile(asked, answered, certificates, in)
}
