package casework

import (
	"context"
	"embed"
	"net/http"

	"golang.org/x/sync/errgroup"

	"wasl/casework/citizen"
	"wasl/casework/dossier"
	"wasl/casework/officer"
	"wasl/casework/reading"
	"wasl/catalog/catalogapi"
	"wasl/custody/custodyapi"
	"wasl/exchange/exchangeapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/jobs"
	"wasl/kit/web"
	"wasl/law"
	"wasl/locker/lockerapi"
	"wasl/payment/paymentapi"
	"wasl/signature/signatureapi"
	"wasl/support/supportapi"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages/*.html
var pages embed.FS

//go:embed locales/*.json
var locales embed.FS

// Config is what an installation may set. Casework needs nothing.
type Config struct{}

// Block is the transactional portal.
type Block struct {
	desk      *dossier.Desk
	looks     reading.Desk
	handler   http.Handler
	api       *api.API
	publisher *audit.Publisher
}

// New opens the block's rows and puts the pieces together.
func New(ctx context.Context, _ Config, d block.Deps) (*Block, error) {
	db, err := d.Cluster.Block(ctx, "casework", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	envelope.New(db, custodyapi.New(d.Peer("custody")), d.Clock, dossier.Sealed...)
	face, err := web.Load("casework", pages, locales, web.Also(law.Locales))
	if err != nil {
		return nil, errs.Wrap("casework: pages", err)
	}
	desk := &dossier.Desk{
		DB: db, Clock: d.Clock, Log: d.Log, Book: law.Current(), Jobs: jobs.New(db, d.Clock, d.Log), Pages: face, PortalURL: d.PortalURL,
		Catalog: catalogapi.New(d.Peer("catalog")), Payment: paymentapi.New(d.Peer("payment")), Exchange: exchangeapi.New(d.Peer("exchange")),
		Locker: lockerapi.New(d.Peer("locker")), Signature: signatureapi.New(d.Peer("signature")), Support: supportapi.New(d.Peer("support")),
	}
	desk.Work()
	looks := reading.Desk{DB: db, Clock: d.Clock, Exchange: desk.Exchange}
	jobs.Every(desk.Jobs, "readings", reading.Every, looks.Sweep)
	d.Ready.Check("casework.readings", looks.Late)
	b := &Block{desk: desk, looks: looks, publisher: audit.NewPublisher(db, "casework", custodyapi.New(d.Peer("custody")))}
	b.publisher.Log = d.Log
	b.routes(d)
	return b, nil
}

func (b *Block) routes(d block.Deps) {
	people := http.NewServeMux()
	citizen.Desk{Desk: b.desk}.Routes(people)
	officer.Desk{Desk: b.desk}.Routes(people)
	mux := http.NewServeMux()
	b.api = api.New(mux, "casework", "1.0.0", d.Keys)
	b.operations(b.api)
	mux.Handle("/", b.desk.Pages.Protect(d.Keys, people))
	b.handler = mux
}

// Handler serves the pages under /{lang} and the contract under /v1.
func (b *Block) Handler() http.Handler { return b.handler }

// Spec returns the OpenAPI document of the contract.
func (b *Block) Spec() ([]byte, error) { return api.Spec(b.api) }

// Run does the work in the background: documents, e-mails, the sweep of due dates, and the publication of audit entries.
func (b *Block) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.desk.Jobs.Run(ctx) })
	g.Go(func() error { return b.publisher.Run(ctx) })
	return g.Wait()
}
