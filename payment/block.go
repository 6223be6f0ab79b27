package payment

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"wasl/catalog/catalogapi"
	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
	"wasl/locker/lockerapi"
	"wasl/signature/signatureapi"
	"wasl/support/supportapi"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages locales
var files embed.FS

// Config is the contract with the acquirer. Without a gateway and a key no
// card can be used, and the pages say so.
type Config struct {
	Provider    Provider `env:"WASL_PAYMENT_PROVIDER,default=est3dgate"`
	ClientID    string   `env:"WASL_PAYMENT_CLIENT_ID,default=600000001"`
	StoreKey    string   `env:"WASL_PAYMENT_STORE_KEY"`
	GateURL     string   `env:"WASL_PAYMENT_GATE_URL"`     // the hosted page, …/fim/est3Dgate
	CenterURL   string   `env:"WASL_PAYMENT_CENTER_URL"`   // merchant service; "" when the acquirer has none
	CallbackURL string   `env:"WASL_PAYMENT_CALLBACK_URL"` // as the bank reaches it; default <portal>/payment/callback
	Days        int      `env:"WASL_PAYMENT_DAYS,default=30"`

	AskEvery      time.Duration `env:"WASL_PAYMENT_ASK_EVERY,default=30s"`      // sweep for lost callbacks and answers
	CaptureWithin time.Duration `env:"WASL_PAYMENT_CAPTURE_WITHIN,default=24h"` // an authorisation not captured by then is released
}

// cards reports whether the acquirer's page can be used.
func (c Config) cards() bool { return c.GateURL != "" && c.StoreKey != "" && c.ClientID != "" }

// LogValue keeps the store key out of the log.
func (c Config) LogValue() slog.Value { return slog.StringValue(string(c.Provider)) }

// Block is the payment block.
type Block struct {
	cfg     Config
	deps    block.Deps
	log     *slog.Logger
	db      *pg.DB
	jobs    *jobs.Jobs
	pages   *web.Pages
	bank    *http.Client
	handler http.Handler
}

// New prepares the block: schema, pages, jobs.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	if cfg.CallbackURL == "" {
		cfg.CallbackURL = d.PortalURL + "/payment/callback"
	}
	if cfg.cards() {
		if u, err := url.Parse(cfg.GateURL); err != nil || u.Host == "" {
			return nil, errs.New(errs.Invalid, "payment_gate_url").Cause(err)
		}
	}
	if !cfg.Provider.Known() {
		return nil, errs.New(errs.Invalid, "payment_provider_unknown")
	}
	if cfg.CaptureWithin < time.Minute {
		return nil, errs.New(errs.Invalid, "payment_capture_within")
	}
	db, err := d.Cluster.Block(ctx, "payment", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	envelope.New(db, custodyapi.New(d.Peer("custody")), d.Clock, sealedTables...)
	pages, err := web.Load("payment", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	log := slog.New(MaskLog(d.Log.Handler()))
	b := &Block{
		cfg: cfg, deps: d, log: log, db: db, pages: pages, jobs: jobs.New(db, d.Clock, log),
		bank: &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	b.addJobs()
	b.handler = b.routes()
	return b, nil
}

func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()
	b.operations(api.New(mux, "payment", "1", b.deps.Keys))

	// Machine paths: the bank and the browser it sends back, without a visit.
	mux.HandleFunc("POST /payment/callback", b.callback)
	mux.HandleFunc("/payment/return", b.comeBack)

	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/payments", b.listPage)
	people.HandleFunc("GET /{lang}/payments/{id}", b.payPage)
	people.HandleFunc("GET /{lang}/payments/{id}/return", b.returnPage)
	people.HandleFunc("GET /{lang}/payments/office", b.officePage)
	people.HandleFunc("GET /{lang}/payments/office/cases/{case}", b.casePage)
	people.HandleFunc("POST /{lang}/payments/office/cases/{case}", b.postCase)
	mux.Handle("/", b.pages.Protect(b.deps.Keys, people))
	return mux
}

func (b *Block) addJobs() {
	jobs.Handle(b.jobs, b.confirm)
	jobs.Handle(b.jobs, b.sealQuittance)
	jobs.Handle(b.jobs, b.announce)
	jobs.Handle(b.jobs, b.tellPayer)
	jobs.Every(b.jobs, "payment_tidy", time.Minute, b.tidy)
	jobs.Every(b.jobs, "payment_ask", b.cfg.AskEvery, b.askBank)
	jobs.Every(b.jobs, "payment_seal", time.Minute, b.sealMissing)
}

// Handler serves /v1, the bank's callback and the pages.
func (b *Block) Handler() http.Handler { return b.handler }

// Run works the jobs and publishes the audit entries until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.jobs.Run(ctx) })
	g.Go(func() error {
		return audit.NewPublisher(b.db, "payment", custodyapi.New(b.deps.Peer("custody"))).Run(ctx)
	})
	return g.Wait()
}

func (b *Block) catalog() *catalogapi.Client     { return catalogapi.New(b.deps.Peer("catalog")) }
func (b *Block) locker() *lockerapi.Client       { return lockerapi.New(b.deps.Peer("locker")) }
func (b *Block) signature() *signatureapi.Client { return signatureapi.New(b.deps.Peer("signature")) }
func (b *Block) support() *supportapi.Client     { return supportapi.New(b.deps.Peer("support")) }
