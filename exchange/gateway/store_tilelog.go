package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"wasl/exchange/message"
	"wasl/kit/disk"
	"wasl/kit/strictjson"
	"wasl/kit/tilelog"
)

const (
	logBatch      = 1024
	logBatchAge   = 5 * time.Millisecond   // a batch is handed over whole: waiting longer gathers nothing
	logGather     = 250 * time.Millisecond // how long records gather before they go into the log
	logCheckpoint = time.Second
	startLook     = 5 * time.Second // how long a start looks at every file of the log; the rest follows in the background
)

// tileLog is the gateway's own transparency log (C2SP tlog-tiles): one entry per message, its leaf hash only, so that its
// tiles can be published and erasing a journal record leaves nothing about a person behind. One whose files contradict what was
// signed is only read: it has no appender.
type tileLog struct {
	dir      string
	disk     client.FileFetcher
	verifier string
	check    note.Verifier
	journal  *journal

	guard    *tilelog.Guard
	walk     *tilelog.Walk // what the start had no time to look at; nil when it saw everything
	refused  error         // the damage that the start found
	add      tessera.AddFn
	shutdown func(context.Context) error
	cancel   context.CancelFunc

	mu     sync.Mutex
	recent [][]byte // leaves that were added and not signed yet
	first  uint64   // place of the first of them
}

// openTileLog opens the log in dir, or makes it, and compares it with what was signed and with the journal. Damage is no error:
// the log is then read only, and refused says why.
func openTileLog(ctx context.Context, dir, origin string, interval time.Duration, j *journal) (*tileLog, error) {
	l := &tileLog{dir: dir, disk: client.FileFetcher{Root: dir}, journal: j, cancel: func() {}}
	_, begun, err := l.state()
	signer, err := l.openKey(ctx, origin, begun || err != nil || j.next > 0)
	if err != nil {
		return nil, err
	}
	switch err := l.inspect(ctx, signer); {
	case tilelog.AsDamage(err) != nil:
		l.refused = err
		return l, nil
	case err != nil:
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx)) // the log lives until Close
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		l.cancel()
		return nil, fmt.Errorf("gateway: tile log: %w", err)
	}
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(l.guard).WithBatching(2*logBatch, logBatchAge).WithCheckpointInterval(interval))
	if err != nil {
		l.cancel()
		return nil, fmt.Errorf("gateway: tile log: %w", err)
	}
	l.add, l.shutdown = appender.Add, shutdown
	return l, nil
}

// inspect makes the guard, or returns the damage that keeps it from being made.
func (l *tileLog) inspect(ctx context.Context, signer note.Signer) error {
	last, err := l.base(ctx)
	if err != nil {
		return err
	}
	st, there, err := l.state()
	switch {
	case err != nil:
		return err
	case !there && last.Size > 0:
		return &tilelog.Damage{File: tilelog.StateFile, Entry: 0, Why: "missing: evidence is missing, restore the log's folder"}
	case st.Size < last.Size:
		return &tilelog.Damage{File: tilelog.StateFile, Entry: int64(st.Size), Why: fmt.Sprintf("the log has %d entries, %d were signed: it is older than its last signature", st.Size, last.Size)}
	case st.Size > l.journal.next:
		return fmt.Errorf("gateway: the tile log %s holds %d messages, the journal only %d: the journal was lost or replaced", l.dir, st.Size, l.journal.next)
	}
	owner := tilelog.Owner{Leaves: l.ownLeaves(), Signing: l.signing}
	walk := tilelog.NewWalk(l.disk, tilelog.Owner{Leaves: l.ownLeaves()}, last.Size, last.Root)
	guard, err := tilelog.Open(ctx, signer, l.disk, owner, last.Size, last.Root)
	if err == nil {
		err = guard.Check(ctx, st.Size, st.Root)
	}
	look := time.After(startLook)
	for err == nil || tilelog.AsDamage(err) != nil { // after damage to its end, to name the file
		done, bad := walk.Step(ctx)
		if bad != nil {
			return bad
		}
		if done {
			break
		}
		if err == nil {
			select {
			case <-look:
				l.guard, l.walk = guard, walk
				return nil
			default:
			}
		}
	}
	l.guard = guard
	return err
}

// base is the newest tree that the log is known to have signed: what was written down, or the published checkpoint when that is
// newer or nothing was written down yet.
func (l *tileLog) base(ctx context.Context) (last tilelog.State, err error) {
	last.Root = rfc6962.DefaultHasher.EmptyRoot()
	b, err := os.ReadFile(l.signedFile())
	if err == nil {
		err = strictjson.Unmarshal(b, &last)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) || len(last.Root) != 32 {
		return last, &tilelog.Damage{File: filepath.Base(l.signedFile()), Entry: -1, Why: "cannot be read"}
	}
	cp, err := l.checkpoint(ctx)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return last, nil
	case err != nil:
		return last, err
	case cp.Size == last.Size && !bytes.Equal(cp.Hash, last.Root):
		return last, &tilelog.Damage{File: filepath.Base(l.signedFile()), Entry: -1, Why: fmt.Sprintf("it has another root for %d entries than the published checkpoint", last.Size)}
	case cp.Size > last.Size:
		return tilelog.State{Size: cp.Size, Root: cp.Hash}, nil
	}
	return last, nil
}

func (l *tileLog) signedFile() string { return filepath.Join(filepath.Dir(l.dir), "signed.json") }

// signing writes down what is about to be signed.
func (l *tileLog) signing(_ context.Context, size uint64, root []byte) error {
	b, err := json.Marshal(tilelog.State{Size: size, Root: root})
	if err == nil {
		err = disk.Replace(l.signedFile(), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("gateway: what is signed: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := min(uint64(len(l.recent)), size-min(size, l.first)); n > 0 {
		l.recent, l.first = l.recent[n:], l.first+n
	}
	return nil
}

// ownLeaves compares leaves of the log with the messages of the journal.
func (l *tileLog) ownLeaves() func(context.Context, uint64, [][]byte) error {
	var f *Follower
	return func(_ context.Context, first uint64, leaves [][]byte) error {
		own := l.added(first, len(leaves))
		if own == nil {
			if f == nil || f.next != first {
				if f != nil {
					f.Close()
				}
				f = &Follower{journal: l.journal, next: first}
			}
			records, err := f.Next(len(leaves))
			if err != nil {
				return &tilelog.Damage{File: "journal", Entry: int64(first), Why: err.Error()}
			}
			for _, r := range records {
				own = append(own, message.Hash(r.Leaf))
			}
		}
		for i, leaf := range leaves {
			if place := first + uint64(i); i >= len(own) || !bytes.Equal(leaf, own[i]) {
				return &tilelog.Damage{File: layout.EntriesPath(place/layout.EntryBundleWidth, 0), Entry: int64(place), Why: "not the message that the journal has"}
			}
		}
		return nil
	}
}

// added returns n leaves from first on, of those that this process added; nil when it did not add them all.
func (l *tileLog) added(first uint64, n int) [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first < l.first || first-l.first+uint64(n) > uint64(len(l.recent)) {
		return nil
	}
	return l.recent[first-l.first:][:n]
}

// checkpoint reads the published checkpoint, which the log must have signed. One that is missing is os.ErrNotExist.
func (l *tileLog) checkpoint(ctx context.Context) (*log.Checkpoint, error) {
	cp, _, err := tilelog.ReadCheckpoint(ctx, l.disk.ReadCheckpoint, l.check)
	return cp, err
}

// state reads what the log holds, published or not.
func (l *tileLog) state() (st tilelog.State, there bool, err error) { return tilelog.ReadState(l.dir) }

// damage says why the log signs nothing more, nil as long as it does.
func (l *tileLog) damage() error {
	if l.refused != nil {
		return l.refused
	}
	return l.guard.Damage()
}

// Append adds the records, which must follow what the log holds, and returns once they are in it. Nothing is built upon files that
// are not those that were signed.
func (l *tileLog) Append(ctx context.Context, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	if l.refused != nil {
		return l.refused
	}
	st, _, err := l.state()
	if err == nil {
		err = l.guard.Check(ctx, st.Size, st.Root)
	}
	if tilelog.AsDamage(err) != nil {
		l.guard.Refuse(err)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	if l.first+uint64(len(l.recent)) != records[0].Seq {
		l.first, l.recent = records[0].Seq, nil
	}
	for _, r := range records {
		l.recent = append(l.recent, message.Hash(r.Leaf))
	}
	l.mu.Unlock()
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
	raw, err := l.disk.ReadCheckpoint(ctx)
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
	builder, err := client.NewProofBuilder(ctx, size, l.disk.ReadTile)
	if err != nil {
		return Inclusion{}, fmt.Errorf("gateway: inclusion: %w", err)
	}
	path, err := builder.InclusionProof(ctx, index)
	if err != nil {
		return Inclusion{}, fmt.Errorf("gateway: inclusion: %w", err)
	}
	return Inclusion{index, path, string(raw)}, nil
}

// Close publishes a last checkpoint and stops; a log that signs nothing just stops.
func (l *tileLog) Close(ctx context.Context) error {
	defer l.cancel()
	if l.damage() != nil {
		return nil
	}
	return l.shutdown(ctx)
}
