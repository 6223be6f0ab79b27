package locker

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"wasl/kit/api"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/locker/lockerapi"
)

// putIn leaves the body to the handler, which streams it into the object store.
type putIn struct {
	Meta string `header:"Wasl-Document" required:"true" maxLength:"16384"`
	body io.Reader
}

// Resolve keeps the body's reader.
func (in *putIn) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

type documentIn struct {
	ID string `path:"id" maxLength:"40"`
}

type documentOut struct{ Body lockerapi.Document }

type contentIn struct {
	ID      string `path:"id" maxLength:"40"`
	Org     string `query:"org" maxLength:"100"`
	Purpose string `query:"purpose" required:"true" minLength:"3" maxLength:"100"`
	Object  string `query:"object" maxLength:"100"`
}

func (b *Block) operations(a *api.API) {
	binary := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	callers := []string{"portal", "casework", "payment", "exchange"}
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "put-document", Method: http.MethodPost, Path: "/v1/documents", DefaultStatus: http.StatusCreated,
		Summary: "Store a document in a person's locker, once per key", RequestBody: &huma.RequestBody{Content: binary, Required: true},
	}, callers...), b.put)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "get-document", Method: http.MethodGet, Path: "/v1/documents/{id}", Summary: "Describe a document",
	}, callers...), b.get)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "open-document", Method: http.MethodGet, Path: "/v1/documents/{id}/content",
		Summary: "Open a document for a purpose, which its holder sees",
	}, callers...), b.content)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "document-proof", Method: http.MethodGet, Path: "/v1/documents/{id}/proof",
		Summary: "The evidence proof of a document's seal",
	}, callers...), b.proof)
}

func (b *Block) put(ctx context.Context, in *putIn) (*documentOut, error) {
	text, err := url.QueryUnescape(in.Meta)
	var n lockerapi.NewDocument
	if err == nil {
		err = json.Unmarshal([]byte(text), &n)
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "request_invalid").Field("header.Wasl-Document", "invalid")
	}
	if err := CheckNew(n); err != nil {
		return nil, err
	}
	d, err := b.keep(ctx, api.Caller(ctx), n, in.body)
	if err != nil {
		return nil, err
	}
	return &documentOut{d.public()}, nil
}

// keep stores a document once: the same key again gives the document that is there, other content under it is refused.
func (b *Block) keep(ctx context.Context, source string, n lockerapi.NewDocument, content io.Reader) (Document, error) {
	id := ids.Derive[documentKind](source, n.Key)
	s, err := b.objects.put(ctx, id, content)
	if err != nil {
		return Document{}, err
	}
	d := Document{
		ID: id, Owner: n.Owner, Kind: n.Kind, Type: n.Type, Title: n.Title, Issuer: n.Issuer, Reference: n.Reference, Seal: n.Seal,
		ContentType: n.ContentType, Size: s.Size, SHA256: s.SHA256, Source: source, Key: n.Key, Object: s.Object,
		ContentKey: s.Key, At: b.deps.Clock.Now().UTC(),
	}
	if n.Code != "" {
		if d.CodeHash, d.Printed, err = sealPrinted(n.Code, id, *n.Printed); err != nil {
			return d, errs.Wrap("locker: seal printed facts", err)
		}
	}
	fresh, err := b.store.save(ctx, d)
	if err != nil || fresh {
		return d, err
	}
	if err := b.objects.drop(ctx, s.Object); err != nil {
		return d, err
	}
	there, err := b.store.one(ctx, pg.System(), selectByKey, source, n.Key)
	if err != nil {
		return d, err
	}
	if !there.SameFact(n, s.SHA256) {
		return d, errs.New(errs.Conflict, "document_key_reused")
	}
	return there, nil
}

func (b *Block) get(ctx context.Context, in *documentIn) (*documentOut, error) {
	d, err := b.known(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &documentOut{d.public()}, nil
}

// known returns a document to another block.
func (b *Block) known(ctx context.Context, id string) (Document, error) {
	doc, err := parseDocument(id)
	if err != nil {
		return Document{}, err
	}
	return b.store.one(ctx, pg.System(), selectDocument, doc)
}

func (b *Block) content(ctx context.Context, in *contentIn) (*huma.StreamResponse, error) {
	d, err := b.known(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	a := Activity{Document: d.ID, Owner: d.Owner, Act: ActOpened, By: ByBlock, Actor: api.Caller(ctx), Purpose: in.Purpose, Object: in.Object}
	if in.Org != "" {
		a.By, a.Actor = ByOrg, in.Org
	}
	c, err := b.open(ctx, d, a)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer c.Close()
		ctx.SetHeader("Content-Type", d.ContentType)
		ctx.SetHeader("Cache-Control", "no-store")
		httpx.Send(ctx.BodyWriter(), c)
	}}, nil
}

// open decrypts the beginning of a document and records the opening: what cannot be opened leaves no line, and what is opened
// always does.
func (b *Block) open(ctx context.Context, d Document, a Activity) (io.ReadCloser, error) {
	c, err := b.objects.open(ctx, d)
	if err != nil {
		return nil, err
	}
	first := make([]byte, min(d.Size, envelope.Segment/2))
	if _, err := io.ReadFull(c, first); err != nil {
		_ = c.Close()
		return nil, errs.Wrap("locker: content of "+d.ID.String(), err)
	}
	if a.Act != "" {
		if err := b.store.opened(ctx, a); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	return &opened{plain: io.MultiReader(bytes.NewReader(first), c), object: c}, nil
}

type proofOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (b *Block) proof(ctx context.Context, in *documentIn) (*proofOut, error) {
	d, err := b.known(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	file, err := b.sealProof(ctx, d)
	if err != nil {
		return nil, err
	}
	return &proofOut{"application/json", file}, nil
}

// sealProof returns the evidence proof of the document's seal.
func (b *Block) sealProof(ctx context.Context, d Document) ([]byte, error) {
	if d.Seal == "" {
		return nil, errs.New(errs.NotFound, "document_unsealed")
	}
	return b.seals.Proof(ctx, d.Seal)
}

func parseDocument(s string) (id DocumentID, err error) {
	if err := id.UnmarshalText([]byte(s)); err != nil || id.IsZero() {
		return id, errs.New(errs.NotFound, "not_found")
	}
	return id, nil
}

// public is what the contract tells of a document.
func (d Document) public() lockerapi.Document {
	return lockerapi.Document{
		ID: d.ID.String(), Owner: d.Owner, Kind: d.Kind, Type: d.Type, Title: d.Title, Issuer: d.Issuer, Reference: d.Reference, Seal: d.Seal,
		ContentType: d.ContentType, Size: d.Size, SHA256: hex.EncodeToString(d.SHA256), At: d.At,
	}
}
