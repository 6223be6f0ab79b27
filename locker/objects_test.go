package locker

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wasl/kit/ids"
)

// kept stores a document and returns its id.
func (r *room) kept(t *testing.T) DocumentID {
	t.Helper()
	id, err := ids.Parse[documentKind](r.put(t, decision("kept"), pdf).ID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// What a process leaves that was killed in the middle of an upload: an object that no row names, and the beginning of one.
func TestAnUploadThatWasKilledIsSweptAndOneUnderWayIsNot(t *testing.T) {
	r := open(t)
	b, now := r.Block, r.clock.Now()
	kept := r.kept(t)
	put := func(age time.Duration) string {
		t.Helper()
		s, err := b.objects.put(t.Context(), kept, bytes.NewReader(pdf))
		if err != nil {
			t.Fatal(err)
		}
		at := now.Add(-age)
		if err := os.Chtimes(filepath.Join(b.objects.folder, s.Object), at, at); err != nil {
			t.Fatal(err)
		}
		return s.Object
	}
	old, young := put(30*time.Hour), put(time.Hour)
	begun := filepath.Join(filepath.Dir(old), "fileblob123")
	if err := os.WriteFile(filepath.Join(b.objects.folder, begun), []byte("the beginning"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := now.Add(-30 * time.Hour)
	_ = filepath.WalkDir(b.objects.folder, func(path string, _ os.DirEntry, _ error) error {
		if info, err := os.Stat(path); err == nil && !info.IsDir() && filepath.Base(path) != filepath.Base(young) {
			_ = os.Chtimes(path, long, long)
		}
		return nil
	})
	e, err := Examine(t.Context(), Config{}, b.deps.Dir, b.store.db, now)
	if err != nil || len(e.Orphans) != 2 || len(e.Missing) != 0 {
		t.Fatalf("%+v %v", e, err)
	}
	there := func(object string) bool {
		_, err := os.Stat(filepath.Join(b.objects.folder, object))
		return err == nil
	}
	if err := b.sweepObjects(t.Context()); err != nil || !there(old) {
		t.Fatal("dropped at first sight", err)
	}
	if err := b.sweepObjects(t.Context()); err != nil || there(old) || there(begun) || !there(young) {
		t.Errorf("old %t begun %t young %t: %v", there(old), there(begun), there(young), err)
	}
	d, err := b.known(t.Context(), kept.String())
	if err != nil {
		t.Fatal(err)
	}
	content, err := b.objects.open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got, err := io.ReadAll(content); err != nil || len(got) == 0 {
		t.Errorf("a document lost its object: %v", err)
	}
	if err := os.Remove(filepath.Join(b.objects.folder, d.Object)); err != nil {
		t.Fatal(err)
	}
	if e, err := Examine(t.Context(), Config{}, b.deps.Dir, b.store.db, now); err != nil || len(e.Missing) != 1 || e.Missing[0] != kept {
		t.Errorf("%+v %v", e, err)
	}
}

func TestNoObjectIsSweptWhileTheRowsAreOlderThanTheLog(t *testing.T) {
	r := open(t)
	b := r.Block
	kept := r.kept(t)
	s, err := b.objects.put(t.Context(), kept, bytes.NewReader(pdf))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.objects.folder, s.Object)
	long := b.deps.Clock.Now().Add(-30 * time.Hour)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT INTO audit_rollback VALUES ('018f0000-0000-7000-8000-000000000001', now())`,
		`INSERT INTO audit_lost VALUES ('018f0000-0000-7000-8000-000000000002', '018f0000-0000-7000-8000-000000000001', decode(repeat('00', 32), 'hex'), 7, '[]')`,
	} {
		if _, err := b.store.db.Pool().Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := b.sweepObjects(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error("the object of a lost row is gone: a newer database may name it")
	}
}
