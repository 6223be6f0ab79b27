package catalog

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/errs"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/signature/signatureapi"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages/*.html locales/*.json
var files embed.FS

//go:embed data/*.json
var data embed.FS

// Config says where the search index lives ("dir": the block's folder,
// "memory") and in whose name published revisions are sealed.
type Config struct {
	Index    string `env:"WASL_CATALOG_INDEX,default=dir"`
	SealOrg  string `env:"WASL_CATALOG_SEAL_ORG,default=catalogue"`
	SealName string `env:"WASL_CATALOG_SEAL_NAME,default=Catalogue des procédures (Wasl)"`
}

// Block is the catalogue.
type Block struct {
	cfg     Config
	deps    block.Deps
	store   *store
	finder  *finder
	jobs    *jobs.Jobs
	pages   *web.Pages
	seals   *signatureapi.Client
	opened  opened
	handler http.Handler
}

// New prepares the catalogue: schema, committed data as rows, pages, jobs. The
// search index is built in the background, at the latest by the first search.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	db, err := d.Cluster.Block(ctx, "catalog", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	return open(ctx, cfg, d, db)
}

func open(ctx context.Context, cfg Config, d block.Deps, db *pg.DB) (*Block, error) {
	pages, err := web.Load("catalog", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	b := &Block{
		cfg: cfg, deps: d, store: &store{db, d.Clock}, pages: pages, jobs: jobs.New(db, d.Clock, d.Log),
		seals: signatureapi.New(d.Peer("signature")),
	}
	jobs.Handle(b.jobs, b.seal)
	jobs.Every(b.jobs, "catalog_seal", time.Minute, b.sealAll)
	jobs.Every(b.jobs, "catalog_opened", time.Minute, b.countOpened)
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	b.handler = b.routes()
	return b, nil
}

// load brings the rows up to the committed data and prepares the index.
func (b *Block) load(ctx context.Context) error {
	dataDir, err := fs.Sub(data, "data")
	if err != nil {
		return errs.Wrap("catalog: data", err)
	}
	seed, err := ReadSeed(dataDir)
	if err != nil {
		return err
	}
	if err := b.store.load(ctx, seed, b.deps.Clock.Today(), b.published); err != nil {
		return err
	}
	var groups [][]string
	text, err := fs.ReadFile(dataDir, "synonyms.json")
	if err == nil {
		err = json.Unmarshal(text, &groups)
	}
	if err != nil {
		return errs.Wrap("catalog: synonyms", err)
	}
	dir := b.deps.Dir
	if b.cfg.Index == "memory" {
		dir = ""
	}
	b.finder = newFinder(b.store, dir, search.NewSynonyms(groups))
	return nil
}

// published records that a revision became binding and has it sealed.
func (b *Block) published(ctx context.Context, tx pgx.Tx, r catalogapi.Revision) error {
	if _, err := audit.Record(ctx, tx, b.deps.Clock, audit.Entry{
		Act: "revision.published", Object: r.ID, Org: b.cfg.SealOrg, Detail: map[string]string{"procedure": r.Procedure, "sha256": r.SHA256},
	}); err != nil {
		return err
	}
	_, err := b.jobs.Insert(ctx, tx, sealRevision{r.ID}, nil)
	return err
}

func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()
	b.operations(api.New(mux, "catalog", "1", b.deps.Keys))

	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/search", b.searchPage)
	people.HandleFunc("GET /{lang}/procedures", b.browsePage)
	people.HandleFunc("GET /{lang}/procedures/export.json", b.exportPage)
	people.HandleFunc("GET /{lang}/procedures/{code}", b.sheetPage)
	people.HandleFunc("GET /{lang}/procedures/{code}/revisions/{number}", b.revisionFile)
	people.HandleFunc("GET /{lang}/administrations", b.administrationsPage)
	people.HandleFunc("GET /{lang}/administrations/{code}", b.administrationPage)
	people.HandleFunc("GET /{lang}/territories", b.territoriesPage)
	people.HandleFunc("GET /{lang}/territories/{code}", b.territoryPage)
	mux.Handle("/", b.pages.Protect(b.deps.Keys, people))
	return mux
}

// Handler answers /v1 and the pages.
func (b *Block) Handler() http.Handler { return b.handler }

// Run works the jobs and publishes the audit entries until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	b.finder.start()
	defer b.finder.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.jobs.Run(ctx) })
	g.Go(func() error {
		return audit.NewPublisher(b.store.db, "catalog", custodyapi.New(b.deps.Peer("custody"))).Run(ctx)
	})
	return g.Wait()
}
