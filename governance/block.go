package governance

import (
	"context"
	"embed"
	"net/http"
	"time"

	"wasl/kit/block"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages locales
var files embed.FS

// Config names the blocks whose figures are collected. They stand to the left of governance: reading their feed is the one way
// in which news travels that way.
type Config struct {
	Sources   []string      `env:"WASL_GOVERNANCE_SOURCES,default=casework,payment,exchange,identity,catalog,support"`
	Catalogue string        `env:"WASL_GOVERNANCE_CATALOGUE,default=catalog"` // where the administrations' names come from
	Every     time.Duration `env:"WASL_GOVERNANCE_EVERY,default=1m"`
}

// Block is the governance block.
type Block struct {
	cfg     Config
	deps    block.Deps
	db      *pg.DB
	pages   *web.Pages
	handler http.Handler
}

// New prepares the block: schema and pages.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	db, err := d.Cluster.Block(ctx, "governance", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	pages, err := web.Load("governance", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	b := &Block{cfg: cfg, deps: d, db: db, pages: pages}
	b.handler = b.routes()
	return b, nil
}

func (b *Block) routes() http.Handler {
	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/indicators", b.page)
	people.HandleFunc("GET /{lang}/indicators/figures.csv", b.downloadCSV)
	people.HandleFunc("GET /{lang}/indicators/figures.json", b.downloadJSON)
	people.HandleFunc("GET /{lang}/indicators/dictionary.csv", b.downloadDictionary)
	return b.pages.Protect(b.deps.Keys, people)
}

// Handler serves the public page and the open data.
func (b *Block) Handler() http.Handler { return b.handler }

// Run collects the figures until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	sweeps := jobs.New(b.db, b.deps.Clock, b.deps.Log)
	jobs.Every(sweeps, "governance_collect", b.cfg.Every, b.collect)
	return sweeps.Run(ctx)
}
