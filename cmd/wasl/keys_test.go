package main

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wasl/custody"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope"
	"wasl/kit/pg/pgtest"
)

// installed is an installation of the blocks that have key files, on a database of the test's own, after its first start.
func installed(t *testing.T) *platform {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	p := &platform{setup: setup{
		Data: t.TempDir(), Blocks: []string{"custody", "identity", "exchange", "portal"}, Log: log,
		PortalURL: "http://localhost:8080", IdentityURL: "http://localhost:8081",
		Peers: map[string]string{},
	}}
	p.cluster, p.ready, p.clock = pgtest.Cluster(t), block.NewReady(log), clock.System(nil)
	if err := p.ownKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range p.Blocks {
		if err := p.begin(t, name); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// begin makes a block and ends it again, which frees the evidence log.
func (p *platform) begin(t *testing.T, name string) error {
	b, err := p.build(t.Context(), name)
	if err != nil {
		return err
	}
	if name == "custody" {
		over, end := context.WithCancel(t.Context())
		end()
		return b.Run(over)
	}
	return nil
}

// A key that was lost and made anew in silence opened nothing that the old one had closed. So each key file there is, lost, cut,
// foreign, exposed or exchanged with its neighbour, stops the start with its name.
func TestNoKeyFileIsReplacedInSilence(t *testing.T) {
	p, other := installed(t), installed(t)
	keys, err := p.cluster.KeyChecks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(keys))
	if len(names) < 24 {
		t.Fatalf("only %d key files are on record: %q", len(names), names)
	}
	if faults, err := p.keyFaults(t.Context()); err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	content := func(p *platform, name string) []byte {
		b, err := os.ReadFile(filepath.Join(p.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for i, name := range names {
		good, path := content(p, name), filepath.Join(p.Data, name)
		neighbour := content(p, names[(i+1)%len(names)])
		for fault, do := range map[string]func() error{
			"missing":   func() error { return os.Remove(path) },
			"cut":       func() error { return os.WriteFile(path, good[:len(good)/2], 0o600) },
			"empty":     func() error { return os.WriteFile(path, nil, 0o600) },
			"foreign":   func() error { return os.WriteFile(path, content(other, name), 0o600) },
			"exchanged": func() error { return os.WriteFile(path, neighbour, 0o600) },
			"exposed":   func() error { return os.Chmod(path, 0o604) },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			folder, _, _ := strings.Cut(name, "/")
			var err error
			if folder == "keys" {
				err = p.ownKeys(t.Context())
			} else {
				err = p.begin(t, folder)
			}
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: %v", name, fault, err)
			}
			if faults, err := p.keyFaults(t.Context()); err != nil || len(faults) != 1 || !strings.Contains(faults[0].Error(), path) {
				t.Errorf("%s %s: the doctor says %v, %v", name, fault, faults, err)
			}
			if p.keysReady(t.Context()) == nil {
				t.Errorf("%s %s: ready", name, fault)
			}
			_ = os.Remove(path)
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range p.Blocks {
		if err := p.begin(t, name); err != nil {
			t.Errorf("with all keys in their places: %v", err)
		}
	}
}

// What was sealed opens before, during and after a rotation, and a directory without an installation is not made one.
func TestKeysAreRotatedUnderARunningInstallation(t *testing.T) {
	ctx, cluster, dir := t.Context(), pgtest.Cluster(t), filepath.Join(t.TempDir(), "keys")
	silent := func(string) {}
	if err := rotateKeys(ctx, cluster, dir, silent); err == nil {
		t.Fatal("an installation was made by rotating")
	}
	keys, err := custody.OpenKeys(ctx, cluster, dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := cluster.Block(ctx, "casework", nil, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	running := envelope.New(db, custodyKeys{keys}, clock.System(nil))
	if err := running.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	place := envelope.Place{Table: "dossier", Column: "sealed", Row: "1"}
	sealed, err := running.Seal(ctx, db.Pool(), "amina", place, "answer")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	if err := rotateKeys(ctx, cluster, dir, func(line string) { said = append(said, line) }); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "made kek:locker:2") || !strings.Contains(all, "casework: 1 keys of people and organisations are sealed anew, under kek:casework:2") {
		t.Error(all)
	}
	restarted := envelope.New(db, custodyKeys{keys}, clock.System(nil))
	if err := restarted.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	if err := running.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := restarted.Open(ctx, db.Pool(), envelope.Sealed{Place: place, Blob: sealed, Into: &got}); err != nil || got != "answer" {
		t.Errorf("restarted: %q %v", got, err)
	}
}
