package signature

import (
	"context"
	"embed"
	"net/http"
	"path/filepath"

	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/tokens"
)

// Config is what an installation decides about its trust services.
type Config struct {
	// Offline is the folder in which the ceremony leaves the root's private key, to be carried away. Default: offline/ beside
	// the block's own folder.
	Offline string `env:"WASL_SIGNATURE_OFFLINE"`
	// URL is the public address under which /v1/crl and /v1/ocsp are reached; it is written into certificates. Default: none.
	URL string `env:"WASL_SIGNATURE_URL"`
}

// Custody is what this block asks of custody: custodyapi.Client.
type Custody interface {
	envelope.Wrapper
	audit.Sink
	// Verifier returns the evidence log's public key in note format.
	Verifier(ctx context.Context) (key, witnesses string, err error)
}

// Block is the trust services.
type Block struct {
	store     store
	clock     clock.Clock
	custody   Custody
	authority *authority
	publisher *audit.Publisher
	handler   http.Handler
}

//go:embed migrations/*.sql
var migrations embed.FS

// New opens the block. The ceremony waits for the first use: custody, which keeps the keys, may start later.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	db, err := d.Cluster.Block(ctx, "signature", migrations, d.Conns)
	if err != nil {
		return nil, errs.Wrap("signature", err)
	}
	if cfg.Offline == "" {
		cfg.Offline = filepath.Join(filepath.Dir(filepath.Clean(d.Dir)), "offline")
	}
	b := newBlock(cfg, db, d.Clock, custodyapi.New(d.Peer("custody")))
	b.handler = b.routes(d.Keys)
	b.publisher.Log = d.Log
	return b, nil
}

func newBlock(cfg Config, db *pg.DB, clk clock.Clock, custody Custody) *Block {
	s := store{db, envelope.New(db, custody, clk)}
	s.vault.Settle(sealFormerKeys(db))
	a := &authority{store: s, clock: clk, offline: cfg.Offline}
	if cfg.URL != "" {
		a.places = places{crl: []string{cfg.URL + "/v1/crl"}, ocsp: []string{cfg.URL + "/v1/ocsp"}}
	}
	return &Block{store: s, clock: clk, custody: custody, authority: a, publisher: audit.NewPublisher(db, "signature", custody)}
}

func (b *Block) routes(keys *tokens.Keyring) http.Handler {
	mux := http.NewServeMux()
	a := api.New(mux, "signature", "1", keys)
	b.sealRoutes(a)
	b.trustRoutes(mux, a)
	return mux
}

// Handler answers the contract under /v1, of which trust, lists and time-stamps are public.
func (b *Block) Handler() http.Handler { return b.handler }

// Run publishes audit entries until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	defer b.store.db.Close()
	return b.publisher.Run(ctx)
}
