package directory

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wasl/kit/clock"
	"wasl/kit/keyfile"
)

// installed is an installation of two members, and what a thief's own one looks like.
func installed(t *testing.T) (dir string, plan Plan, clk *clock.Fake) {
	t.Helper()
	dir, clk = t.TempDir(), clock.NewFake(now)
	s := example(t)
	plan = Plan{Instance: "MA", Services: s.Services, Agreements: s.Agreements, Parties: s.Parties}
	for _, m := range s.Members {
		plan.Members = append(plan.Members, PlannedMember{Member: m, Listen: "127.0.0.1:1"})
	}
	if err := Install(dir, clk, plan); err != nil {
		t.Fatal(err)
	}
	return dir, plan, clk
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNoKeyIsMadeAnewInSilence: each key, each harm, with the record and (an older installation's) without.
func TestNoKeyIsMadeAnewInSilence(t *testing.T) {
	dir, plan, clk := installed(t)
	foreign, _, _ := installed(t)
	record := filepath.Join(dir, "authority", "keys.json")
	recorded, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{
		"authority/ca.key", "authority/operator.key", "members/GOV-civil/tls.key", "members/GOV-civil/sign.key", "members/GOV-portal/tls.key", "members/GOV-portal/sign.key",
	}
	for _, name := range names {
		if !strings.Contains(string(recorded), name) {
			t.Fatalf("%s is not on record: %s", name, recorded)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		key, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for harm, do := range map[string]func() error{
			"missing":    func() error { return os.Remove(path) },
			"empty":      func() error { return os.WriteFile(path, nil, 0o600) },
			"cut":        func() error { return os.WriteFile(path, key[:len(key)/2], 0o600) },
			"one bit":    func() error { k := bytes.Clone(key); k[60] ^= 1; return os.WriteFile(path, k, 0o600) },
			"other text": func() error { return os.WriteFile(path, append(bytes.Clone(key), "more"...), 0o600) },
			"foreign": func() error {
				b, err := os.ReadFile(filepath.Join(foreign, filepath.FromSlash(name)))
				return errors.Join(err, os.WriteFile(path, b, 0o600))
			},
			"exposed": func() error { return os.Chmod(path, 0o644) },
		} {
			for _, older := range []bool{false, true} {
				if err := do(); err != nil {
					t.Fatal(err)
				}
				if older {
					if err := os.Remove(record); err != nil {
						t.Fatal(err)
					}
				}
				if found := ExamineKeys(dir); !older && (len(found) != 1 || !strings.Contains(found[0].Error(), path)) {
					t.Errorf("%s %s: the doctor finds %v", name, harm, found)
				}
				before := contents(t, dir)
				err := Install(dir, clk, plan)
				var refused *keyfile.Refused
				if !errors.As(err, &refused) || refused.File != path || !strings.Contains(err.Error(), path) {
					t.Errorf("%s %s, older %t: %v", name, harm, older, err)
				}
				after := contents(t, dir)
				delete(before, record)
				delete(after, record)
				if !maps.Equal(before, after) {
					t.Errorf("%s %s, older %t: something was written", name, harm, older)
				}
				if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, key, 0o600), os.WriteFile(record, recorded, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := Install(dir, clk, plan); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// TestAnOlderInstallationsKeysAreTakenOver: one from before the record goes on with what it has.
func TestAnOlderInstallationsKeysAreTakenOver(t *testing.T) {
	dir, plan, clk := installed(t)
	before := contents(t, dir)
	record := filepath.Join(dir, "authority", "keys.json")
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	if err := Install(dir, clk, plan); err != nil || !maps.Equal(before, contents(t, dir)) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(record, []byte(`{"a":"b","a":"c"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Install(dir, clk, plan); err == nil || !strings.Contains(err.Error(), "keys.json") {
		t.Errorf("a harmed record: %v", err)
	}
}

// TestALostAuthorityCertificateIsTheSameAgain: members' certificates go on to lead to it.
func TestALostAuthorityCertificateIsTheSameAgain(t *testing.T) {
	dir, plan, clk := installed(t)
	before := contents(t, dir)
	if err := os.Remove(filepath.Join(dir, "authority", "ca.crt")); err != nil {
		t.Fatal(err)
	}
	if err := Install(dir, clk, plan); err != nil || !maps.Equal(before, contents(t, dir)) {
		t.Errorf("%v", err)
	}
}

// TestAnInstallationOrRevocationThatWasCutOffIsFinished: the process ends after any of its files was written.
func TestAnInstallationOrRevocationThatWasCutOffIsFinished(t *testing.T) {
	whole, plan, clk := installed(t)
	key := filepath.Join(whole, "members", "GOV-portal", "sign.key")
	stolen, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Revoke(whole, clk, plan, plan.Members[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.ReadFile(key)
	if err != nil || bytes.Equal(fresh, stolen) {
		t.Errorf("the stolen key is in use: %v", err)
	}
	held, err := InPlace(whole)
	if err != nil {
		t.Fatal(err)
	}
	// Cut off: withdrawn and published, the key taken away, its certificate not replaced yet.
	k, err := openKeys(whole)
	if err != nil {
		t.Fatal(err)
	}
	crt := filepath.Join(whole, "members", "GOV-portal", "sign.crt")
	print := Fingerprint(readCertificates(crt, clk.Now())[0].Raw)
	if _, err := Revoke(whole, clk, plan, plan.Members[0].ID, print); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(crt, pemOf("CERTIFICATE", held.Members[0].Signing[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := k.withdraw("members/GOV-portal/sign.key"); err != nil {
		t.Fatal(err)
	}
	if err := Install(whole, clk, plan); err != nil {
		t.Fatalf("a revocation that was cut off: %v", err)
	}
	after, err := InPlace(whole)
	if err != nil || slices.ContainsFunc(after.Members[0].Signing, func(der []byte) bool { return after.revoked(Fingerprint(der)) }) {
		t.Errorf("a withdrawn certificate is listed: %v", err)
	}
	// Cut off before anything was signed: what is there is used.
	for _, gone := range [][]string{
		{"directory.jws"},
		{"directory.jws", "members/GOV-portal/sign.crt"},
		{"directory.jws", "members/GOV-portal", "members/GOV-civil"},
		{"directory.jws", "operator.pem"},
	} {
		dir, plan, clk := installed(t)
		if len(gone) > 1 && strings.HasSuffix(gone[1], "GOV-portal") { // before a key was recorded
			k, err := openKeys(dir)
			if err != nil {
				t.Fatal(err)
			}
			for name := range contents(t, filepath.Join(dir, "members")) {
				if rel, _ := filepath.Rel(dir, name); strings.HasSuffix(rel, ".key") {
					if err := k.record.Forget(filepath.ToSlash(rel)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		for _, name := range gone {
			if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
		if err := Install(dir, clk, plan); err != nil {
			t.Errorf("without %v: %v", gone, err)
		}
	}
}
