package portal

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"wasl/kit/keyfile"
	"wasl/portal/rp"
)

// identityClient is the back channel to identity: bounded, and it follows no redirect.
func identityClient(rt http.RoundTripper) *http.Client {
	return &http.Client{Transport: rt, Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// partyKey is the kind of the portal's key: P-256, PKCS #8 in PEM.
var partyKey = keyfile.Kind{
	Make: func() ([]byte, error) {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	},
	Valid: func(b []byte) error {
		_, err := parsePartyKey(b)
		return err
	},
}

// ownKey reads the portal's key as a relying party from its folder, made at the first start of an installation.
func ownKey(ctx context.Context, record keyfile.Record, dir string) (rp.Key, error) {
	b, err := keyfile.Open(ctx, record, "portal/relying-party.key", filepath.Join(dir, "relying-party.key"), partyKey)
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: %w", err)
	}
	private, err := parsePartyKey(b)
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: key: %w", err)
	}
	return rp.NewKey(private)
}

func parsePartyKey(b []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, errors.New("not a P-256 key")
	}
	return private, nil
}
