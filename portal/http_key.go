package portal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"wasl/kit/disk"
	"wasl/portal/rp"
)

// identityClient is the back channel to identity: bounded, and it follows no redirect.
func identityClient(rt http.RoundTripper) *http.Client {
	return &http.Client{Transport: rt, Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// ownKey reads the portal's key as a relying party from its folder, or makes it.
func ownKey(dir string) (rp.Key, error) {
	path := filepath.Join(dir, "relying-party.key")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = newKey(path); err != nil {
			return rp.Key{}, fmt.Errorf("portal: make key: %w", err)
		}
	}
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: read key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return rp.Key{}, fmt.Errorf("portal: %s is not PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: read key: %w", err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return rp.Key{}, fmt.Errorf("portal: %s is not a P-256 key", path)
	}
	return rp.NewKey(private)
}

// newKey writes a key and gives the one that is there: of two processes that
// start together, the first link wins.
func newKey(path string) ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := disk.WriteNew(path, content); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
