package oidc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"wasl/kit/errs"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "clients", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func blamed(err error) (codes []string) {
	for _, f := range errs.FieldsOf(err) {
		codes = append(codes, f.Code)
	}
	return codes
}

func TestAPartnerLearnsAtRegistrationThatItsKeyCanNeverWork(t *testing.T) {
	for name, want := range map[string]string{
		"ec-declared-ps256": "client_key_alg", "rsa-declared-rs256": "client_key_alg", "key-for-encryption": "client_key_use",
		"two-keys-one-kid": "client_key_id_twice", "okp-declared-ed25519": "",
	} {
		_, err := ParseClient(file(t, name))
		if codes := blamed(err); strings.Join(codes, " ") != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// spoilt returns the good registration with its first key's members changed; nil removes one.
func spoilt(t testing.TB, change map[string]any) []byte {
	t.Helper()
	var reg map[string]any
	if err := json.Unmarshal(file(t, "okp-declared-ed25519"), &reg); err != nil {
		t.Fatal(err)
	}
	key := reg["jwks"].(map[string]any)["keys"].([]any)[0].(map[string]any)
	for name, v := range change {
		if key[name] = v; v == nil {
			delete(key, name)
		}
	}
	out, err := json.Marshal(reg)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func jwkOf(t testing.TB, key any) map[string]any {
	t.Helper()
	raw, err := (&jose.JSONWebKey{Key: key}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{"crv": nil, "x": nil}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func with(m map[string]any, more map[string]any) map[string]any {
	out := map[string]any{}
	for _, from := range []map[string]any{m, more} {
		for k, v := range from {
			out[k] = v
		}
	}
	return out
}

func TestKeysThatCanNeverVerifyAreRefused(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, rs := jwkOf(t, &p256.PublicKey), jwkOf(t, &rsa2048.PublicKey)
	small := &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Lsh(big.NewInt(1), 1023), 0, 1), E: 65537}
	even := &rsa.PublicKey{N: new(big.Int).SetBit(rsa2048.N, 0, 0), E: 65537}
	low := &rsa.PublicKey{N: rsa2048.N, E: 3}
	for name, tc := range map[string]struct {
		change map[string]any
		want   string
	}{
		"as it is":                    {nil, ""},
		"EdDSA":                       {map[string]any{"alg": "EdDSA"}, ""},
		"no alg":                      {map[string]any{"alg": nil}, ""},
		"no use":                      {map[string]any{"use": nil}, ""},
		"exported by a browser":       {map[string]any{"ext": true, "key_ops": []string{"verify"}}, ""},
		"EC, ES256":                   {with(ec, map[string]any{"alg": "ES256"}), ""},
		"RSA, PS256":                  {with(rs, map[string]any{"alg": "PS256"}), ""},
		"OKP declared ES256":          {map[string]any{"alg": "ES256"}, "client_key_alg"},
		"OKP declared ECDH-ES":        {map[string]any{"alg": "ECDH-ES"}, "client_key_alg"},
		"EC declared EdDSA":           {with(ec, map[string]any{"alg": "EdDSA"}), "client_key_alg"},
		"EC declared ES384":           {with(ec, map[string]any{"alg": "ES384"}), "client_key_alg"},
		"EC declared es256":           {with(ec, map[string]any{"alg": "es256"}), "client_key_alg"},
		"EC declared none":            {with(ec, map[string]any{"alg": "none"}), "client_key_alg"},
		"RSA declared RS256":          {with(rs, map[string]any{"alg": "RS256"}), "client_key_alg"},
		"RSA declared PS512":          {with(rs, map[string]any{"alg": "PS512"}), "client_key_alg"},
		"RSA declared HS256":          {with(rs, map[string]any{"alg": "HS256"}), "client_key_alg"},
		"P-384":                       {with(jwkOf(t, &p384.PublicKey), map[string]any{"alg": nil}), "client_key_weak"},
		"RSA of 1024 bits":            {with(jwkOf(t, small), map[string]any{"alg": nil}), "client_key_weak"},
		"RSA with an even modulus":    {with(jwkOf(t, even), map[string]any{"alg": nil}), "client_key_weak"},
		"RSA with exponent 3":         {with(jwkOf(t, low), map[string]any{"alg": nil}), "client_key_weak"},
		"use enc":                     {map[string]any{"use": "enc"}, "client_key_use"},
		"use SIG":                     {map[string]any{"use": "SIG"}, "client_key_use"},
		"key_ops sign":                {map[string]any{"key_ops": []string{"sign"}}, "client_key_ops"},
		"key_ops encrypt":             {map[string]any{"key_ops": []string{"encrypt"}}, "client_key_ops"},
		"key_ops verify and encrypt":  {map[string]any{"key_ops": []string{"verify", "encrypt"}}, "client_key_ops"},
		"key_ops verify twice":        {map[string]any{"key_ops": []string{"verify", "verify"}}, "client_key_ops"},
		"key_ops nothing":             {map[string]any{"key_ops": []string{}}, "client_key_ops"},
		"no kid":                      {map[string]any{"kid": nil}, "client_key_id"},
		"an empty kid":                {map[string]any{"kid": ""}, "client_key_id"},
		"a kid with U+0000":           {map[string]any{"kid": "a\x00b"}, "client_key_id"},
		"a long kid":                  {map[string]any{"kid": strings.Repeat("k", 129)}, "client_key_id"},
		"a private key":               {map[string]any{"d": "AAAA"}, "client_key_form"},
		"a shared secret":             {map[string]any{"kty": "oct", "k": "AAAA", "crv": nil, "x": nil}, "client_key_form"},
		"an address of a certificate": {map[string]any{"x5u": "https://partner.example/c"}, "client_key_form"},
		"X25519":                      {map[string]any{"crv": "X25519", "alg": nil}, "client_key_form"},
		"no point":                    {map[string]any{"x": nil}, "client_key_form"},
		"a point of another size":     {map[string]any{"x": "AAAA"}, "client_key_form"},
	} {
		_, err := ParseClient(spoilt(t, tc.change))
		if codes := blamed(err); strings.Join(codes, " ") != tc.want {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestRegistrationsThatCanNeverWorkAreRefused(t *testing.T) {
	good := string(file(t, "okp-declared-ed25519"))
	if _, err := ParseClient([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a member nobody reads":       {`"sector"`, `"jwks_uri":"https://partner.example/jwks","sector"`},
		"an address nobody shows":     {`"sector"`, `"client_uri":"https://partner.example/","sector"`},
		"a member twice":              {`"sector"`, `"sector":"x","sector"`},
		"a member in another case":    {`"sector"`, `"Sector"`},
		"a second value":              {good, good + "{}"},
		"an address with a pattern":   {"https://partner.example/cb", "https://*.partner.example/cb"},
		"an address with blanks":      {"https://partner.example/cb", "https://partner.example/cb "},
		"an address with a fragment":  {"https://partner.example/cb", "https://partner.example/cb#"},
		"an address with a code":      {"https://partner.example/cb", "https://partner.example/cb?code=1"},
		"an address without a host":   {"https://partner.example/cb", "https:///cb"},
		"an address without its port": {"https://partner.example/cb", "https://partner.example:/cb"},
		"a port that does not exist":  {"https://partner.example/cb", "https://partner.example:65536/cb"},
		"port zero":                   {"https://partner.example/cb", "https://partner.example:0/cb"},
		"an address without an end":   {"https://partner.example/cb", "https://partner.example/" + strings.Repeat("a", 2049-24)},
		"an encoded host":             {"https://partner.example/cb", "https://partner%2eexample/cb"},
		"a backslash":                 {"https://partner.example/cb", `https://partner.example/c\\\\b`},
		"another system's scheme":     {"https://partner.example/cb", "ftp://localhost/cb"},
		"a scheme of an application":  {"https://partner.example/cb", "app://partner.example/cb"},
		"a script":                    {"https://partner.example/cb", "javascript:alert(1)"},
		"http elsewhere":              {"https://partner.example/cb", "http://partner.example/cb"},
		"letters outside ASCII":       {"https://partner.example/cb", "https://pârtner.example/cb"},
		"an address twice":            {`"https://partner.example/cb"`, `"https://partner.example/cb","https://partner.example/cb"`},
		"log-out told over http":      {`"sector"`, `"backchannel_logout_uri":"http://partner.example/l","sector"`},
		"a sector with a blank":       {`"sector": "okp-declared-ed25519"`, `"sector":"a b"`},
		"an empty name":               {`"Essai"`, `" "`},
		"a name with U+0000":          {`"Essai"`, `"Es\u0000sai"`},
		"a name without an end":       {`"Essai"`, `"` + strings.Repeat("x", 121) + `"`},
		"a language nobody has":       {`"fr": "Essai"`, `"fr":"Essai","de":"Versuch"`},
		"an attribute of both kinds":  {`"optional": []`, `"optional":["name"]`},
		"a scope without its right":   {`"profile"`, `"email"`},
		"a level twice":               {`"urn:wasl:acr:high"`, `"urn:wasl:acr:high","urn:wasl:acr:high"`},
		"no keys":                     {`"keys"`, `"keys":[],"key"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing changed", name)
		}
		if _, err := ParseClient([]byte(bad)); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Client libraries send RFC 9864's name of the algorithm; those of older libraries and our own guide send the old one.
func TestAPartnerWithAnEd25519KeyIsBelievedUnderBothNames(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, _ := ed25519.GenerateKey(rand.Reader)
	claims, _ := json.Marshal(map[string]any{
		"iss": "partner", "sub": "partner", "aud": "https://id.example", "jti": "1", "iat": now.Unix(), "exp": now.Unix() + 60,
	})
	sign := func(key ed25519.PrivateKey, header string) string {
		input := b64(header) + "." + b64(string(claims))
		return input + "." + b64(string(ed25519.Sign(key, []byte(input))))
	}
	for _, registered := range []string{"", "EdDSA", "Ed25519"} {
		c := Client{ID: "partner", Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k", Algorithm: registered}}}}
		for header, want := range map[string]bool{
			`{"alg":"Ed25519","kid":"k"}`: true, `{"alg":"EdDSA","kid":"k"}`: true, `{"alg":"Ed25519"}`: true, `{"alg":"ES256","kid":"k"}`: false,
			`{"alg":"PS256","kid":"k"}`: false, `{"alg":"none"}`: false, `{"alg":"Ed448","kid":"k"}`: false, `{"alg":"Ed25519","kid":"x"}`: false,
			`{"alg":"Ed25519","kid":"k","crit":["exp"]}`: false, `{"alg":"Ed25519","kid":"k","b64":false,"crit":["b64"]}`: false,
		} {
			if _, err := VerifyAssertion(sign(private, header), c, "https://id.example", now); (err == nil) != want {
				t.Errorf("registered %q, sent %s: %v", registered, header, err)
			}
			if _, err := VerifyAssertion(sign(stranger, header), c, "https://id.example", now); err == nil {
				t.Errorf("registered %q, sent %s: a stranger's signature", registered, header)
			}
		}
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestAKeyServesOnlyItsOwnAlgorithm(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := Client{ID: "partner", Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k"}}}}
	if _, ok := clientKey(c, jose.Header{KeyID: "k", Algorithm: "PS256"}); !ok {
		t.Error("PS256 was refused")
	}
	for _, alg := range []string{"RS256", "PS384", "ES256", "Ed25519", "", "none", "HS256"} {
		if _, ok := clientKey(c, jose.Header{KeyID: "k", Algorithm: alg}); ok {
			t.Errorf("%q was taken for an RSA key", alg)
		}
	}
	c.Keys.Keys = append(c.Keys.Keys, c.Keys.Keys[0])
	if _, ok := clientKey(c, jose.Header{Algorithm: "PS256"}); ok {
		t.Error("one of two keys was guessed")
	}
}

// The developer of a partner learns by how much the clocks differ.
func TestAWrongClockIsNamedInSeconds(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := Client{ID: "partner", Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k"}}}}
	for _, tc := range []struct {
		name  string
		claim map[string]any
		want  string // part of the description; "" is accepted
	}{
		{"iat 60 s ahead", map[string]any{"iat": now.Unix() + 60}, ""},
		{"iat 61 s ahead", map[string]any{"iat": now.Unix() + 61}, "iat lies 61 s ahead"},
		{"nbf 60 s ahead", map[string]any{"nbf": now.Unix() + 60}, ""},
		{"nbf an hour ahead", map[string]any{"nbf": now.Unix() + 3600}, "nbf lies 3600 s ahead"},
		{"expired 10 s ago", map[string]any{"exp": now.Unix() - 10}, ""},
		{"expired 11 s ago", map[string]any{"exp": now.Unix() - 11}, "expired 11 s ago"},
		{"exp 10 min away", map[string]any{"exp": now.Unix() + 600}, ""},
		{"exp 601 s away", map[string]any{"exp": now.Unix() + 601}, "too far away"},
		{"a long jti", map[string]any{"jti": strings.Repeat("j", 257)}, "jti"},
		{"a jti of 256", map[string]any{"jti": strings.Repeat("j", 256)}, ""},
		{"another audience", map[string]any{"aud": "https://id.example/token"}, "as a string: https://id.example"},
	} {
		claims := with(map[string]any{"iss": "partner", "sub": "partner", "aud": "https://id.example", "jti": "1", "exp": now.Unix() + 60}, tc.claim)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		a, err := VerifyAssertion(raw, c, "https://id.example", now)
		switch {
		case tc.want == "" && err != nil, tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: %v", tc.name, err)
		case err == nil && !a.Expires.Equal(time.Unix(int64(claims["exp"].(int64)), 0).Add(skew)):
			t.Errorf("%s: remembered until %s", tc.name, a.Expires)
		}
	}
}

func TestANameThatNoTextMayHoldIsRefusedBeforeItIsLookedUp(t *testing.T) {
	for _, sub := range []string{"a\x00b", "A", "a b", strings.Repeat("a", 65), ""} {
		claims, _ := json.Marshal(map[string]any{"sub": sub})
		if id, err := AssertionClient(b64(`{"alg":"ES256"}`) + "." + b64(string(claims)) + ".AAAA"); err == nil {
			t.Errorf("%q became %q", sub, id)
		}
	}
}

func FuzzClient(f *testing.F) {
	for _, name := range []string{"ec-declared-ps256", "okp-declared-ed25519", "two-keys-one-kid"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseClient(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var stored Client
		if err := json.Unmarshal(again, &stored); err != nil || !stored.Same(c) || stored.Check() != nil {
			t.Fatalf("what was registered differs from what is stored: %v\n%s", err, again)
		}
		if bytes.ContainsRune(again, 0) {
			t.Fatal("U+0000")
		}
	})
}
