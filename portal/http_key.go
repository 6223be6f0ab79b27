package portal

import (
	"context"
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

// partyKey is the kind of the portal's key.
var partyKey = keyfile.Kind{Make: keyfile.MakeP256, Valid: func(b []byte) error {
	_, err := keyfile.ParseP256(b)
	return err
}}

// ownKey reads the portal's key as a relying party from its folder, made at the first start of an installation.
func ownKey(ctx context.Context, record keyfile.Record, dir string) (rp.Key, error) {
	b, err := keyfile.Open(ctx, record, "portal/relying-party.key", filepath.Join(dir, "relying-party.key"), partyKey)
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: %w", err)
	}
	private, err := keyfile.ParseP256(b)
	if err != nil {
		return rp.Key{}, fmt.Errorf("portal: key: %w", err)
	}
	return rp.NewKey(private)
}
