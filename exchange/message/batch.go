package message

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// MaxBatch bounds a batch: ten levels, so a path is at most 320 bytes.
const MaxBatch = 1024

// Proof ties one leaf to the signature of its batch.
type Proof struct {
	Certificate []byte   `cbor:"1,keyasint" json:"certificate"` // SHA-256 of the signing certificate
	Size        uint64   `cbor:"2,keyasint" json:"size"`
	Index       uint64   `cbor:"3,keyasint" json:"index"`
	Path        [][]byte `cbor:"4,keyasint" json:"path"`
	Signature   []byte   `cbor:"5,keyasint" json:"signature"` // ES256, ASN.1
}

// The ways in which a proof fails.
var (
	ErrProof     = errors.New("message: path does not fit the batch")
	ErrSignature = errors.New("message: batch was not signed by this certificate")
)

// statement is what the signature covers: size and root, with a name that no other signature of ours uses.
func statement(size uint64, root []byte) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "wasl-exchange-batch/1\n%d\n%s\n", size, hex.EncodeToString(root)))
	return sum[:]
}

// SignBatch signs the tree over the leaf hashes once and returns each leaf's proof, in order.
func SignBatch(key *ecdsa.PrivateKey, certificate []byte, hashes [][]byte) ([]Proof, error) {
	levels := tree(hashes)
	size := uint64(len(hashes))
	signature, err := ecdsa.SignASN1(rand.Reader, key, statement(size, levels[len(levels)-1][0]))
	if err != nil {
		return nil, fmt.Errorf("message: sign batch: %w", err)
	}
	proofs := make([]Proof, len(hashes))
	for i := range hashes {
		proofs[i] = Proof{Certificate: certificate, Size: size, Index: uint64(i), Path: path(levels, i), Signature: signature}
	}
	return proofs, nil
}

// tree returns the levels of the RFC 6962 tree, leaves first. A node without sibling rises unchanged, which gives the
// same tree as the recursive definition of the RFC.
func tree(hashes [][]byte) [][][]byte {
	levels := [][][]byte{hashes}
	for len(hashes) > 1 {
		var up [][]byte
		for i := 0; i+1 < len(hashes); i += 2 {
			up = append(up, rfc6962.DefaultHasher.HashChildren(hashes[i], hashes[i+1]))
		}
		if len(hashes)%2 == 1 {
			up = append(up, hashes[len(hashes)-1])
		}
		levels, hashes = append(levels, up), up
	}
	return levels
}

func path(levels [][][]byte, i int) [][]byte {
	var p [][]byte
	for _, level := range levels[:len(levels)-1] {
		if sibling := i ^ 1; sibling < len(level) {
			p = append(p, level[sibling])
		}
		i /= 2
	}
	return p
}

// Root computes the root that the proof leads to from a leaf hash.
func (p Proof) Root(leafHash []byte) ([]byte, error) {
	if p.Size == 0 || p.Size > MaxBatch {
		return nil, ErrProof
	}
	root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, p.Index, p.Size, leafHash, p.Path)
	if err != nil {
		return nil, ErrProof
	}
	return root, nil
}

// VerifyRoot checks the batch's signature over a root; the certificate's own validity is the caller's concern.
func (p Proof) VerifyRoot(root []byte, cert *x509.Certificate) error {
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	sum := sha256.Sum256(cert.Raw)
	if !ok || string(sum[:]) != string(p.Certificate) || !ecdsa.VerifyASN1(key, statement(p.Size, root), p.Signature) {
		return ErrSignature
	}
	return nil
}

// Verify checks that the leaf belongs to a batch signed by the certificate's key.
func (p Proof) Verify(leaf []byte, cert *x509.Certificate) error {
	root, err := p.Root(Hash(leaf))
	if err != nil {
		return err
	}
	return p.VerifyRoot(root, cert)
}

// Signed is a leaf with its proof, as it travels and as it is kept.
type Signed struct {
	Leaf  []byte `cbor:"1,keyasint" json:"leaf"`
	Proof Proof  `cbor:"2,keyasint" json:"proof"`
}

// Encode returns the compact form (CBOR) that travels with a message.
func (s Signed) Encode() ([]byte, error) { return cbor.Marshal(s) }

// DecodeSigned reads the compact form, in the one spelling that Encode gives it; sizes are bounded before anything is computed.
func DecodeSigned(b []byte) (Signed, error) {
	var s Signed
	if len(b) > 16<<10 {
		return s, ErrMalformed
	}
	if err := cbor.Unmarshal(b, &s); err != nil {
		return Signed{}, ErrMalformed
	}
	if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
		return Signed{}, ErrMalformed
	}
	return s, nil
}
