package message

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"pgregory.net/rapid"
)

func signer(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	return key, cert
}

func leaf(t testing.TB, id string) []byte {
	t.Helper()
	b, err := Leaf{Role: Request, ID: id, Client: "MA/GOV/a/b", Salt: "c2FsdA", Time: time.Unix(1, 0)}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryMessageOfABatchIsProvenAlone(t *testing.T) {
	key, cert := signer(t)
	sum := sha256.Sum256(cert.Raw)
	for _, n := range []int{1, 2, 3, 5, 8, 31, 200} {
		var leaves, hashes [][]byte
		r := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		for i := range n {
			leaves = append(leaves, leaf(t, fmt.Sprint(i)))
			hashes = append(hashes, Hash(leaves[i]))
			r.Append(hashes[i], nil)
		}
		proofs, err := SignBatch(key, sum[:], hashes)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := r.GetRootHash(nil)
		for i, p := range proofs {
			root, err := p.Root(hashes[i])
			if err != nil || !bytes.Equal(root, want) {
				t.Fatalf("batch of %d, message %d: root differs from RFC 6962 (%v)", n, i, err)
			}
			if err := p.Verify(leaves[i], cert); err != nil {
				t.Fatalf("batch of %d, message %d: %v", n, i, err)
			}
		}
	}
}

func TestAnyAlterationIsSeen(t *testing.T) {
	key, cert := signer(t)
	_, other := signer(t)
	sum := sha256.Sum256(cert.Raw)
	leaves := [][]byte{leaf(t, "a"), leaf(t, "b"), leaf(t, "c")}
	proofs, _ := SignBatch(key, sum[:], [][]byte{Hash(leaves[0]), Hash(leaves[1]), Hash(leaves[2])})
	good := proofs[1]
	cases := map[string]func(p *Proof, l *[]byte){
		"leaf":      func(_ *Proof, l *[]byte) { *l = leaf(t, "x") },
		"index":     func(p *Proof, _ *[]byte) { p.Index = 0 },
		"size":      func(p *Proof, _ *[]byte) { p.Size = 4 },
		"path":      func(p *Proof, _ *[]byte) { p.Path = [][]byte{p.Path[1], p.Path[0]} },
		"short":     func(p *Proof, _ *[]byte) { p.Path = p.Path[:1] },
		"signature": func(p *Proof, _ *[]byte) { p.Signature = append([]byte{}, p.Signature...); p.Signature[9] ^= 1 },
	}
	for name, alter := range cases {
		p, l := good, leaves[1]
		alter(&p, &l)
		if p.Verify(l, cert) == nil {
			t.Errorf("altered %s passes", name)
		}
	}
	if err := good.Verify(leaves[1], other); !errors.Is(err, ErrSignature) {
		t.Errorf("another certificate: %v", err)
	}
}

func TestOnlyCanonicalLeavesAreRead(t *testing.T) {
	b := leaf(t, "a")
	if _, err := ParseLeaf(b); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{
		append([]byte(" "), b...), bytes.Replace(b, []byte(`"role":"request"`), []byte(`"role":"rumour"`), 1),
		bytes.Replace(b, []byte(`{`), []byte(`{"extra":1,`), 1), bytes.Replace(b, []byte(Version), []byte("wasl-exchange/2"), 1), nil,
	} {
		if _, err := ParseLeaf(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestRequestHashCoversHeadAndBody(t *testing.T) {
	base := map[string][]string{"X-Road-Id": {"1"}, "Accept": {"a", "b"}}
	hash := func(method, target, body string, h map[string][]string) string {
		return RequestHash(HeadDigest(method, target, h), []byte(body))
	}
	ref := hash("POST", "/r1/a?q=1", "body", base)
	if got := hash("POST", "/r1/a?q=1", "body", map[string][]string{"accept": {"a", "b"}, "x-road-id": {"1"}, "Host": {"h"}}); got != ref {
		t.Error("letter case and hop headers must not count")
	}
	for name, got := range map[string]string{
		"method": hash("PUT", "/r1/a?q=1", "body", base), "query": hash("POST", "/r1/a?q=2", "body", base),
		"body": hash("POST", "/r1/a?q=1", "bodY", base), "header": hash("POST", "/r1/a?q=1", "body", map[string][]string{"X-Road-Id": {"2"}, "Accept": {"a", "b"}}),
		"no body": hash("POST", "/r1/a?q=1", "", base),
	} {
		if got == ref {
			t.Errorf("%s does not count", name)
		}
	}
}

func TestSignedTravels(t *testing.T) {
	key, cert := signer(t)
	sum := sha256.Sum256(cert.Raw)
	rapid.Check(t, func(t *rapid.T) {
		b, _ := Leaf{Role: Response, ID: rapid.String().Draw(t, "id"), Purpose: rapid.String().Draw(t, "purpose")}.Bytes()
		proofs, _ := SignBatch(key, sum[:], [][]byte{Hash(b)})
		wire, err := Signed{b, proofs[0]}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeSigned(wire)
		if err != nil || !bytes.Equal(back.Leaf, b) || back.Proof.Verify(back.Leaf, cert) != nil {
			t.Fatalf("lost on the way: %v", err)
		}
	})
}
