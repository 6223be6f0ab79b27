package support

import (
	"context"
	"embed"
	"log/slog"
	"net/http"

	"golang.org/x/sync/errgroup"

	"wasl/custody/custodyapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/envelope"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages locales
var files embed.FS

// Config says which mail server takes the messages. Without one they stay
// queued until they are given up.
type Config struct {
	SMTP     string `env:"WASL_SUPPORT_SMTP"` // host:port
	From     string `env:"WASL_SUPPORT_FROM,default=no-reply@wasl.localhost"`
	TLS      string `env:"WASL_SUPPORT_TLS,default=none"` // none, starttls, mandatory
	User     string `env:"WASL_SUPPORT_SMTP_USER"`
	Password string `env:"WASL_SUPPORT_SMTP_PASSWORD"`
}

// LogValue keeps the password out of the log.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.SMTP) }

// Block is the support block.
type Block struct {
	deps    block.Deps
	db      *pg.DB
	jobs    *jobs.Jobs
	pages   *web.Pages
	mailer  *mailer
	handler http.Handler
}

// New prepares the block: schema, pages, jobs.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	m, err := newMailer(cfg)
	if err != nil {
		return nil, err
	}
	db, err := d.Cluster.Block(ctx, "support", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	envelope.New(db, custodyapi.New(d.Peer("custody")), d.Clock, sealedTables...)
	pages, err := web.Load("support", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	b := &Block{deps: d, db: db, pages: pages, mailer: m, jobs: jobs.New(db, d.Clock, d.Log)}
	jobs.Handle(b.jobs, b.send)
	b.handler = b.routes()
	return b, nil
}

func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()
	b.operations(api.New(mux, "support", "1", b.deps.Keys))

	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/help", b.indexPage)
	people.HandleFunc("GET /{lang}/help/{topic}", b.topicPage)
	people.HandleFunc("GET /{lang}/help/{procedure}/{step}", b.stepPage)
	mux.Handle("/", b.pages.Protect(b.deps.Keys, people))
	return mux
}

// Handler serves /v1 and the help pages.
func (b *Block) Handler() http.Handler { return b.handler }

// Run sends the messages and publishes the audit entries until ctx ends.
func (b *Block) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.jobs.Run(ctx) })
	publisher := audit.NewPublisher(b.db, "support", custodyapi.New(b.deps.Peer("custody")))
	publisher.Log = b.deps.Log
	g.Go(func() error { return publisher.Run(ctx) })
	return g.Wait()
}
