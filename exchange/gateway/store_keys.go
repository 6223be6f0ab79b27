package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"wasl/kit/disk"
	"wasl/kit/keyfile"
)

// openKey opens the log's signing key, which is on record beside it and is made only while the log has not begun. The public key
// follows from it and is written for those who verify.
func (l *tileLog) openKey(ctx context.Context, origin string, begun bool) (note.Signer, error) {
	dir := filepath.Dir(l.dir)
	path := filepath.Join(dir, "log.key")
	record, err := keyfile.OpenFileRecord(filepath.Join(dir, "keys.json"), true)
	if err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	kind := keyfile.Kind{
		Make: func() ([]byte, error) {
			if begun {
				return nil, &keyfile.Refused{File: path, Fault: keyfile.Missing}
			}
			key, _, err := note.GenerateKey(rand.Reader, origin)
			return []byte(key), err
		},
		Valid: func(b []byte) error {
			_, err := publicOf(string(b), origin)
			return err
		},
	}
	key, err := keyfile.Open(ctx, record, "log.key", path, kind)
	if err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	if l.verifier, err = publicOf(string(key), origin); err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	if l.check, err = note.NewVerifier(l.verifier); err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	if err := disk.Replace(filepath.Join(dir, "log.pub"), []byte(l.verifier), 0o644); err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	signer, err := note.NewSigner(string(key))
	if err != nil {
		return nil, fmt.Errorf("gateway: log key: %w", err)
	}
	return signer, nil
}

// publicOf returns the public key of a log's signing key, which must be in the name of origin: PRIVATE+KEY+name+hash+seed.
func publicOf(key, origin string) (string, error) {
	signer, err := note.NewSigner(key)
	if err != nil {
		return "", err
	}
	if signer.Name() != origin {
		return "", fmt.Errorf("it is the key of %s, not of %s", signer.Name(), origin)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(key, "+", 5)[4]) // in the form that NewSigner has read
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("it holds no Ed25519 seed")
	}
	public, _ := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(origin, public)
}

// readPair reads a key and its certificate; what is wrong with the key names the file.
func readPair(dir, name string) (tls.Certificate, error) {
	crt, path := filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	certs, err := os.ReadFile(crt)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("gateway: certificate: %w", err)
	}
	key, err := keyfile.Read(path)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("gateway: %w", err)
	}
	pair, err := tls.X509KeyPair(certs, key)
	if err == nil {
		return pair, nil
	}
	if _, bad := keyfile.ParseP256(key); bad != nil {
		return pair, fmt.Errorf("gateway: %w", &keyfile.Refused{File: path, Fault: keyfile.Malformed, Cause: bad})
	}
	return pair, fmt.Errorf("gateway: %w", &keyfile.Refused{File: path, Fault: keyfile.Foreign, Cause: errors.New("it is not the key of " + crt)})
}
