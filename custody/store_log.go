package custody

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	flog "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"wasl/custody/custodyapi"
	"wasl/kit/errs"
	"wasl/kit/keyfile"
	"wasl/kit/proof"
	"wasl/kit/strictjson"
	"wasl/kit/tilelog"
)

const (
	checkpointInterval = 200 * time.Millisecond
	askingInterval     = 5 * time.Second       // between two tries while the witnesses are needed and silent
	batchSize          = 1024                  // leaves that the log writes at once
	batchAge           = 20 * time.Millisecond // before it writes fewer
	witnessTimeout     = 3 * time.Second
	closeWait          = 5 * time.Second
)

// tileLog is the evidence log on disk (C2SP tlog-tiles), written by tessera. One whose folder contradicts what was signed is only
// read: it has no appender.
type tileLog struct {
	dir      string
	disk     client.FileFetcher
	verifier string // public key in note format
	origin   string
	check    note.Verifier
	strict   bool  // publishes nothing that the witnesses have not co-signed
	refused  error // why nothing is written

	guard    *tilelog.Guard
	walk     *tilelog.Walk // what the start had no time to look at, nil when it saw everything
	appender *tessera.Appender
	shutdown func(context.Context) error
	end      context.CancelFunc
}

// logConfig is what an installation decides about its log.
type logConfig struct {
	dir     string
	acts    string // folder of what the batches hold
	origin  string
	policy  proof.Policy
	asked   *asked
	grace   time.Duration // how long the log goes on without its witnesses
	keys    Keys
	record  keyfile.Record
	started bool // the log exists: its key is not made anew
}

// openTiles reads the log in its folder, made if the log is new, without writing to it.
func openTiles(c logConfig) (*tileLog, note.Signer, error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("custody: log: %w", err)
	}
	signer, verifier, err := noteKey(c)
	if err != nil {
		return nil, nil, fmt.Errorf("custody: log key: %w", err)
	}
	l := &tileLog{dir: filepath.Join(c.dir, "tiles"), verifier: verifier, origin: c.origin, end: func() {}}
	l.disk.Root = l.dir
	if l.check, err = note.NewVerifier(verifier); err != nil {
		return nil, nil, fmt.Errorf("custody: log key: %w", err)
	}
	return l, signer, nil
}

// start lets tessera write the log. The guard must have found it whole.
func (l *tileLog) start(ctx context.Context, c logConfig, strict bool) error {
	// The log lives until close, not until the start's context ends.
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	driver, err := posix.New(ctx, posix.Config{Path: l.dir, HTTPClient: c.asked.client()})
	if err != nil {
		return fmt.Errorf("custody: log: %w", err)
	}
	l.strict = strict
	interval, again := checkpointInterval, time.Minute
	if strict {
		interval, again = askingInterval, askingInterval
	}
	opts := tessera.NewAppendOptions().WithCheckpointSigner(l.guard).WithCheckpointInterval(interval).
		WithBatching(batchSize, batchAge).WithShutdownTimeout(closeWait)
	if !c.policy.IsZero() {
		opts = opts.WithCheckpointRepublishInterval(again).WithWitnesses(c.policy.Group(), &tessera.WitnessOptions{Timeout: witnessTimeout, FailOpen: !strict})
	}
	l.appender, l.shutdown, _, err = tessera.NewAppender(ctx, driver, opts)
	if err != nil {
		l.end()
		return fmt.Errorf("custody: log: %w", err)
	}
	return nil
}

// noteSecret is the file of the log's signing key, wrapped like any other block's key.
type noteSecret struct {
	Verifier string             `json:"verifier"`
	Wrapped  custodyapi.Wrapped `json:"wrapped"`
}

// noteKey returns the log's Ed25519 signer and its public key, made when the log is new. c.started is the second witness of a log
// that exists, beside the record of keys.
func noteKey(c logConfig) (signer note.Signer, verifier string, err error) {
	ctx, path := context.Background(), filepath.Join(c.dir, "signer.json")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && c.started {
		return nil, "", fmt.Errorf("%s is missing, but the database knows this log: evidence is missing, restore the log's folder", path)
	}
	var s noteSecret
	kind := keyfile.Kind{
		Make:  func() ([]byte, error) { return newNoteKey(ctx, c) },
		Valid: func(b []byte) error { return strictjson.Unmarshal(b, &s) },
	}
	b, err := keyfile.Open(ctx, c.record, "custody/log/signer.json", path, kind)
	if err != nil {
		return nil, "", err
	}
	if err := strictjson.Unmarshal(b, &s); err != nil {
		return nil, "", err
	}
	key, err := c.keys.Unwrap(ctx, logPurpose, s.Wrapped, []byte(s.Verifier))
	if err != nil {
		return nil, "", err
	}
	if signer, err = note.NewSigner(string(key)); err != nil {
		return nil, "", err
	}
	if signer.Name() != c.origin {
		return nil, "", fmt.Errorf("the log is %s and cannot become %s: an origin is for ever", signer.Name(), c.origin)
	}
	return signer, s.Verifier, nil
}

func newNoteKey(ctx context.Context, c logConfig) ([]byte, error) {
	key, verifier, err := note.GenerateKey(rand.Reader, c.origin)
	if err != nil {
		return nil, err
	}
	s := noteSecret{Verifier: verifier}
	if s.Wrapped, err = c.keys.Wrap(ctx, logPurpose, []byte(key), []byte(verifier)); err != nil {
		return nil, err
	}
	return json.MarshalIndent(s, "", "  ")
}

// add appends leaves and returns their places once they are published: the log has no order of its own among them.
func (l *tileLog) add(ctx context.Context, leaves [][]byte) (indexes []int64, err error) {
	futures := make([]tessera.IndexFuture, len(leaves))
	for i, leaf := range leaves {
		futures[i] = l.appender.Add(ctx, tessera.NewEntry(leaf))
	}
	for _, future := range futures {
		index, err := future()
		if err != nil {
			return nil, fmt.Errorf("custody: append: %w", err)
		}
		indexes = append(indexes, int64(index.Index))
	}
	return indexes, l.published(ctx, uint64(slices.Max(indexes))+1)
}

// whole compares what the next root is calculated from with what was signed.
func (l *tileLog) whole(ctx context.Context) error {
	st, _, err := l.state()
	if err == nil {
		err = l.guard.Check(ctx, st.Size, st.Root)
	}
	if tilelog.AsDamage(err) != nil {
		l.guard.Refuse(err)
	}
	return err
}

// publishWait bounds the wait for a checkpoint: witnesses have their timeout several times.
const publishWait = 20 * time.Second

// errUnpublished says that no checkpoint covers what was appended; the next opening finds it in the log.
var errUnpublished = errors.New("custody: what was appended is not published")

// published waits until a checkpoint covers size entries, or until the log signs nothing more.
func (l *tileLog) published(ctx context.Context, size uint64) error {
	ctx, cancel := context.WithTimeout(ctx, publishWait)
	defer cancel()
	for {
		if cp, _, err := l.checkpoint(ctx); err == nil && cp.Size >= size {
			return nil
		}
		if err := l.guard.Damage(); err != nil {
			return fmt.Errorf("custody: publish: %w", err)
		}
		select {
		case <-ctx.Done():
			return errUnpublished
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// checkpoint reads the published checkpoint, which the log must have signed. One that is missing is os.ErrNotExist.
func (l *tileLog) checkpoint(ctx context.Context) (*flog.Checkpoint, []byte, error) {
	return tilelog.ReadCheckpoint(ctx, l.disk.ReadCheckpoint, l.check)
}

// state reads what the log holds, published or not.
func (l *tileLog) state() (st tilelog.State, there bool, err error) { return tilelog.ReadState(l.dir) }

// leaves reads the log's leaves from first on, published or not: after a kill the last may wait for their checkpoint.
func (l *tileLog) leaves(ctx context.Context, first int64) (leaves [][]byte, size int64, err error) {
	st, _, err := l.state()
	if err != nil {
		return nil, 0, fmt.Errorf("custody: read log: %w", err)
	}
	n := st.Size
	for i := uint64(first); i < n; {
		b, err := client.GetEntryBundle(ctx, l.disk.ReadEntryBundle, i/256, n)
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
	cp, raw, err := l.checkpoint(ctx)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	if cp.Size <= index {
		return in, errs.New(errs.Unavailable, "try_again").Cause(fmt.Errorf("custody: prove: leaf %d is not published", index))
	}
	b, err := client.NewProofBuilder(ctx, cp.Size, l.disk.ReadTile)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	path, err := b.InclusionProof(ctx, index)
	if err != nil {
		return in, fmt.Errorf("custody: prove: %w", err)
	}
	return proof.Inclusion{Index: index, Size: cp.Size, Path: path, Checkpoint: raw}, nil
}

// close publishes what was added and stops; a log that refuses to sign just stops.
func (l *tileLog) close(ctx context.Context) error {
	defer l.end()
	if l.appender == nil || l.guard.Damage() != nil {
		return nil
	}
	return l.shutdown(ctx)
}
