package custody

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"wasl/custody/custodyapi"
	"wasl/kit/disk"
	"wasl/kit/proof"
)

const (
	checkpointInterval = 200 * time.Millisecond
	batchSize          = 1024                  // leaves that the log writes at once
	batchAge           = 20 * time.Millisecond // before it writes fewer
)

// tileLog is the evidence log on disk (C2SP tlog-tiles), written by tessera.
type tileLog struct {
	dir      string
	verifier string // public key in note format
	appender *tessera.Appender
	reader   tessera.LogReader
	awaiter  *tessera.PublicationAwaiter
	shutdown func(context.Context) error
	end      context.CancelFunc
	origin   string
	check    note.Verifier
}

// openLog opens the log in dir, made if it is missing, under its origin. The caller holds the lease.
func openLog(ctx context.Context, dir, origin string, keys Keys) (*tileLog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("custody: log: %w", err)
	}
	signer, verifier, err := noteKey(filepath.Join(dir, "signer.json"), origin, keys)
	if err != nil {
		return nil, fmt.Errorf("custody: log key: %w", err)
	}
	l := &tileLog{dir: filepath.Join(dir, "tiles"), verifier: verifier, origin: origin}
	if l.check, err = note.NewVerifier(verifier); err != nil {
		return nil, fmt.Errorf("custody: log key: %w", err)
	}
	// The log lives until close, not until the start's context ends.
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	driver, err := posix.New(ctx, posix.Config{Path: l.dir})
	if err != nil {
		return nil, fmt.Errorf("custody: log: %w", err)
	}
	opts := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(checkpointInterval).
		WithBatching(batchSize, batchAge)
	l.appender, l.shutdown, l.reader, err = tessera.NewAppender(ctx, driver, opts)
	if err != nil {
		l.end()
		return nil, fmt.Errorf("custody: log: %w", err)
	}
	l.awaiter = tessera.NewPublicationAwaiter(ctx, l.reader.ReadCheckpoint, 20*time.Millisecond)
	return l, nil
}

// noteSecret is the file of the log's signing key, wrapped like any other block's key.
type noteSecret struct {
	Verifier string             `json:"verifier"`
	Wrapped  custodyapi.Wrapped `json:"wrapped"`
}

const notePurpose = "custody.log"

// noteKey returns the log's Ed25519 signer and its public key, made at the first start.
func noteKey(path, origin string, keys Keys) (signer note.Signer, verifier string, err error) {
	var s noteSecret
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s, err = newNoteKey(path, origin, keys)
	case err == nil:
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return nil, "", err
	}
	key, err := keys.Unwrap(notePurpose, s.Wrapped, []byte(s.Verifier))
	if err != nil {
		return nil, "", err
	}
	if signer, err = note.NewSigner(string(key)); err != nil {
		return nil, "", err
	}
	if signer.Name() != origin {
		return nil, "", fmt.Errorf("the log is %s and cannot become %s: an origin is for ever", signer.Name(), origin)
	}
	return signer, s.Verifier, nil
}

func newNoteKey(path, origin string, keys Keys) (s noteSecret, err error) {
	key, verifier, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return s, err
	}
	s.Verifier = verifier
	if s.Wrapped, err = keys.Wrap(notePurpose, []byte(key), []byte(verifier)); err != nil {
		return s, err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return s, err
	}
	return s, disk.WriteNew(path, b)
}

// add appends leaves and returns their places once they are published: the log has no order of its own among them.
func (l *tileLog) add(ctx context.Context, leaves [][]byte) (indexes []int64, err error) {
	futures := make([]tessera.IndexFuture, len(leaves))
	for i, leaf := range leaves {
		futures[i] = l.appender.Add(ctx, tessera.NewEntry(leaf))
	}
	last := 0
	for i, future := range futures {
		index, err := future()
		if err != nil {
			return nil, fmt.Errorf("custody: append: %w", err)
		}
		indexes = append(indexes, int64(index.Index))
		if indexes[i] > indexes[last] {
			last = i
		}
	}
	if _, _, err := l.awaiter.Await(ctx, futures[last]); err != nil {
		return nil, fmt.Errorf("custody: publish: %w", err)
	}
	return indexes, nil
}

// leaves reads the log's leaves from first on, published or not: after a kill the last may wait for their checkpoint.
func (l *tileLog) leaves(ctx context.Context, first int64) (leaves [][]byte, size int64, err error) {
	n, err := l.reader.IntegratedSize(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("custody: read log: %w", err)
	}
	for i := uint64(first); i < n; {
		b, err := client.GetEntryBundle(ctx, l.reader.ReadEntryBundle, i/256, n)
		if err != nil {
			return nil, 0, fmt.Errorf("custody: read log: %w", err)
		}
		leaves = append(leaves, b.Entries[i%256:]...)
		i += uint64(len(b.Entries)) - i%256
	}
	return leaves, int64(n), nil
}

// prove returns the inclusion of a published leaf under the newest checkpoint.
func (l *tileLog) prove(ctx context.Context, index uint64) (in proof.Inclusion, err error) {
	cp, raw, _, err := client.FetchCheckpoint(ctx, l.reader.ReadCheckpoint, l.check, l.origin)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	if cp.Size <= index {
		return in, fmt.Errorf("custody: prove: leaf %d is not published", index)
	}
	b, err := client.NewProofBuilder(ctx, cp.Size, l.reader.ReadTile)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	path, err := b.InclusionProof(ctx, index)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	return proof.Inclusion{Index: index, Size: cp.Size, Path: path, Checkpoint: raw}, nil
}

// close publishes what was added and stops.
func (l *tileLog) close(ctx context.Context) error {
	defer l.end()
	return l.shutdown(ctx)
}
