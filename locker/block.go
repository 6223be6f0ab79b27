package locker

import (
	"context"
	"embed"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"wasl/catalog/catalogapi"
	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/errs"
	"wasl/kit/jobs"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/signature/signatureapi"
)

// Config is what an installation decides about the locker.
type Config struct {
	// Bucket is the object store as a gocloud.dev/blob URL; empty means a folder of the block.
	Bucket string `env:"WASL_LOCKER_BUCKET"`
}

// Block is the locker.
type Block struct {
	deps    block.Deps
	store   *store
	objects *objects
	pages   *web.Pages
	custody *custodyapi.Client
	seals   *signatureapi.Client
	orgs    *directory
	jobs    *jobs.Jobs
	handler http.Handler

	orphaned map[string]bool // objects without a row when they were last looked at; the sweep's own
}

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed all:pages locales
var files embed.FS

// New prepares the locker: schema, object store, pages.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	db, err := d.Cluster.Block(ctx, "locker", migrations, d.Conns)
	if err != nil {
		return nil, errs.Wrap("locker", err)
	}
	pages, err := web.Load("locker", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, errs.Wrap("locker", err)
	}
	custody := custodyapi.New(d.Peer("custody"))
	objects, err := openObjects(ctx, cfg.Bucket, d.Dir)
	if err != nil {
		return nil, err
	}
	b := &Block{
		deps: d, store: newStore(db, d.Clock, custody), objects: objects, pages: pages, custody: custody,
		seals: signatureapi.New(d.Peer("signature")), orgs: newDirectory(catalogapi.New(d.Peer("catalog"))),
	}
	b.jobs = jobs.New(db, d.Clock, d.Log)
	jobs.Every(b.jobs, "locker: objects", time.Hour, b.sweepObjects)
	b.handler = b.routes(d.Keys)
	return b, nil
}

func (b *Block) routes(keys *tokens.Keyring) http.Handler {
	mux := http.NewServeMux()
	b.operations(api.New(mux, "locker", "1", keys))

	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/documents", b.listPage)
	people.HandleFunc("GET /{lang}/documents/{id}", b.documentPage)
	people.HandleFunc("GET /{lang}/documents/{id}/file", b.documentFile)
	people.HandleFunc("GET /{lang}/documents/{id}/proof", b.documentProof)
	people.HandleFunc("GET /{lang}/documents/{id}/share", b.sharePage)
	people.HandleFunc("POST /{lang}/documents/{id}/share", b.shareForm)
	people.HandleFunc("POST /{lang}/documents/{id}/shares/{share}/revoke", b.revokeForm)
	people.HandleFunc("GET /{lang}/s/{token}", b.sharedPage)
	people.HandleFunc("GET /{lang}/s/{token}/file", b.sharedFile)
	people.HandleFunc("GET /{lang}/s/{token}/proof", b.sharedProof)
	people.HandleFunc("GET /{lang}/verify", b.verifyPage)
	people.HandleFunc("GET /{lang}/verify/{reference}", b.verifyPage)
	people.HandleFunc("POST /{lang}/verify", b.verifyForm)
	mux.Handle("/", b.pages.Protect(keys, people))
	return mux
}

// Handler answers the contract under /v1 and the pages.
func (b *Block) Handler() http.Handler { return b.handler }

// Run publishes the audit entries and sweeps until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	defer b.store.db.Close()
	defer b.objects.bucket.Close()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		p := audit.NewPublisher(b.store.db, "locker", b.custody)
		p.Log = b.deps.Log
		return p.Run(ctx)
	})
	work.Go(func() error { return b.jobs.Run(ctx) })
	return work.Wait()
}
