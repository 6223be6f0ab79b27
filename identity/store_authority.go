package identity

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wasl/identity/card"
	"wasl/kit/keyfile"
)

// authority returns the demonstration authority kept in dir, made at the first start of an installation.
func authority(ctx context.Context, record keyfile.Record, dir string, now time.Time) (card.Authority, error) {
	kind := keyfile.Kind{
		Make: func() ([]byte, error) { return newAuthority(now) },
		Valid: func(b []byte) error {
			_, err := parseAuthority(b)
			return err
		},
	}
	b, err := keyfile.Open(ctx, record, "identity/card-authority.pem", filepath.Join(dir, "card-authority.pem"), kind)
	if err != nil {
		return card.Authority{}, fmt.Errorf("identity: card authority: %w", err)
	}
	return parseAuthority(b)
}

func newAuthority(now time.Time) ([]byte, error) {
	a, err := card.NewAuthority(now)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalECPrivateKey(a.Key)
	if err != nil {
		return nil, err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Cert.Raw})
	return append(b, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})...), nil
}

func parseAuthority(b []byte) (card.Authority, error) {
	bad := errors.New("identity: card authority: not a certificate and its key")
	first, rest := pem.Decode(b)
	if first == nil {
		return card.Authority{}, bad
	}
	second, _ := pem.Decode(rest)
	if second == nil {
		return card.Authority{}, bad
	}
	cert, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return card.Authority{}, bad
	}
	key, err := x509.ParseECPrivateKey(second.Bytes)
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) {
		return card.Authority{}, bad
	}
	return card.Authority{Key: key, Cert: cert}, nil
}

// anchors reads the trusted card authorities of an installation: PEM certificates, one file.
func anchors(path string) (card.Anchors, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("identity: card anchors: %w", err)
	}
	var all card.Anchors
	for {
		var p *pem.Block
		if p, b = pem.Decode(b); p == nil {
			break
		}
		c, err := x509.ParseCertificate(p.Bytes)
		if err != nil {
			return nil, fmt.Errorf("identity: card anchors: %w", err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("identity: card anchors: no certificate in the file")
	}
	return all, nil
}
