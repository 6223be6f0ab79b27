package identity

import (
	"context"
	"embed"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"wasl/custody/custodyapi"
	"wasl/identity/card"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/envelope"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// Config is what an operator may set.
type Config struct {
	// Connector is the address, on each person's own machine, to which the card page sends its form.
	Connector string `env:"WASL_IDENTITY_CONNECTOR,default=http://127.0.0.1:8085"`
	// Anchors is a PEM file of the authorities whose cards are trusted. Empty: the installation has a demonstration authority of
	// its own and can enrol persons with software cards.
	Anchors string `env:"WASL_IDENTITY_CARD_ANCHORS"`
	// SessionLife is how long single sign-on lasts after a log-in.
	SessionLife time.Duration `env:"WASL_IDENTITY_SESSION,default=30m"`
	// Notify is the transport by which relying parties are told of a log-out; nil is the network.
	Notify http.RoundTripper
}

//go:embed all:pages locales migrations
var files embed.FS

// Block is identity, running.
type Block struct {
	cfg       Config
	d         block.Deps
	issuer    string
	db        *pg.DB
	vault     *envelope.Vault
	keys      *signingKeys
	anchors   card.Anchors
	authority *card.Authority // nil when cards come from elsewhere
	pages     *web.Pages
	jobs      *jobs.Jobs
	notify    *http.Client
	publisher *audit.Publisher
	api       *api.API
	handler   http.Handler
}

// New opens the block. It calls no other block: keys are unwrapped by custody at the first use.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	b := &Block{cfg: cfg, d: d, issuer: strings.TrimSuffix(d.IdentityURL, "/")}
	if b.cfg.Connector == "" {
		b.cfg.Connector = "http://127.0.0.1:8085"
	}
	if b.cfg.SessionLife <= 0 {
		b.cfg.SessionLife = 30 * time.Minute
	}
	var err error
	if cfg.Anchors != "" {
		b.anchors, err = anchors(cfg.Anchors)
	} else {
		var a card.Authority
		a, err = authority(ctx, d.Cluster, d.Dir, d.Clock.Now())
		b.authority, b.anchors = &a, card.Anchors{a.Cert}
	}
	if err != nil {
		return nil, err
	}
	b.pages, err = web.Load("identity", files, files, web.Standalone(d.PortalURL), web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	if b.db, err = d.Cluster.Block(ctx, "identity", files, d.Conns); err != nil {
		return nil, err
	}
	custody := custodyapi.New(d.Peer("custody"))
	b.vault = envelope.New(b.db, custody, d.Clock)
	b.vault.Settle(b.sealFormer)
	b.keys = &signingKeys{db: b.db, clock: d.Clock, vault: b.vault}
	b.publisher = audit.NewPublisher(b.db, "identity", custody)
	b.publisher.Log = d.Log
	b.jobs = jobs.New(b.db, d.Clock, d.Log)
	b.notify = notifier(cfg.Notify)
	b.addJobs()
	b.handler = b.routes()
	return b, nil
}

// Handler answers relying parties, browsers and the other blocks.
func (b *Block) Handler() http.Handler { return b.handler }

// Refuse answers what does not reach the handler: too many requests, text that is none.
func (b *Block) Refuse(w http.ResponseWriter, r *http.Request, err error) { b.pages.Refuse(w, r, err) }

// Spec is the OpenAPI document of the contract under /v1.
func (b *Block) Spec() ([]byte, error) { return api.Spec(b.api) }

// Run publishes audit entries, tells relying parties of log-outs, rotates keys and sweeps what has expired, until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	defer b.db.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.publisher.Run(ctx) })
	g.Go(func() error { return b.jobs.Run(ctx) })
	return g.Wait()
}
