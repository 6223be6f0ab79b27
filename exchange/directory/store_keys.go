package directory

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/kit/keyfile"
)

// keys opens the private keys of an installation. Each is on record in authority/keys.json, and none is made anew in silence.
type keys struct {
	dir    string
	record *keyfile.FileRecord
}

func openKeys(dir string) (keys, error) {
	record, err := keyfile.OpenFileRecord(filepath.Join(dir, "authority", "keys.json"), true)
	if err != nil {
		return keys{}, fmt.Errorf("directory: %w", err)
	}
	return keys{dir, record}, nil
}

// open returns the key in a file. It is made only where neither the record, nor its public counterpart (certificates or a key, PEM),
// nor what was signed before knows of one: begun. An installation from before the record is taken over with the keys that it has,
// if they are its own.
func (k keys) open(name, counterpart string, begun bool) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(k.dir, filepath.FromSlash(name))
	var public *ecdsa.PublicKey
	if counterpart != "" {
		var err error
		if public, err = publicKey(filepath.Join(k.dir, filepath.FromSlash(counterpart))); err != nil {
			return nil, err
		}
	}
	kind := keyfile.Kind{
		Make: func() ([]byte, error) {
			if begun || public != nil {
				return nil, &keyfile.Refused{File: path, Fault: keyfile.Missing}
			}
			return keyfile.MakeP256()
		},
		Valid: func(b []byte) error {
			key, err := keyfile.ParseP256(b)
			if err == nil && public != nil && !key.PublicKey.Equal(public) {
				return errors.New("it is not the key of " + counterpart)
			}
			return err
		},
	}
	b, err := keyfile.Open(context.Background(), k.record, name, path, kind)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	key, err := keyfile.ParseP256(b)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", &keyfile.Refused{File: path, Fault: keyfile.Malformed, Cause: err})
	}
	return key, nil
}

// ExamineKeys compares the key files of an installation with their record and makes nothing.
func ExamineKeys(dir string) []error {
	if !exists(filepath.Join(dir, "authority")) {
		return nil // kept elsewhere
	}
	k, err := openKeys(dir)
	if err != nil {
		return []error{err}
	}
	known, err := k.record.KeyChecks(context.Background())
	if err != nil {
		return []error{err}
	}
	return keyfile.Check(known, func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) })
}

// withdraw takes a key away that is somebody else's too, so that another is made in its place.
func (k keys) withdraw(name string) error {
	if err := k.record.Forget(name); err != nil {
		return fmt.Errorf("directory: withdrawn key: %w", err)
	}
	if err := os.Remove(filepath.Join(k.dir, filepath.FromSlash(name))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("directory: withdrawn key: %w", err)
	}
	return nil
}

// authority returns the exchange's authority: its key, and its certificate, which can be made anew from the key.
func (k keys) authority(instance string, held *Snapshot, now time.Time) (Authority, error) {
	const crt = "authority/ca.crt"
	path := filepath.Join(k.dir, crt)
	key, err := k.open("authority/ca.key", crt, held != nil)
	if err != nil {
		return Authority{}, err
	}
	a := Authority{Key: key, register: filepath.Join(k.dir, "authority", "issued.jsonl")}
	known := readCertificates(path, now)
	if held != nil {
		for _, der := range held.Authorities {
			if c, err := x509.ParseCertificate(der); err == nil && now.Before(c.NotAfter) {
				known = append(known, c)
			}
		}
	}
	for _, c := range known {
		if key.PublicKey.Equal(c.PublicKey) {
			a.Cert = c
			return a, writeFile(path, pemOf("CERTIFICATE", c.Raw), 0o644)
		}
	}
	if a.Cert, err = newRoot(instance, key, now); err != nil {
		return a, err
	}
	return a, writeFile(path, pemOf("CERTIFICATE", a.Cert.Raw), 0o644)
}

// publicKey reads the newest public key of a file of certificates or of one key; nil when there is none.
func publicKey(path string) (*ecdsa.PublicKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("directory: %s is no certificate or public key", path)
	}
	if block.Type != "CERTIFICATE" {
		return ParseOperator(b)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("directory: %s: %w", path, err)
	}
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("directory: %s is not the certificate of an ECDSA key", path)
	}
	return key, nil
}
