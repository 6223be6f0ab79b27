package custody

import (
	"context"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/proof"
)

type rootIn struct {
	Body struct {
		BatchID string      `json:"batch_id"`
		Root    []byte      `json:"root"`
		Acts    []proof.Act `json:"acts,omitempty" maxItems:"4096" doc:"what the batch holds, should its rows be lost: ids, times and kinds, nobody's name"`
	}
}

type batchesIn struct {
	After int64 `query:"after" minimum:"-1" default:"-1"`
}

type batchesOut struct {
	Body struct {
		Batches []proof.Logged `json:"batches"`
	}
}

type actsIn struct {
	Batch string `path:"batch" maxLength:"40"`
}

type actsOut struct {
	Body struct {
		Acts []proof.Act `json:"acts"`
	}
}

type rootOut struct{ Body custodyapi.Inclusion }

type verifierOut struct {
	Body struct {
		Verifier  string `json:"verifier" doc:"public key of the log, in note format"`
		Witnesses string `json:"witnesses,omitempty" doc:"policy of the witnesses that co-sign its checkpoints, in Sigsum's text format; none are asked without it"`
	}
}

func (b *Block) logRoutes(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "append-root", Method: http.MethodPost, Path: "/v1/log/roots",
		Summary: "Put the root of a batch of audit entries into the evidence log, once",
	}, b.appendRoot)
	api.Register(a, huma.Operation{
		OperationID: "list-batches", Method: http.MethodGet, Path: "/v1/log/batches",
		Summary: "The caller's batches after a place in the log: what its rows must know",
	}, b.listBatches)
	api.Register(a, huma.Operation{
		OperationID: "batch-acts", Method: http.MethodGet, Path: "/v1/log/batches/{batch}/acts",
		Summary: "Ids, times and kinds of the acts of one of the caller's batches",
	}, b.batchActs)
	api.Register(a, api.Public(huma.Operation{
		OperationID: "log-verifier", Method: http.MethodGet, Path: "/v1/log/verifier",
		Summary: "The log's public key",
	}), b.logVerifier)
}

func (b *Block) appendRoot(ctx context.Context, in *rootIn) (*rootOut, error) {
	r := Root{Block: api.Caller(ctx), Batch: in.Body.BatchID, Hash: in.Body.Root}
	inclusion, err := b.evidence.take(ctx, r, in.Body.Acts)
	if err != nil {
		return nil, err
	}
	return &rootOut{inclusion}, nil
}

func (b *Block) listBatches(ctx context.Context, in *batchesIn) (*batchesOut, error) {
	list, err := b.evidence.store.batches(ctx, api.Caller(ctx), in.After)
	if err != nil {
		return nil, err
	}
	out := &batchesOut{}
	out.Body.Batches = append([]proof.Logged{}, list...)
	return out, nil
}

func (b *Block) batchActs(ctx context.Context, in *actsIn) (*actsOut, error) {
	r := Root{Block: api.Caller(ctx), Batch: in.Batch, Hash: make([]byte, 32)}
	if err := r.Check(); err != nil {
		return nil, err
	}
	acts, err := b.evidence.acts.of(r)
	if err != nil {
		return nil, err
	}
	out := &actsOut{}
	out.Body.Acts = append([]proof.Act{}, acts...)
	return out, nil
}

func (b *Block) logVerifier(context.Context, *struct{}) (*verifierOut, error) {
	out := &verifierOut{}
	out.Body.Verifier, out.Body.Witnesses = b.evidence.tiles().verifier, b.evidence.conf.policy.String()
	return out, nil
}

// tileRoutes serves the log's files to anybody, as C2SP tlog-tiles lays them out. Nothing else of the folder is reachable.
func (b *Block) tileRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/log/checkpoint", func(w http.ResponseWriter, r *http.Request) { b.logFile(w, r, "checkpoint", "no-cache") })
	mux.HandleFunc("GET /log/checkpoint", func(w http.ResponseWriter, r *http.Request) { b.logFile(w, r, "checkpoint", "no-cache") })
	mux.HandleFunc("GET /log/tile/{path...}", func(w http.ResponseWriter, r *http.Request) {
		// A tile never changes once it is written, a partial one (….p/n) may be removed when it is full.
		b.logFile(w, r, path.Join("tile", path.Clean("/"+r.PathValue("path"))), "public, max-age=31536000, immutable")
	})
}

func (b *Block) logFile(w http.ResponseWriter, r *http.Request, name, cache string) {
	root, err := os.OpenRoot(b.evidence.tiles().dir)
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		httpx.Problem(w, r, errs.New(errs.NotFound, "not_found").Cause(err))
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		httpx.Problem(w, r, errs.New(errs.NotFound, "not_found").Cause(err))
		return
	}
	media := "application/octet-stream"
	if !strings.HasPrefix(name, "tile/") {
		media = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", st.ModTime(), f)
}
