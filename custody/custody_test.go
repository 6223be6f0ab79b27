package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"wasl/custody/custodyapi"
	"wasl/kit/audit"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg/pgtest"
	"wasl/kit/proof"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

const origin = "log.test/evidence"

// house is a running custody and its clients.
type house struct {
	*Block
	deps    block.Deps
	keyring map[string]*tokens.Keyring
}

func (h house) client(caller string) *custodyapi.Client {
	return custodyapi.New(wire.New("http://custody", "custody", wire.Memory(h.Handler()), h.keyring[caller]))
}

func open(t *testing.T) house {
	t.Helper()
	keyring := tokens.ForTest(t, "custody", "locker", "signature", "casework")
	d := block.Deps{
		Name: "custody", Log: slog.New(slog.DiscardHandler), Clock: clock.On("2026-09-01"), Cluster: pgtest.ClusterWith(t, "custody", migrations), Conns: 4,
		Keys: keyring["custody"], Dir: t.TempDir(),
	}
	return house{serve(t, d), d, keyring}
}

func serve(t *testing.T, d block.Deps) *Block {
	t.Helper()
	b, err := New(t.Context(), Config{Origin: origin}, d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestKeysOpenOnlyForTheirPurposeAndData(t *testing.T) {
	h := open(t)
	c, key := h.client("locker"), bytes.Repeat([]byte{1}, 32)
	w, err := c.Wrap(t.Context(), "locker", key, []byte("doc_1"))
	if err != nil || w.KeyID != "kek:locker:1" || bytes.Contains(w.Blob, key) {
		t.Fatalf("%+v %v", w, err)
	}
	got, err := c.Unwrap(t.Context(), "locker", w, []byte("doc_1"))
	if err != nil || !bytes.Equal(got, key) {
		t.Fatalf("unwrap: %v", err)
	}
	changed := custodyapi.Wrapped{KeyID: w.KeyID, Blob: bytes.Clone(w.Blob)}
	changed.Blob[len(changed.Blob)-1] ^= 1
	for name, try := range map[string]func() error{
		"other data":   func() error { _, err := c.Unwrap(t.Context(), "locker", w, []byte("doc_2")); return err },
		"changed blob": func() error { _, err := c.Unwrap(t.Context(), "locker", changed, []byte("doc_1")); return err },
		"other version": func() error {
			w := w
			w.KeyID = "kek:locker:2"
			_, err := c.Unwrap(t.Context(), "locker", w, []byte("doc_1"))
			return err
		},
		"path in id": func() error {
			w := w
			w.KeyID = "kek:locker:../signature/1"
			_, err := c.Unwrap(t.Context(), "locker", w, []byte("doc_1"))
			return err
		},
	} {
		if err := try(); errs.CodeOf(err) != "key_unwrap_refused" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.client("signature").Unwrap(t.Context(), "locker", w, []byte("doc_1")); errs.CodeOf(err) != "caller_not_allowed" {
		t.Errorf("another block opened the key: %v", err)
	}
	if _, err := c.Wrap(t.Context(), "locker", []byte("short"), nil); errs.KindOf(err) != errs.Invalid {
		t.Errorf("short key: %v", err)
	}
}

func batch(n int) string { return fmt.Sprintf("bat_%032x", n) }

func rootOf(n int) []byte {
	h := sha256.Sum256([]byte(fmt.Sprint(n)))
	return h[:]
}

func TestRootsAreLoggedOnceAndProved(t *testing.T) {
	h := open(t)
	c := h.client("casework")
	key, _, err := c.Verifier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for n := range 40 {
		for range 2 { // each root twice, at once
			wait.Go(func() {
				in, err := c.AppendRoot(t.Context(), batch(n), rootOf(n), nil)
				if err != nil {
					t.Error(err)
					return
				}
				checkInclusion(t, key, Root{"casework", batch(n), rootOf(n)}, in)
			})
		}
	}
	wait.Wait()
	if leaves, size, err := h.evidence.tiles().leaves(t.Context(), 0); err != nil || size != 40 || len(leaves) != 40 {
		t.Errorf("the log has %d leaves: %v", size, err)
	}
	if cp, err := c.Checkpoint(t.Context()); err != nil || !bytes.HasPrefix(cp, []byte(origin+"\n40\n")) {
		t.Errorf("checkpoint %q: %v", cp, err)
	}
	if _, err := c.AppendRoot(t.Context(), batch(1), rootOf(2), nil); errs.CodeOf(err) != "batch_has_another_root" {
		t.Errorf("another root for the same batch: %v", err)
	}
	if _, err := c.AppendRoot(t.Context(), "1; DROP", rootOf(2), nil); errs.KindOf(err) != errs.Invalid {
		t.Errorf("bad batch id: %v", err)
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "custody", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db, "log_root: hashes", "log_writer: one number", "log_signed: one number, a hash, and what the witnesses said of it")
	pgtest.PrepareAll(t, db, insertRoot, selectRoot, selectQueue, updateRoots, insertFound, selectLogged,
		selectSigned, upsertSigned, updateWatch, selectRows, selectBatches)
}

func checkInclusion(t *testing.T, key string, r Root, in proof.Inclusion) {
	t.Helper()
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Error(err)
		return
	}
	cp, _, _, err := log.ParseCheckpoint(in.Checkpoint, origin, v)
	if err != nil || cp.Size != in.Size {
		t.Errorf("checkpoint: %v", err)
		return
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(r.Leaf())
	if err := merkle.VerifyInclusion(rfc6962.DefaultHasher, in.Index, in.Size, leaf, in.Path, cp.Hash); err != nil {
		t.Error(err)
	}
}

func TestAnEntryOfABlockIsProvedEndToEnd(t *testing.T) {
	h := open(t)
	c := h.client("locker")
	if _, err := c.Wrap(t.Context(), "locker", make([]byte, 32), nil); err != nil { // leaves an entry of custody's own
		t.Fatal(err)
	}
	if _, err := h.publisher.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	var id audit.EntryID
	if err := h.db.Pool().QueryRow(t.Context(), "SELECT id FROM audit WHERE act = 'key.wrapped'").Scan(&id); err != nil {
		t.Fatal(err)
	}
	file, err := audit.Proof(t.Context(), h.db, id.String())
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := c.Verifier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := proof.Verify(file, key)
	if err != nil || r.Entry.Detail["caller"] != "locker" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTheLogIsReadableButNothingElse(t *testing.T) {
	h := open(t)
	if _, err := h.client("casework").AppendRoot(t.Context(), batch(1), rootOf(1), nil); err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		b, _ := io.ReadAll(w.Result().Body)
		return w.Code, string(b)
	}
	if code, body := get("/log/checkpoint"); code != 200 || !strings.HasPrefix(body, origin+"\n1\n") {
		t.Errorf("%d %q", code, body)
	}
	if code, body := get("/log/tile/entries/000.p/1"); code != 200 || !strings.Contains(body, batch(1)) {
		t.Errorf("%d %q", code, body)
	}
	for _, path := range []string{"/log/.state/treeState", "/log/tile/%2e%2e/.state/treeState", "/log/tile/..%2f.state%2ftreeState", "/log/tile/", "/log/signer.json"} {
		if code, body := get(path); code == 200 {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
}

func TestASecondWriterIsRefused(t *testing.T) {
	h := open(t)
	d := h.deps
	if _, err := New(t.Context(), Config{Origin: origin}, d); !errors.Is(err, errLease) {
		t.Errorf("a second custody started: %v", err)
	}
	// A writer whose epoch has passed records nothing.
	if _, err := h.db.Pool().Exec(t.Context(), "UPDATE log_writer SET epoch = epoch + 1"); err != nil {
		t.Fatal(err)
	}
	if err := h.evidence.store.place(t.Context(), h.evidence.writer.Load().lease.epoch, []string{batch(1)}, []int64{0}); !errors.Is(err, errLease) {
		t.Errorf("a passed epoch: %v", err)
	}
	if err := h.evidence.writer.Load().lease.check(t.Context()); !errors.Is(err, errLease) {
		t.Errorf("a passed epoch: %v", err)
	}
}

func TestALostConnectionIsTakenUpAgain(t *testing.T) {
	h := open(t)
	c := h.client("casework")
	for n := range 3 {
		if _, err := c.AppendRoot(t.Context(), batch(n), rootOf(n), nil); err != nil {
			t.Fatal(err)
		}
		_ = h.evidence.writer.Load().lease.release(t.Context()) // as when the database fails over
	}
	if _, size, err := h.evidence.tiles().leaves(t.Context(), 0); err != nil || size != 3 {
		t.Errorf("%d leaves, %v", size, err)
	}
}

func TestABlockLearnsItsOwnBatchesOnly(t *testing.T) {
	h := open(t)
	mine, theirs := h.client("casework"), h.client("locker")
	act := []proof.Act{{ID: "aud_1", At: "2026-09-01T10:00:00.000000Z", Is: "dossier.deposited"}}
	for range 2 { // sent again, as after a lost answer
		if _, err := mine.AppendRoot(t.Context(), batch(1), rootOf(1), act); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := theirs.AppendRoot(t.Context(), batch(2), rootOf(2), nil); err != nil {
		t.Fatal(err)
	}
	list, err := mine.Batches(t.Context(), -1)
	if err != nil || len(list) != 1 || list[0].Batch != batch(1) || list[0].Index != 0 || !bytes.Equal(list[0].Root, rootOf(1)) {
		t.Errorf("%+v %v", list, err)
	}
	if list, err := mine.Batches(t.Context(), 0); err != nil || len(list) != 0 {
		t.Errorf("after the last: %+v %v", list, err)
	}
	if acts, err := mine.Acts(t.Context(), batch(1)); err != nil || len(acts) != 1 || acts[0] != act[0] {
		t.Errorf("%+v %v", acts, err)
	}
	if acts, err := theirs.Acts(t.Context(), batch(1)); err != nil || len(acts) != 0 {
		t.Errorf("another block reads them: %+v %v", acts, err)
	}
	if _, err := mine.Acts(t.Context(), "bat_..%2f..%2fkeys"); errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.NotFound {
		t.Errorf("a path for a batch: %v", err)
	}
	content, err := os.ReadFile(h.evidence.acts.path(Root{Block: "casework", Batch: batch(1)}))
	if err != nil || bytes.Count(content, []byte("\n")) != 1 {
		t.Errorf("written down %q: %v", content, err)
	}
}

func TestNamesOfActsAreKeptForTheirTime(t *testing.T) {
	f := actFiles{t.TempDir()}
	day := func(s string) Root {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return Root{Block: "casework", Batch: fmt.Sprintf("bat_%012x%020d", at.UnixMilli(), 7)}
	}
	old, kept := day("2025-01-01"), day("2026-11-01")
	for _, r := range []Root{old, kept} {
		if err := f.add(r, []proof.Act{{ID: "aud_1"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.sweep(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if acts, err := f.of(old); err != nil || acts != nil {
		t.Errorf("%v %v", acts, err)
	}
	if acts, err := f.of(kept); err != nil || len(acts) != 1 {
		t.Errorf("%v %v", acts, err)
	}
}
