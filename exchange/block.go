package exchange

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"wasl/catalog/catalogapi"
	"wasl/custody/custodyapi"
	"wasl/exchange/directory"
	"wasl/exchange/gateway"
	"wasl/identity/identityapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/jobs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed pages locales
var files embed.FS

// Config says where the exchange's installation is. Without one, Run makes the first installation with the two addresses.
type Config struct {
	Dir       string `env:"WASL_EXCHANGE_DIR"` // default: the block's own folder
	Member    string `env:"WASL_EXCHANGE_MEMBER,default=MA/GOV/digital-agency"`
	Subsystem string `env:"WASL_EXCHANGE_SUBSYSTEM,default=portal"`
	Gateway   string `env:"WASL_EXCHANGE_GATEWAY,default=127.0.0.1:8090"`          // the register's gateway
	Registers string `env:"WASL_EXCHANGE_REGISTERS,default=http://127.0.0.1:8089"` // the register
}

// Block is the exchange block: this installation's own gateway, and what people see of it.
type Block struct {
	cfg     Config
	deps    block.Deps
	log     *slog.Logger
	db      *pg.DB
	pages   *web.Pages
	client  directory.ClientID
	secret  []byte // of the pseudonyms
	names   names
	handler http.Handler
	gateway atomic.Pointer[gateway.Gateway] // nil until Run has opened it

	follower *gateway.Follower // the sweep's own
	followed uint64
}

// New prepares the block: schema and pages. The gateway opens in Run, since its log has one writer.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	if cfg.Dir == "" {
		cfg.Dir = d.Dir
	}
	client, err := directory.ParseClient(cfg.Member + "/" + cfg.Subsystem)
	if err != nil {
		return nil, fmt.Errorf("exchange: WASL_EXCHANGE_MEMBER: %w", err)
	}
	secret, err := pseudonymKey(ctx, d.Cluster, cfg.Dir)
	if err != nil {
		return nil, err
	}
	db, err := d.Cluster.Block(ctx, "exchange", migrations, d.Conns)
	if err != nil {
		return nil, err
	}
	pages, err := web.Load("exchange", files, files, web.Demonstration(d.Demo))
	if err != nil {
		return nil, err
	}
	b := &Block{cfg: cfg, deps: d, log: d.Log, db: db, pages: pages, client: client, secret: secret}
	b.handler = b.routes()
	d.Ready.Check("exchange.log", func(context.Context) error {
		if g := b.gateway.Load(); g != nil {
			return g.Ready()
		}
		return nil
	})
	return b, nil
}

func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()
	b.operations(api.New(mux, "exchange", "1", b.deps.Keys))
	people := http.NewServeMux()
	people.HandleFunc("GET /{lang}/access", b.accessPage)
	people.HandleFunc("GET /{lang}/access/{id}/proof", b.downloadProof)
	people.HandleFunc("GET /{lang}/access/trust", b.trust)
	mux.Handle("/", b.pages.Protect(b.deps.Keys, people))
	return mux
}

// Handler serves /v1 and the page of who looked at a person's data.
func (b *Block) Handler() http.Handler { return b.handler }

// Run opens the gateway, then derives the rows and publishes the audit entries until ctx ends.
func (b *Block) Run(ctx context.Context) (err error) {
	g, err := b.openGateway(ctx)
	if err != nil {
		return err
	}
	b.gateway.Store(g)
	defer func() {
		b.gateway.Store(nil)
		if b.follower != nil {
			b.follower.Close()
		}
		err = errors.Join(err, g.Close())
	}()
	sweeps := jobs.New(b.db, b.deps.Clock, b.log)
	jobs.Every(sweeps, "exchange_rows", time.Second, func(ctx context.Context) error { return b.derive(ctx, g) })
	jobs.Every(sweeps, "exchange_renewal", time.Hour, func(context.Context) error { return renew(b.cfg.Dir, b.deps.Clock) })
	custody := custodyapi.New(b.deps.Peer("custody"))
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return sweeps.Run(ctx) })
	work.Go(func() error { return audit.NewPublisher(b.db, "exchange", custody).Run(ctx) })
	work.Go(func() error { return b.publishCheckpoints(ctx, g, custody) })
	return work.Wait()
}

// openGateway waits a moment for a process that is just ending and still holds the log.
func (b *Block) openGateway(ctx context.Context) (*gateway.Gateway, error) {
	path := gatewayFile(b.cfg.Dir, b.cfg.Member)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if _, err := Setup(b.cfg.Dir, b.deps.Clock, Where{Gateway: b.cfg.Gateway, Registers: b.cfg.Registers}); err != nil {
			return nil, err
		}
	} else if err := renew(b.cfg.Dir, b.deps.Clock); err != nil {
		return nil, err
	}
	c, err := gateway.ReadConfig(path)
	if err != nil {
		return nil, fmt.Errorf("exchange: %s: %w", filepath.Base(path), err)
	}
	gateway.MoreProcessors()
	for range 50 {
		g, err := gateway.Open(ctx, c, b.deps.Clock, b.log)
		if !errors.Is(err, gateway.ErrInUse) {
			return g, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, gateway.ErrInUse
}

func (b *Block) identity() *identityapi.Client { return identityapi.New(b.deps.Peer("identity")) }
func (b *Block) catalog() *catalogapi.Client   { return catalogapi.New(b.deps.Peer("catalog")) }
