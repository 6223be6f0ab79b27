package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"wasl/exchange/message"
	"wasl/kit/disk"
)

const (
	logBatch      = 1024
	logBatchAge   = 5 * time.Millisecond   // a batch is handed over whole: waiting longer gathers nothing
	logGather     = 250 * time.Millisecond // how long records gather before they go into the log
	logCheckpoint = time.Second
)

// tileLog is the gateway's own transparency log (C2SP tlog-tiles): one entry per message, its leaf hash only, so that its
// tiles can be published and erasing a journal record leaves nothing about a person behind.
type tileLog struct {
	add      tessera.AddFn
	reader   tessera.LogReader
	shutdown func(context.Context) error
	cancel   context.CancelFunc
	verifier string
}

// openTileLog opens the log in dir, or makes it with a new Ed25519 key; origin names it in its checkpoints.
func openTileLog(dir, origin string, interval time.Duration) (*tileLog, error) {
	signer, verifier, err := logKey(filepath.Dir(dir), origin)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("gateway: tile log: %w", err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithBatching(2*logBatch, logBatchAge).WithCheckpointInterval(interval))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("gateway: tile log: %w", err)
	}
	return &tileLog{appender.Add, reader, shutdown, cancel, verifier}, nil
}

func logKey(dir, origin string) (note.Signer, string, error) {
	private, public := filepath.Join(dir, "log.key"), filepath.Join(dir, "log.pub")
	if _, err := os.Stat(private); errors.Is(err, os.ErrNotExist) {
		skey, vkey, err := note.GenerateKey(rand.Reader, origin)
		if err != nil {
			return nil, "", fmt.Errorf("gateway: log key: %w", err)
		}
		if err = disk.Replace(public, []byte(vkey), 0o644); err == nil {
			err = disk.WriteNew(private, []byte(skey)) // last: with it the pair is whole
		}
		if err != nil {
			return nil, "", fmt.Errorf("gateway: log key: %w", err)
		}
	}
	skey, err := os.ReadFile(private)
	if err != nil {
		return nil, "", fmt.Errorf("gateway: log key: %w", err)
	}
	vkey, err := os.ReadFile(public)
	if err != nil {
		return nil, "", fmt.Errorf("gateway: log key: %w", err)
	}
	signer, err := note.NewSigner(string(skey))
	if err != nil {
		return nil, "", fmt.Errorf("gateway: log key: %w", err)
	}
	return signer, string(vkey), nil
}

// Append adds the records, which must follow what the log holds, and returns once they are in it.
func (l *tileLog) Append(ctx context.Context, records []Record) error {
	futures := make([]tessera.IndexFuture, len(records))
	for i, r := range records {
		futures[i] = l.add(ctx, tessera.NewEntry(message.Hash(r.Leaf)))
	}
	for i, f := range futures {
		index, err := f()
		if err != nil {
			return fmt.Errorf("gateway: tile log: %w", err)
		}
		if index.Index != records[i].Seq {
			return fmt.Errorf("gateway: tile log gave index %d to record %d", index.Index, records[i].Seq)
		}
	}
	return nil
}

// Inclusion is where a message stands in its gateway's log.
type Inclusion struct {
	Index      uint64   `json:"index"`
	Path       [][]byte `json:"path"`
	Checkpoint string   `json:"checkpoint"` // signed note, C2SP tlog-checkpoint
}

// errNotYet is returned while no checkpoint covers the index.
var errNotYet = errors.New("gateway: no checkpoint covers the record yet")

// Inclusion returns the proof that the record is in the log under its newest checkpoint.
func (l *tileLog) Inclusion(ctx context.Context, index uint64) (Inclusion, error) {
	raw, err := l.reader.ReadCheckpoint(ctx)
	if err != nil {
		return Inclusion{}, errNotYet
	}
	size, err := checkpointSize(raw, l.verifier)
	if err != nil {
		return Inclusion{}, err
	}
	if index >= size {
		return Inclusion{}, errNotYet
	}
	builder, err := client.NewProofBuilder(ctx, size, l.reader.ReadTile)
	if err != nil {
		return Inclusion{}, fmt.Errorf("gateway: inclusion: %w", err)
	}
	path, err := builder.InclusionProof(ctx, index)
	if err != nil {
		return Inclusion{}, fmt.Errorf("gateway: inclusion: %w", err)
	}
	return Inclusion{index, path, string(raw)}, nil
}

// Close publishes a last checkpoint and stops.
func (l *tileLog) Close(ctx context.Context) error {
	err := l.shutdown(ctx)
	l.cancel()
	return err
}
