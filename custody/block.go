package custody

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

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
	// Witnesses is the file of the policy (kit/proof) that says which witnesses co-sign checkpoints; without it the log has none.
	Witnesses string `env:"WASL_CUSTODY_WITNESSES"`
	// WitnessGrace is how long the log publishes checkpoints that its witnesses have not co-signed. Then it publishes none until they do.
	WitnessGrace time.Duration `env:"WASL_CUSTODY_WITNESS_GRACE,default=1h"`
}

// policy reads the witnesses' policy.
func (c Config) policy() (proof.Policy, error) {
	if c.Witnesses == "" {
		return proof.Policy{}, nil
	}
	text, err := os.ReadFile(c.Witnesses)
	if err != nil {
		return proof.Policy{}, fmt.Errorf("custody: witnesses: %w", err)
	}
	p, err := proof.ParsePolicy(string(text))
	if err != nil {
		return p, fmt.Errorf("custody: %s: %w", c.Witnesses, err)
	}
	return p, nil
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
	d.Ready.Check("custody.log", func(context.Context) error { return b.evidence.Ready() })
	b.handler = b.routes(d.Keys)
	b.publisher = audit.NewPublisher(db, "custody", ownSink{b.evidence})
	b.publisher.Log = d.Log
	return b, nil
}

func (b *Block) open(ctx context.Context, cfg Config, d block.Deps) (err error) {
	keys, err := OpenKeys(ctx, d.Cluster, filepath.Join(d.Dir, "keys"))
	if err != nil {
		return err
	}
	b.keys = keys
	policy, err := cfg.policy()
	if err != nil {
		return err
	}
	c := logConfig{dir: filepath.Join(d.Dir, "log"), acts: filepath.Join(d.Dir, "acts"), origin: cfg.Origin, policy: policy, asked: newAsked(policy), grace: cfg.WitnessGrace, keys: b.keys, record: d.Cluster}
	b.evidence, err = openEvidenceLog(ctx, &store{b.db}, c, d.Clock, d.Log)
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

// AppendRoot logs a root of custody's own.
func (s ownSink) AppendRoot(ctx context.Context, batch string, root []byte, acts []proof.Act) (proof.Inclusion, error) {
	return s.log.take(ctx, Root{Block: "custody", Batch: batch, Hash: root}, acts)
}

// Batches returns custody's own batches.
func (s ownSink) Batches(ctx context.Context, after int64) ([]proof.Logged, error) {
	return s.log.store.batches(ctx, "custody", after)
}

// Acts returns the acts of one of custody's own batches.
func (s ownSink) Acts(_ context.Context, batch string) ([]proof.Act, error) {
	return s.log.acts.of(Root{Block: "custody", Batch: batch})
}
