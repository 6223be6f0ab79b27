package directory

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/keyfile"
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
		Parties: []Party{{ID: "GOV/min-interieur"}, {ID: "COM/fes"}},
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
			Fields: []string{"birth_date", "birth_place"}, Parties: []PartyID{"GOV/min-interieur", "GOV/civil"}, From: now.Add(-time.Hour), Until: now.Add(30 * time.Minute),
		}},
	}
}

func TestAnAskIsAllowedOnlyAsAgreed(t *testing.T) {
	good := Ask{
		Consumer: id(t, "MA/GOV/portal/dossiers"), Service: service(t, "MA/GOV/civil/register/extracts"), Method: "POST", Purpose: "passport",
		LegalBasis: "law 55-19 art. 24", Fields: []string{"birth_date"}, Represented: "GOV/min-interieur", At: now,
	}
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
		{"for itself", func(a *Ask) { a.Represented = "" }, nil},
		{"for a member", func(a *Ask) { a.Represented = "GOV/civil" }, nil},
		{"for a party nobody registered", func(a *Ask) { a.Represented = "GOV/dreams" }, ErrParty},
		{"for a party outside the agreement", func(a *Ask) { a.Represented = "COM/fes" }, ErrParty},
		{"under the agreement named", func(a *Ask) { a.Agreement = "agr-1" }, nil},
		{"under another agreement", func(a *Ask) { a.Agreement = "agr-2" }, ErrNoAgreement},
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

// doubtful are paths that one server reads otherwise than another.
var doubtful = []string{
	"a", "/", "//", "/a/", "/a//b", "/.", "/..", "/...", "/a/../b", "/a/./b", "/%2e%2e/b", "/a/%2E", "/%252e%252e/b", "/%25252525252e", "/a%2F..%2Fb", "/a%2fb",
	"/a\\..\\b", "/%5c..", "/a%5Cb", "/a%00", "/a%0d%0a", "/%zz", "/a/..;/b", "/a/..;x=1/b", "/a;b", "/.;/a", "/%c0%ae%c0%ae/b", "/%c0%af", "/%e0%80%ae", "/a%u002e",
	"/\u0623", "/%D8%A3", "/\uff0e\uff0e/b", "/a#b", "/a b", "/a\tb", "/a\x00", "/a?b", "/a|b", "/a<b", "/a\"b", "/a^b", "/a{b}", "/a[b]", "/a&b", "\\a", "http://x/a",
	"/" + strings.Repeat("a", maxPath),
}

func TestAPathHasOneSpellingOnly(t *testing.T) {
	for _, p := range []string{"", "/a", "/a/b.c", "/a.b/..c", "/~a/b_c/d-e/f:g@h/i,j/k=l/m+n/(o)/$p/!q/*/'r'"} {
		if err := CheckPath(p); err != nil {
			t.Errorf("%q refused", p)
		}
	}
	for _, p := range doubtful {
		if CheckPath(p) == nil {
			t.Errorf("%q accepted", p)
		}
	}
	if MatchPath("/a/*", "/a/b/c") || MatchPath("/a/*", "/a/") || MatchPath("/a/*", "/a") || !MatchPath("/a/*", "/a/b") || !MatchPath("/a/**", "/a/b/c") || !MatchPath("/**/z", "/a/b/z") || MatchPath("/**/z", "/a/b") {
		t.Error("wildcards")
	}
}

func FuzzPath(f *testing.F) {
	for _, p := range append(doubtful, "", "/a/b", "/status/today") {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) != nil || p == "" {
			return
		}
		u, err := url.Parse("http://h" + p)
		if err != nil || u.Path != p || u.EscapedPath() != p || path.Clean(p) != p || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q is read otherwise by others: %v %v", p, u, err)
		}
	})
}

func TestAQueryIsTextWithoutControls(t *testing.T) {
	for _, q := range []string{"", "a=1&b=%D8%A3", "a=b%20c", "q=/x?y"} {
		if CheckQuery(q) != nil {
			t.Errorf("%q refused", q)
		}
	}
	for _, q := range []string{"a=%00", "a=%0d%0aX:1", "a=%ff", "a=%c0%af", "a=%2", "a#b", "a b", "\u0623", "a\\b", "a=%7f", strings.Repeat("a", maxQuery+1)} {
		if CheckQuery(q) == nil {
			t.Errorf("%q accepted", q)
		}
	}
}

func TestADirectoryThatMeansTwoThingsIsRefused(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, alter := range map[string]func(*Snapshot){
		"an agreement twice":          func(s *Snapshot) { s.Agreements = append(s.Agreements, s.Agreements[0]) },
		"an agreement without a name": func(s *Snapshot) { s.Agreements[0].ID = "" },
		"a member twice":              func(s *Snapshot) { s.Members = append(s.Members, s.Members[0]) },
		"a member in another case": func(s *Snapshot) {
			s.Members = append(s.Members, Member{ID: id(t, "MA/gov/PORTAL")})
		},
		"a service twice":               func(s *Snapshot) { s.Services = append(s.Services, s.Services[0]) },
		"a party twice":                 func(s *Snapshot) { s.Parties = append(s.Parties, s.Parties[0]) },
		"a malformed party":             func(s *Snapshot) { s.Parties = append(s.Parties, Party{ID: "a b"}) },
		"an agreement's unknown party":  func(s *Snapshot) { s.Agreements[0].Parties = []PartyID{"GOV/nobody"} },
		"data agreed whole":             func(s *Snapshot) { s.Agreements[0].Contents = []Content{"application/xml"} },
		"a path that nobody can send":   func(s *Snapshot) { s.Agreements[0].Operations = []Operation{{"GET", "/a/../b"}} },
		"a pattern of many wildcards":   func(s *Snapshot) { s.Agreements[0].Operations = []Operation{{"GET", "/**/**"}} },
		"an operation without a method": func(s *Snapshot) { s.Agreements[0].Operations = []Operation{{"", "/a"}} },
		"a malformed fingerprint":       func(s *Snapshot) { s.Revoked = []Revocation{{Fingerprint: "abc"}} },
	} {
		s := example(t)
		alter(s)
		signed, err := Sign(s, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(signed, &key.PublicKey); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, alter := range map[string]func(string) string{
		"a key twice":           func(b string) string { return strings.Replace(b, `"serial":1`, `"serial":1,"serial":9`, 1) },
		"a key in another case": func(b string) string { return strings.Replace(b, `"serial":1`, `"Serial":1`, 1) },
		"an unknown key":        func(b string) string { return strings.Replace(b, `"serial":1`, `"serial":1,"limit":1`, 1) },
		"trailing text":         func(b string) string { return b + `{}` },
	} {
		b, _ := json.Marshal(example(t))
		signed, err := signBytes([]byte(alter(string(b))), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(signed, &key.PublicKey); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b, _ := json.Marshal(example(f))
	f.Add(b)
	f.Add([]byte(`{"instance":"MA","serial":1,"Serial":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		signed, err := signBytes(body, key)
		if err != nil {
			return
		}
		s, err := Open(signed, &key.PublicKey)
		if err != nil {
			return
		}
		again, err := Sign(s, key)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Open(again, &key.PublicKey); err != nil || !reflect.DeepEqual(s, back) {
			t.Errorf("%q means something else when written again: %v", body, err)
		}
	})
}

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"MA/GOV/a-1/sub.x/code", "MA/GOV/a%2Fb", "GOV/min-interieur", "MA/GOV/..", "MA/GOV/a?b/c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseClient(s); err == nil {
			if again, err := ParseClient(c.String()); err != nil || again != c {
				t.Errorf("client %q", s)
			}
		}
		if v, err := ParseService(s); err == nil {
			if again, err := ParseService(v.String()); err != nil || again != v {
				t.Errorf("service %q", s)
			}
		}
		if p, err := ParseParty(s); err == nil && string(p) != s {
			t.Errorf("party %q", s)
		}
	})
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
	plan := Plan{Instance: "MA", Services: s.Services, Agreements: s.Agreements, Parties: s.Parties}
	for _, m := range s.Members {
		plan.Members = append(plan.Members, PlannedMember{Member: m, Listen: "127.0.0.1:1"})
	}
	read := func() (*Snapshot, string) {
		t.Helper()
		if err := Install(dir, clk, plan); err != nil {
			t.Fatal(err)
		}
		key, err := operatorKey(dir)
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

func TestAStolenKeyIsGoodForNothingOnceWithdrawn(t *testing.T) {
	dir, clk := t.TempDir(), clock.NewFake(now)
	s := example(t)
	plan := Plan{Instance: "MA", Services: s.Services, Agreements: s.Agreements, Parties: s.Parties}
	for _, m := range s.Members {
		plan.Members = append(plan.Members, PlannedMember{Member: m, Listen: "127.0.0.1:1"})
	}
	if err := Install(dir, clk, plan); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "members", "GOV-civil")
	read := func(name string) string { b, _ := os.ReadFile(filepath.Join(folder, name)); return string(b) }
	stolen := map[string]string{"tls.key": read("tls.key"), "sign.key": read("sign.key"), "tls.crt": read("tls.crt"), "sign.crt": read("sign.crt")}
	first := readCertificates(filepath.Join(folder, "tls.crt"), now)[0]
	clk.Advance(MemberLife*2/3 + time.Hour) // renewed, and the first is in force for ten days more
	if err := Install(dir, clk, plan); err != nil {
		t.Fatal(err)
	}
	prints, err := Revoke(dir, clk, plan, id(t, "MA/GOV/civil"), "")
	if err != nil || len(prints) != 4 {
		t.Fatalf("%d certificates withdrawn: %v", len(prints), err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "directory.jws"))
	key, _ := operatorKey(dir)
	snapshot, err := Open(b, &key.PublicKey)
	if err != nil || !snapshot.revoked(Fingerprint(first.Raw)) || len(snapshot.Revoked) != 4 || !snapshot.Revoked[0].Since.Equal(clk.Now()) {
		t.Fatalf("%v %+v", err, snapshot.Revoked)
	}
	for name, old := range stolen {
		if read(name) == old {
			t.Errorf("%s is still the stolen one", name)
		}
	}
	for _, m := range snapshot.Members {
		for _, der := range m.Signing {
			if snapshot.revoked(Fingerprint(der)) {
				t.Error("a withdrawn certificate is listed as signing")
			}
		}
	}
	serial := snapshot.Serial
	if err := Install(dir, clk, plan); err != nil {
		t.Fatal(err)
	}
	if b, _ = os.ReadFile(filepath.Join(dir, "directory.jws")); true {
		if s, err := Open(b, &key.PublicKey); err != nil || s.Serial != serial || len(s.Revoked) != 4 {
			t.Errorf("the next start forgets what was withdrawn: %v", err)
		}
	}
	if _, err := Revoke(dir, clk, plan, id(t, "MA/GOV/nobody"), ""); err == nil {
		t.Error("a stranger's certificates")
	}
	if _, err := Revoke(dir, clk, plan, id(t, "MA/GOV/civil"), "xyz"); err == nil {
		t.Error("a malformed fingerprint")
	}
	again, err := Revoke(dir, clk, plan, id(t, "MA/GOV/civil"), prints[0])
	if err != nil || len(again) != 1 {
		t.Errorf("%v %v", again, err)
	}
}

func operatorKey(dir string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(filepath.Join(dir, "authority", "operator.key"))
	if err != nil {
		return nil, err
	}
	return keyfile.ParseP256(b)
}
