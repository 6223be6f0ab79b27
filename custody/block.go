package custody

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"

	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/proof"
	"wasl/kit/quiet"
	"wasl/kit/tokens"
)

// Config is what an installation decides about custody.
type Config struct {
	// Origin names the evidence log in every checkpoint, for ever: a host name and path of the institution, without a scheme.
	Origin string `env:"WASL_CUSTODY_ORIGIN,default=wasl.example/evidence"`
}

// Block is custody.
type Block struct {
	db        *pg.DB
	clock     clock.Clock
	slog      *slog.Logger
	keys      Keys
	evidence  *evidenceLog
	publisher *audit.Publisher
	handler   http.Handler
}

// tesseraLog: tessera logs by klog, which has one logger for the process.
var tesseraLog sync.Once

//go:embed migrations/*.sql
var migrations embed.FS

// New opens the keys and the evidence log. It fails when another process writes the log.
func New(ctx context.Context, cfg Config, d block.Deps) (*Block, error) {
	tesseraLog.Do(func() { klog.SetSlogLogger(quiet.AtLeast(slog.LevelWarn, d.Log)) })
	db, err := d.Cluster.Block(ctx, "custody", migrations, d.Conns)
	if err != nil {
		return nil, errs.Wrap("custody", err)
	}
	b := &Block{db: db, clock: d.Clock, slog: d.Log}
	if err := b.open(ctx, cfg, d); err != nil {
		db.Close()
		return nil, err
	}
	b.handler = b.routes(d.Keys)
	b.publisher = audit.NewPublisher(db, "custody", ownSink{b.evidence})
	b.publisher.Log = d.Log
	return b, nil
}

func (b *Block) open(ctx context.Context, cfg Config, d block.Deps) (err error) {
	if b.keys, err = newFileKeys(filepath.Join(d.Dir, "keys")); err != nil {
		return err
	}
	b.evidence, err = openEvidenceLog(ctx, &store{b.db}, filepath.Join(d.Dir, "log"), cfg.Origin, b.keys, d.Log)
	return err
}

func (b *Block) routes(keys *tokens.Keyring) http.Handler {
	mux := http.NewServeMux()
	a := api.New(mux, "custody", "1", keys)
	b.keyRoutes(a)
	b.logRoutes(a)
	b.tileRoutes(mux)
	return mux
}

// Handler answers the contract under /v1 and the log's files under /log.
func (b *Block) Handler() http.Handler { return b.handler }

// Run writes the evidence log until ctx ends. It returns an error when another process has taken over the log.
func (b *Block) Run(ctx context.Context) error {
	defer b.db.Close()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return b.evidence.run(ctx) })
	work.Go(func() error { return b.publisher.Run(ctx) })
	return errs.Wrap("custody", work.Wait())
}

// ownSink brings custody's own entries into its own log.
type ownSink struct{ log *evidenceLog }

func (s ownSink) AppendRoot(ctx context.Context, batch string, root []byte) (proof.Inclusion, error) {
	return s.log.append(ctx, Root{Block: "custody", Batch: batch, Hash: root})
}
