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
)

type rootIn struct {
	Body struct {
		BatchID string `json:"batch_id"`
		Root    []byte `json:"root"`
	}
}

type rootOut struct{ Body custodyapi.Inclusion }

type verifierOut struct {
	Body struct {
		Verifier string `json:"verifier" doc:"public key of the log, in note format"`
	}
}

func (b *Block) logRoutes(a *api.API) {
	api.Register(a, huma.Operation{
		OperationID: "append-root", Method: http.MethodPost, Path: "/v1/log/roots",
		Summary: "Put the root of a batch of audit entries into the evidence log, once",
	}, b.appendRoot)
	api.Register(a, api.Public(huma.Operation{
		OperationID: "log-verifier", Method: http.MethodGet, Path: "/v1/log/verifier",
		Summary: "The log's public key",
	}), b.logVerifier)
}

func (b *Block) appendRoot(ctx context.Context, in *rootIn) (*rootOut, error) {
	inclusion, err := b.evidence.append(ctx, Root{Block: api.Caller(ctx), Batch: in.Body.BatchID, Hash: in.Body.Root})
	if err != nil {
		return nil, err
	}
	return &rootOut{inclusion}, nil
}

func (b *Block) logVerifier(context.Context, *struct{}) (*verifierOut, error) {
	out := &verifierOut{}
	out.Body.Verifier = b.evidence.tiles().verifier
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
