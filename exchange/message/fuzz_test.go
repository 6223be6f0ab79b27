package message

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"
)

// FuzzSigned: what a header carries is read in one spelling only, and its leaf too.
func FuzzSigned(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	leaf, err := Leaf{Role: Request, ID: "1", Client: "MA/GOV/a/b", Fields: []string{"x"}, Time: time.Unix(1_790_000_000, 0)}.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	proofs, err := SignBatch(key, make([]byte, 32), [][]byte{Hash(leaf), Hash([]byte("neighbour")), Hash([]byte("another"))})
	if err != nil {
		f.Fatal(err)
	}
	whole, err := Signed{Leaf: leaf, Proof: proofs[0]}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), 0))
	f.Add([]byte{0xa0})
	f.Add([]byte{0xbf, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSigned(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("another text is the same message: %x", b)
		}
		if l, err := ParseLeaf(s.Leaf); err == nil {
			if again, err := l.Bytes(); err != nil || !bytes.Equal(again, s.Leaf) {
				t.Errorf("another text is the same leaf: %s", s.Leaf)
			}
		}
		if root, err := s.Proof.Root(Hash(s.Leaf)); err == nil && len(root) != 32 {
			t.Errorf("a root of %d bytes", len(root))
		}
	})
}

// FuzzLeaf: a leaf has one text.
func FuzzLeaf(f *testing.F) {
	leaf, err := Leaf{Role: Response, ID: "1", Client: "MA/GOV/a/b", Status: 200, Time: time.Unix(1_790_000_000, 0)}.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(leaf)
	f.Add(append(bytes.Clone(leaf), " {}"...))
	f.Add(bytes.Replace(leaf, []byte(`"role"`), []byte(`"Role"`), 1))
	f.Add(bytes.Replace(leaf, []byte(`"id":"1"`), []byte(`"id":"1","id":"2"`), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLeaf(b)
		if err != nil {
			return
		}
		if again, err := l.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("another text is the same leaf: %s", b)
		}
	})
}
