package directory

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wasl/kit/clock"
	"wasl/kit/errs"
)

var now = time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)

func id(t testing.TB, s string) ClientID {
	t.Helper()
	c, err := ParseClient(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func service(t testing.TB, s string) ServiceID {
	t.Helper()
	v, err := ParseService(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func example(t testing.TB) *Snapshot {
	return &Snapshot{
		Instance: "MA", Serial: 1, ExpiresAt: now.Add(time.Hour),
		Members: []Member{
			{ID: id(t, "MA/GOV/portal"), Subsystems: []string{"dossiers", "other"}},
			{ID: id(t, "MA/GOV/civil"), Subsystems: []string{"register"}},
		},
		Services: []Service{
			{ID: service(t, "MA/GOV/civil/register/extracts")},
			{ID: service(t, "MA/GOV/civil/register/closed"), Disabled: "maintenance"},
		},
		Agreements: []Agreement{{
			ID: "agr-1", Consumer: id(t, "MA/GOV/portal/dossiers"), Service: service(t, "MA/GOV/civil/register/extracts"),
			Operations: []Operation{{"POST", ""}, {"GET", "/status/*"}}, Purposes: []string{"passport"}, LegalBases: []string{"law 55-19 art. 24"},
			Fields: []string{"birth_date", "birth_place"}, From: now.Add(-time.Hour), Until: now.Add(30 * time.Minute),
		}},
	}
}

func TestAnAskIsAllowedOnlyAsAgreed(t *testing.T) {
	good := Ask{id(t, "MA/GOV/portal/dossiers"), service(t, "MA/GOV/civil/register/extracts"), "POST", "", "passport", "law 55-19 art. 24", []string{"birth_date"}, now}
	cases := []struct {
		name  string
		alter func(*Ask)
		want  error
	}{
		{"as agreed", func(*Ask) {}, nil},
		{"path with one segment", func(a *Ask) { a.Method, a.Path = "GET", "/status/today" }, nil},
		{"unknown client", func(a *Ask) { a.Consumer = id(t, "MA/GOV/nobody/dossiers") }, ErrUnknownMember},
		{"unregistered subsystem", func(a *Ask) { a.Consumer = id(t, "MA/GOV/portal/secret") }, ErrUnknownMember},
		{"unknown service", func(a *Ask) { a.Service = service(t, "MA/GOV/civil/register/none") }, ErrUnknownService},
		{"service switched off", func(a *Ask) { a.Service = service(t, "MA/GOV/civil/register/closed") }, ErrDisabled},
		{"known, not allowed", func(a *Ask) { a.Consumer = id(t, "MA/GOV/portal/other") }, ErrNoAgreement},
		{"right method, wrong path", func(a *Ask) { a.Path = "/all" }, ErrOperation},
		{"one segment means one", func(a *Ask) { a.Method, a.Path = "GET", "/status/a/b" }, ErrOperation},
		{"wrong method", func(a *Ask) { a.Method = "DELETE" }, ErrOperation},
		{"purpose absent", func(a *Ask) { a.Purpose = "" }, ErrPurposeMissing},
		{"legal basis absent", func(a *Ask) { a.LegalBasis = "" }, ErrPurposeMissing},
		{"purpose outside", func(a *Ask) { a.Purpose = "tax" }, ErrPurpose},
		{"legal basis outside", func(a *Ask) { a.LegalBasis = "curiosity" }, ErrLegalBasis},
		{"fields absent", func(a *Ask) { a.Fields = nil }, ErrFieldsMissing},
		{"field outside", func(a *Ask) { a.Fields = []string{"birth_date", "religion"} }, ErrField},
		{"agreement expired", func(a *Ask) { a.At = now.Add(31 * time.Minute) }, ErrExpired},
		{"directory expired", func(a *Ask) { a.At = now.Add(time.Hour) }, ErrOutdated},
	}
	for _, c := range cases {
		ask := good
		c.alter(&ask)
		_, err := example(t).Decide(ask)
		if want, got := codeOf(c.want), codeOf(err); want != got {
			t.Errorf("%s: got %q, want %q", c.name, got, want)
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}

func TestDoubtfulPathsAreRefused(t *testing.T) {
	for _, p := range []string{"", "/a", "/a/b%2Fc", "/a.b/..c", "/%D8%A3"} {
		if err := CheckPath(p); err != nil {
			t.Errorf("%q refused", p)
		}
	}
	for _, p := range []string{"a", "/.", "/..", "/a/../b", "/%2e%2e/b", "/a/%2E", "/%252e%252e/b", "/%25252525252e", "/a%2F..%2Fb", "/a\\..\\b", "/%5c..", "/a%00", "/a%0d%0a", "/%zz"} {
		if CheckPath(p) == nil {
			t.Errorf("%q accepted", p)
		}
	}
	if MatchPath("/a/*", "/a/b/c") || MatchPath("/a/*", "/a/") || !MatchPath("/a/*", "/a/b%2Fc") || !MatchPath("/a/**", "/a/b/c") || !MatchPath("/**/z", "/a/b/z") || MatchPath("/**/z", "/a/b") {
		t.Error("wildcards")
	}
}

func TestIdentifiers(t *testing.T) {
	if id(t, "MA/GOV/a-1/sub.x").String() != "MA/GOV/a-1/sub.x" {
		t.Error("round trip")
	}
	for _, bad := range []string{"", "MA/GOV", "MA/GOV/a/b/c", "MA/GOV/a_b", "MA//x", "MA/GOV/..", "MA/GOV/%2e%2e", "MA/GOV/a%2Fb"} {
		if _, err := ParseClient(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestOnlyTheOperatorsSnapshotIsRead(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	signed, err := Sign(example(t), key)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Open(signed, &key.PublicKey)
	if err != nil || len(back.Agreements) != 1 || back.Agreements[0].ID != "agr-1" {
		t.Fatalf("%v %+v", err, back)
	}
	if _, err := Open(signed, &other.PublicKey); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
}

func TestInstallKeepsKeysAndRenewsInTime(t *testing.T) {
	dir, clk := t.TempDir(), clock.NewFake(now)
	s := example(t)
	plan := Plan{Instance: "MA", Services: s.Services, Agreements: s.Agreements}
	for _, m := range s.Members {
		plan.Members = append(plan.Members, PlannedMember{Member: m, Listen: "127.0.0.1:1"})
	}
	read := func() (*Snapshot, string) {
		t.Helper()
		if err := Install(dir, clk, plan); err != nil {
			t.Fatal(err)
		}
		key, err := loadKey(filepath.Join(dir, "authority", "operator.key"))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(filepath.Join(dir, "directory.jws"))
		s, err := Open(b, &key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := os.ReadFile(filepath.Join(dir, "members", "GOV-civil", "tls.crt"))
		return s, string(c)
	}
	first, cert := read()
	if again, same := read(); again.Serial != first.Serial || same != cert {
		t.Error("a second run changed something")
	}
	clk.Advance(SnapshotLife/2 + time.Hour)
	if renewed, _ := read(); renewed.Serial != first.Serial+1 || !renewed.ExpiresAt.After(first.ExpiresAt) {
		t.Error("directory not signed again in time")
	}
	clk.Advance(MemberLife * 2 / 3)
	last, fresh := read()
	if fresh == cert || len(last.Members[1].Signing) != 2 {
		t.Errorf("certificates not renewed in time: %d signing certificates", len(last.Members[1].Signing))
	}
	plan.Agreements = nil
	if changed, _ := read(); changed.Serial != last.Serial+1 || len(changed.Agreements) != 0 {
		t.Error("a changed plan was not published")
	}
}
