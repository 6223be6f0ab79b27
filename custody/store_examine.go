package custody

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"wasl/kit/clock"
	"wasl/kit/pg"
	"wasl/kit/proof"
	"wasl/kit/tilelog"
)

// State is what an operator asks about the evidence log.
type State struct {
	Signed  uint64     // entries that were signed last
	Waiting int64      // roots that are not in the log yet
	Silent  *time.Time // since when too few witnesses co-sign
	Against []string   // witnesses that have seen another history, as custody wrote down
	Damage  error      // what on disk is not what was signed

	Published uint64  // entries of the checkpoint that the witnesses were asked about
	Witnesses []Asked // what each says of it; none when no witness is named
}

// Examine looks at every file of the evidence log in custody's folder and at the rows, asks the witnesses by which custody last ran, and
// writes nothing: the log may be in use.
func Examine(ctx context.Context, db *pg.DB, dir string, clk clock.Clock) (st State, err error) {
	s := &store{db}
	last, err := s.signed(ctx)
	if err != nil {
		return st, err
	}
	logged, err := s.logged(ctx)
	if err != nil {
		return st, err
	}
	st.Signed, st.Silent, st.Against = last.Size, last.Silent, last.Against
	waiting, err := s.waiting(ctx, roundLimit)
	if err != nil {
		return st, err
	}
	st.Waiting = int64(len(waiting))
	tiles, err := readTiles(filepath.Join(dir, "log"))
	if err != nil {
		st.Damage = err
		return st, nil
	}
	if err := st.ask(ctx, tiles, last.Policy); err != nil {
		return st, err
	}
	after, err := s.signed(ctx) // the log may have gone on while the witnesses were asked
	if err != nil {
		return st, err
	}
	for i, w := range st.Witnesses {
		if w.Answer == Ahead && w.Seen <= after.Size {
			st.Witnesses[i].Answer = Behind
		}
	}
	o := &opening{
		writer: &writer{tiles: tiles}, store: s, clock: clk, last: last, logged: logged, look: wholeLog, log: slog.New(slog.DiscardHandler),
	}
	if st.Damage = o.examine(ctx); st.Damage != nil && tilelog.AsDamage(st.Damage) == nil {
		return st, st.Damage
	}
	return st, nil
}

// ask lets each witness say what it thinks of the checkpoint on disk.
func (st *State) ask(ctx context.Context, l *tileLog, text string) error {
	if text == "" {
		return nil
	}
	policy, err := proof.ParsePolicy(text)
	if err != nil {
		return fmt.Errorf("custody: the witnesses on record: %w", err)
	}
	cp, raw, err := l.checkpoint(ctx)
	if err != nil {
		return nil // the examination of the files says so
	}
	st.Published = cp.Size
	a := newAsked(policy)
	a.signed.Store(st.Signed)
	st.Witnesses = a.askAll(ctx, policy, raw, l.disk.ReadTile)
	return nil
}

// LogKey returns the verifier key (note format) of the log in custody's folder: what a witness must know of it.
func LogKey(dir string) (string, error) {
	l, err := readTiles(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	return l.verifier, nil
}

// readTiles opens the log in dir for reading: its public key stands beside it.
func readTiles(dir string) (*tileLog, error) {
	b, err := os.ReadFile(filepath.Join(dir, "signer.json"))
	if err != nil {
		return nil, fmt.Errorf("custody: log key: %w", err)
	}
	var secret noteSecret
	if err := json.Unmarshal(b, &secret); err != nil {
		return nil, fmt.Errorf("custody: log key: %w", err)
	}
	l := &tileLog{dir: filepath.Join(dir, "tiles"), verifier: secret.Verifier, end: func() {}}
	l.disk.Root = l.dir
	if l.check, err = note.NewVerifier(secret.Verifier); err != nil {
		return nil, fmt.Errorf("custody: log key: %w", err)
	}
	l.origin = l.check.Name()
	return l, nil
}

// examine compares the log with what was signed and with the rows.
func (o *opening) examine(ctx context.Context) error {
	st, err := o.state()
	if err != nil {
		return err
	}
	size, root, err := o.base(ctx)
	if err != nil {
		return err
	}
	if err := o.longEnough(st, size); err != nil {
		return err
	}
	return o.walk(ctx, tilelog.NewWalk(o.tiles.disk, o.owner(o.store), size, root))
}
