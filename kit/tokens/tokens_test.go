package tokens

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestATokenHoldsOnlyForItsBlockItsKindAndItsMinute(t *testing.T) {
	rings := ForTest(t, "portal", "casework", "payment")
	service, err := rings["casework"].SignService("payment")
	if err != nil {
		t.Fatal(err)
	}
	if caller, err := rings["payment"].VerifyService(service); err != nil || caller != "casework" {
		t.Fatalf("caller %q, %v", caller, err)
	}
	visit, err := rings["portal"].SignVisit("casework", Visit{Subject: "s1", Roles: []string{"officer"}, Org: "o"})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := rings["casework"].VerifyVisit(visit); err != nil || v.Subject != "s1" || !v.HasRole("officer") {
		t.Fatalf("%#v, %v", v, err)
	}
	forged, _ := rings["payment"].SignVisit("casework", Visit{Subject: "s1"})
	stranger, _ := ForTest(t, "casework")["casework"].SignService("payment")
	for name, err := range map[string]error{
		"another block's token":        second(rings["portal"].VerifyService(service)),
		"a service token as a visit":   second(rings["payment"].VerifyVisit(service)),
		"a visit as a service token":   second(rings["casework"].VerifyService(visit)),
		"a visit not from the portal":  second(rings["casework"].VerifyVisit(forged)),
		"a key outside the list":       second(rings["payment"].VerifyService(stranger)),
		"a token with a changed claim": second(rings["payment"].VerifyService(strings.Replace(service, ".", ".A", 1))),
		"an endless token":             second(rings["payment"].VerifyService(service + strings.Repeat("A", 9000))),
	} {
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	defer func(old func() time.Time) { now = old }(now)
	later := now().Add(71 * time.Second)
	now = func() time.Time { return later }
	if _, err := rings["payment"].VerifyService(service); !errors.Is(err, ErrRefused) {
		t.Fatal("accepted after its minute:", err)
	}
}

func TestKeysSurviveAndAForgedListIsRefused(t *testing.T) {
	dir := t.TempDir()
	ctx, record := t.Context(), newRecord(t)
	if err := Ensure(ctx, record, dir, "portal", "custody"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "portal.key"))
	if err := Ensure(ctx, record, dir, "portal", "custody", "locker"); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "portal.key")); string(after) != string(before) {
		t.Fatal("a second start changed a key")
	}
	portal, err := Open(dir, "portal")
	if err != nil {
		t.Fatal(err)
	}
	locker, err := Open(dir, "locker")
	if err != nil {
		t.Fatal(err)
	}
	token, _ := portal.SignService("locker")
	if caller, err := locker.VerifyService(token); err != nil || caller != "portal" {
		t.Fatal(caller, err)
	}
	other := t.TempDir()
	if err := Ensure(ctx, newRecord(t), other, "portal"); err != nil {
		t.Fatal(err)
	}
	list, _ := os.ReadFile(filepath.Join(other, listFile))
	if err := os.WriteFile(filepath.Join(dir, listFile), list, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "portal"); err == nil {
		t.Fatal("a list signed by another installation was accepted")
	}
}

func TestAVisitHidesFromFormatting(t *testing.T) {
	v := Visit{Subject: "secret-subject", NameFr: "Amina"}
	if s := fmt.Sprintf("%v %+v %#v %s", v, v, v, v.LogValue()); strings.Contains(s, "secret") || strings.Contains(s, "Amina") {
		t.Fatal(s)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAServiceTokenIsReusedWhileFreshAndNeverBeyondItsMinute(t *testing.T) {
	rings := ForTest(t, "portal", "casework", "payment")
	at := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	defer func(was func() time.Time) { now = was }(now)
	now = func() time.Time { return at }
	sign := func() string {
		token, err := rings["casework"].SignService("payment")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	first := sign()
	holds := func() bool {
		caller, err := rings["payment"].VerifyService(first)
		return err == nil && caller == "casework"
	}
	if once, again := holds(), holds(); !once || !again || sign() != first {
		t.Error("a fresh token is not reused")
	}
	if _, err := rings["portal"].VerifyService(first); err == nil {
		t.Error("another block takes it")
	}
	if at = at.Add(reuse); sign() == first || !holds() {
		t.Error("after 20 seconds a new one is signed while the first still holds")
	}
	if at = at.Add(lifetime); holds() {
		t.Error("a token known from before outlives its minute")
	}
}

func TestATokenThatLivesForYearsIsRefusedThoughItsKeyIsRight(t *testing.T) {
	rings := ForTest(t, "portal", "payment")
	at := now()
	signed := func(s jose.Signer, life time.Duration, claims map[string]any) string {
		token, err := jwt.Signed(s).Claims(jwt.Claims{
			Issuer: "portal", Audience: jwt.Audience{"payment"}, IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(life)),
		}).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	visit := map[string]any{"visit": Visit{Subject: "s"}}
	for _, c := range []struct {
		life   time.Duration
		claims map[string]any
		holds  bool
	}{
		{lifetime, nil, true},
		{lifetime + time.Second, nil, false},
		{3 * 365 * 24 * time.Hour, nil, false},
		{lifetime, map[string]any{"iat": nil}, false},
		{lifetime, map[string]any{"exp": nil}, false},
		{lifetime, map[string]any{"iat": at.Add(time.Hour).Unix(), "exp": at.Add(time.Hour).Unix()}, false},
		{lifetime, map[string]any{"iat": at.Add(time.Hour).Unix()}, false}, // ends before it begins
		{lifetime, map[string]any{"iss": "payment"}, false},                // not whose key it is
		{lifetime, map[string]any{"aud": "custody"}, false},
	} {
		if _, err := rings["payment"].VerifyService(signed(rings["portal"].signer, c.life, c.claims)); (err == nil) != c.holds {
			t.Errorf("service %v %v: %v", c.life, c.claims, err)
		}
		all := map[string]any{}
		maps.Copy(all, visit)
		maps.Copy(all, c.claims)
		if _, err := rings["payment"].VerifyVisit(signed(rings["portal"].visits, c.life, all)); (err == nil) != c.holds {
			t.Errorf("visit %v %v: %v", c.life, c.claims, err)
		}
	}
}

func FuzzATokenIsRefusedOrWhole(f *testing.F) {
	rings := ForTest(f, "portal", "payment")
	service, _ := rings["portal"].SignService("payment")
	visit, _ := rings["portal"].SignVisit("payment", Visit{Subject: "s"})
	for _, s := range []string{service, visit, "", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", strings.Repeat(".", 9000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := rings["payment"].VerifyService(token); err == nil && token != service {
			t.Fatalf("%q is taken for a service's", token)
		}
		if _, err := rings["payment"].VerifyVisit(token); err == nil && token != visit {
			t.Fatalf("%q is taken for a visit", token)
		}
	})
}

// A role without an appointment opens nothing, nor does an appointment without the role; nobody is signed in without a subject.
func TestARoleNeedsItsAppointment(t *testing.T) {
	for _, c := range []struct {
		visit      Visit
		in, agrees bool
	}{
		{Visit{}, false, false},
		{Visit{Subject: "s"}, true, false},
		{Visit{Subject: "s", Roles: []string{"officer"}}, true, false},
		{Visit{Subject: "s", Org: "com_1"}, true, false},
		{Visit{Subject: "s", Org: "com_1", Roles: []string{"head"}}, true, false},
		{Visit{Subject: "s", Org: "com_1", Roles: []string{"head", "officer"}}, true, true},
	} {
		if c.visit.SignedIn() != c.in || c.visit.HasRole("officer") != c.agrees {
			t.Errorf("%+v: signed in %v, officer %v", c.visit, c.visit.SignedIn(), c.visit.HasRole("officer"))
		}
	}
}

// A page asks other blocks a dozen times: who a token is from is remembered, but not for more tokens than a stranger can pay for.
func TestWhoATokenIsFromIsRememberedWithinABound(t *testing.T) {
	at := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	defer func(was func() time.Time) { now = was }(now)
	now = func() time.Time { return at }
	var r reused
	for i := range maxKnown {
		r.know(fmt.Sprint(i), "portal", at.Add(time.Minute))
	}
	for _, i := range []int{0, 1, maxKnown - 1} {
		if caller, ok := r.caller(fmt.Sprint(i)); !ok || caller != "portal" {
			t.Errorf("token %d was forgotten", i)
		}
	}
	if r.know("one more", "casework", at.Add(time.Minute)); len(r.known) > maxKnown {
		t.Errorf("%d tokens are kept", len(r.known))
	}
	if caller, ok := r.caller("one more"); !ok || caller != "casework" {
		t.Error("the newest token was forgotten")
	}
}

func TestAKeyThatTheListDoesNotHoldOpensNothing(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	if err := Ensure(ctx, newRecord(t), dir, "portal", "custody"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "portal.key")
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := os.ReadFile(filepath.Join(dir, "custody.key"))
	if err != nil {
		t.Fatal(err)
	}
	for file, key := range map[string][]byte{"portal.key": custody, "stranger.key": own} { // another's key; a name that is not listed
		if err := os.WriteFile(filepath.Join(dir, file), key, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, strings.TrimSuffix(file, ".key")); err == nil {
			t.Errorf("%s opened a ring", file)
		}
	}
	if err := os.WriteFile(path, own, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := readKey(filepath.Join(dir, installationKey))
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for kind, key := range map[string]any{"P-384": p384.Public(), "Ed25519": ed} {
		list, err := readList(dir)
		if err != nil {
			t.Fatal(err)
		}
		list["locker"] = jose.JSONWebKey{Key: key, KeyID: "locker"}
		if err := writeList(dir, root, list); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, "portal"); err == nil {
			t.Errorf("a sister's key on %s was taken", kind)
		}
	}
}

func TestATokenWithoutAnEndIsNotRead(t *testing.T) {
	ring := ForTest(t, "portal", "payment")["payment"]
	for n, refused := range map[int]bool{8192: false, 8193: true} {
		if _, err := ring.VerifyService(strings.Repeat("a", n)); err == nil || strings.Contains(err.Error(), "too long") != refused {
			t.Errorf("%d letters: %v", n, err)
		}
	}
}

func TestANameIsSaidInItsScript(t *testing.T) {
	both := Visit{NameAr: "أمينة", NameFr: "Amina"}
	for _, c := range []struct {
		visit      Visit
		lang, want string
	}{
		{both, "ar", "أمينة"}, {both, "fr", "Amina"}, {both, "zgh", "Amina"}, {Visit{NameFr: "Amina"}, "ar", "Amina"}, {Visit{NameAr: "أمينة"}, "fr", "أمينة"},
	} {
		if got := c.visit.Name(c.lang); got != c.want {
			t.Errorf("%s: %s", c.lang, got)
		}
	}
}
