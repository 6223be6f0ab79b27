// Package tokens lets the blocks of one installation know each other and the person on whose behalf a request comes.
//
//	block ── service token (JWT, 60 s, iss caller, aud callee; used again within it) ──▶ block's /v1
//	portal ── transaction token (JWT, 60 s, the visit) ──▶ block's pages
//
// Every block has its own ES256 key. The installation signs the list of their public keys once; a token counts only when its
// issuer's key is in that list. Identity's tokens about people and partners are another matter (identity/oidc).
package tokens

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/disk"
	"wasl/kit/keyfile"
)

const (
	installationKey = "installation.key"
	installationPub = "installation.pub"
	listFile        = "blocks.jws"
)

var es256 = []jose.SignatureAlgorithm{jose.ES256}

// Keyring is one block's signing key and the trusted keys of its sisters.
type Keyring struct {
	block  string
	signer jose.Signer // service tokens
	visits jose.Signer // transaction tokens
	peers  map[string]*ecdsa.PublicKey
	reused reused
}

// Block returns the name of the block to which the ring belongs.
func (k *Keyring) Block() string { return k.block }

// Ensure makes the installation's key, a key for each block and the signed list of their public keys, when the record has never
// heard of them. What once existed is never made anew: what is missing, cut, exchanged or another installation's is a
// *keyfile.Refused. Processes that start together wait for each other.
func Ensure(ctx context.Context, record keyfile.Record, dir string, blocks ...string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	unlock, err := disk.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()

	all, err := record.KeyChecks(ctx)
	if err != nil {
		return err
	}
	fresh := all[recordName(installationKey)] == ""
	var root *ecdsa.PrivateKey
	if fresh { // recorded last: an installation that was interrupted is begun again
		root, err = firstKey(filepath.Join(dir, installationKey))
	} else {
		root, err = ensureKey(ctx, record, dir, installationKey)
	}
	if err != nil {
		return err
	}
	list, err := listOf(dir, root, fresh)
	if err != nil {
		return err
	}
	grown := false
	for _, b := range blocks {
		key, err := ensureKey(ctx, record, dir, b+".key")
		if err != nil {
			return err
		}
		if held, ok := list[b]; ok {
			if !key.PublicKey.Equal(held.Key) {
				return &keyfile.Refused{File: filepath.Join(dir, listFile), Fault: keyfile.Foreign}
			}
			continue
		}
		grown = true
		list[b] = jose.JSONWebKey{Key: key.Public(), KeyID: b, Algorithm: string(jose.ES256), Use: "sig"}
	}
	if grown {
		if err := writeList(dir, root, list); err != nil {
			return err
		}
	}
	_, err = ensureKey(ctx, record, dir, installationKey)
	return err
}

// recordName is the name of a key file in the record: its path within the data directory.
func recordName(file string) string { return "keys/" + file }

// listOf reads the list, which an installation has from its first start on and which its key must have signed.
func listOf(dir string, root *ecdsa.PrivateKey, fresh bool) (map[string]jose.JSONWebKey, error) {
	if fresh {
		return map[string]jose.JSONWebKey{}, nil
	}
	pub, err := publicPEM(root)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, installationPub)
	switch held, err := os.ReadFile(path); {
	case errors.Is(err, os.ErrNotExist):
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Missing}
	case err != nil:
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Unreadable, Cause: err}
	case !bytes.Equal(held, pub):
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Foreign}
	}
	list, err := readList(dir)
	path = filepath.Join(dir, listFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Missing}
	}
	if err != nil {
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Foreign, Cause: err}
	}
	return list, nil
}

// Open reads the ring of a block from dir and checks the installation's signature on the list.
func Open(dir, block string) (*Keyring, error) {
	key, err := readKey(filepath.Join(dir, block+".key"))
	if err != nil {
		return nil, err
	}
	list, err := readList(dir)
	if err != nil {
		return nil, err
	}
	k, err := newKeyring(block, key)
	if err != nil {
		return nil, err
	}
	for name, jwk := range list {
		pub, ok := jwk.Key.(*ecdsa.PublicKey)
		if !ok || pub.Curve != elliptic.P256() {
			return nil, fmt.Errorf("tokens: key of %s is not P-256", name)
		}
		k.peers[name] = pub
	}
	if own, ok := k.peers[block]; !ok || !own.Equal(key.Public()) {
		return nil, fmt.Errorf("tokens: the signed list does not hold the key of %s", block)
	}
	return k, nil
}

func newKeyring(block string, key *ecdsa.PrivateKey) (*Keyring, error) {
	k := &Keyring{block: block, peers: map[string]*ecdsa.PublicKey{}}
	sk := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: block}}
	var err error
	if k.signer, err = jose.NewSigner(sk, (&jose.SignerOptions{}).WithType(serviceType)); err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	if k.visits, err = jose.NewSigner(sk, (&jose.SignerOptions{}).WithType(visitType)); err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return k, nil
}

func writeList(dir string, root *ecdsa.PrivateKey, list map[string]jose.JSONWebKey) error {
	payload, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: root}, nil)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	pubPEM, err := publicPEM(root)
	if err != nil {
		return err
	}
	if err := disk.Replace(filepath.Join(dir, installationPub), pubPEM, 0o644); err != nil {
		return err
	}
	return disk.Replace(filepath.Join(dir, listFile), []byte(compact), 0o644)
}

func publicPEM(root *ecdsa.PrivateKey) ([]byte, error) {
	pub, err := x509.MarshalPKIXPublicKey(root.Public())
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}), nil
}

func readList(dir string) (map[string]jose.JSONWebKey, error) {
	pubPEM, err := os.ReadFile(filepath.Join(dir, installationPub))
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	block, _ := pem.Decode(pubPEM)
	if block == nil {
		return nil, errors.New("tokens: the installation's public key is not PEM")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	compact, err := os.ReadFile(filepath.Join(dir, listFile))
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	jws, err := jose.ParseSignedCompact(string(compact), es256)
	if err != nil {
		return nil, fmt.Errorf("tokens: list of block keys: %w", err)
	}
	payload, err := jws.Verify(pub)
	if err != nil {
		return nil, fmt.Errorf("tokens: list of block keys: %w", err)
	}
	var list map[string]jose.JSONWebKey
	if err := json.Unmarshal(payload, &list); err != nil {
		return nil, fmt.Errorf("tokens: list of block keys: %w", err)
	}
	return list, nil
}

// signingKey is the kind of all keys in the folder.
var signingKey = keyfile.Kind{
	Make: func() ([]byte, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
	},
	Valid: func(b []byte) error {
		_, err := parseKey(b)
		return err
	},
}

func ensureKey(ctx context.Context, record keyfile.Record, dir, file string) (*ecdsa.PrivateKey, error) {
	b, err := keyfile.Open(ctx, record, recordName(file), filepath.Join(dir, file), signingKey)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return parseKey(b)
}

// firstKey returns the installation's key before it is on record.
func firstKey(path string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if b, err = signingKey.Make(); err == nil {
			err = disk.WriteNew(path, b)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	key, err := parseKey(b)
	if err != nil {
		return nil, &keyfile.Refused{File: path, Fault: keyfile.Malformed, Cause: err}
	}
	return key, nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	key, err := parseKey(b)
	if err != nil {
		return nil, fmt.Errorf("tokens: %s: %w", filepath.Base(path), err)
	}
	return key, nil
}

func parseKey(b []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if key.Curve != elliptic.P256() {
		return nil, errors.New("not a P-256 key")
	}
	return key, nil
}

// ForTest makes rings for the named blocks that trust each other, without touching the disk.
func ForTest(t interface{ Fatal(...any) }, blocks ...string) map[string]*Keyring {
	rings := map[string]*Keyring{}
	pubs := map[string]*ecdsa.PublicKey{}
	for _, b := range slices.Compact(slices.Sorted(slices.Values(blocks))) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if rings[b], err = newKeyring(b, key); err != nil {
			t.Fatal(err)
		}
		pubs[b] = &key.PublicKey
	}
	for _, k := range rings {
		k.peers = pubs
	}
	return rings
}
