package directory

import (
	"bytes"
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
	"time"

	"wasl/kit/clock"
	"wasl/kit/disk"
)

// Install makes or renews an installation of the exchange in dir:
//
//	dir/authority/   ca.crt ca.key operator.key      kept apart from the members in production
//	dir/operator.pem dir/directory.jws               what every gateway trusts and reads
//	dir/members/GOV-x/  tls.* sign.* gateway.json     one folder per member: all that its gateway needs
//
// It may run at every start and while gateways run: keys stay, a certificate in the last third of its life is renewed, and the
// directory is signed again, under the next number, when the plan changed or half its life is over.
func Install(dir string, clk clock.Clock, plan Plan) error {
	now := clk.Now()
	if err := os.MkdirAll(filepath.Join(dir, "authority"), 0o700); err != nil {
		return fmt.Errorf("directory: install: %w", err)
	}
	unlock, err := disk.Lock(filepath.Join(dir, "authority", "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	authority, err := loadAuthority(filepath.Join(dir, "authority"), plan.Instance, now)
	if err != nil {
		return err
	}
	operator, err := loadKey(filepath.Join(dir, "authority", "operator.key"))
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(operator.Public())
	if err != nil {
		return fmt.Errorf("directory: operator key: %w", err)
	}
	if err := writeFile(filepath.Join(dir, "operator.pem"), pemOf("PUBLIC KEY", der), 0o644); err != nil {
		return err
	}
	next := plan.snapshot()
	next.Authorities = [][]byte{authority.Cert.Raw}
	for i, m := range plan.Members {
		if next.Members[i].Signing, err = installMember(filepath.Join(dir, "members", m.Folder()), authority, m, now); err != nil {
			return err
		}
	}
	return publish(filepath.Join(dir, "directory.jws"), operator, next, now)
}

// publish signs the snapshot under the next number unless the one in place says the same and is young enough.
func publish(path string, operator *ecdsa.PrivateKey, next *Snapshot, now time.Time) error {
	next.IssuedAt, next.ExpiresAt, next.Serial = now.UTC(), now.UTC().Add(SnapshotLife), 1
	signed, err := os.ReadFile(path)
	if err == nil {
		held, err := Open(signed, &operator.PublicKey)
		if err != nil {
			return fmt.Errorf("directory: the one in place: %w", err)
		}
		if same(held, next) && held.ExpiresAt.Sub(now) > SnapshotLife/2 {
			return nil
		}
		next.Serial = held.Serial + 1
		next.Revoked = held.Revoked
	}
	signed, err = Sign(next, operator)
	if err != nil {
		return err
	}
	return writeFile(path, signed, 0o644)
}

// same compares what the two say, leaving out number and dates.
func same(a, b *Snapshot) bool {
	strip := func(s Snapshot) []byte {
		s.Serial, s.IssuedAt, s.ExpiresAt, s.Revoked = 0, time.Time{}, time.Time{}, nil
		out, _ := json.Marshal(s)
		return out
	}
	return bytes.Equal(strip(*a), strip(*b))
}

// installMember writes the member's folder and returns its signing certificates, newest first: the one before stays listed
// until it ends, so that evidence signed a moment ago verifies.
func installMember(dir string, a Authority, m PlannedMember, now time.Time) ([][]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory: member: %w", err)
	}
	if _, err := certificate(dir, "tls", a, m.ID, UseTLS, now); err != nil {
		return nil, err
	}
	signing, err := certificate(dir, "sign", a, m.ID, UseSigning, now)
	if err != nil {
		return nil, err
	}
	config, err := json.MarshalIndent(map[string]any{
		"member": m.ID, "listen": m.Listen, "client_listen": m.Clients, "directory": "../../directory.jws", "operator": "../../operator.pem",
		"keys": ".", "log": "log", "services": m.Upstream,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("directory: member: %w", err)
	}
	return signing, writeFile(filepath.Join(dir, "gateway.json"), config, 0o600)
}

// certificate returns the DER of name.crt, newest first, issuing one when there is none or its last third has begun.
func certificate(dir, name string, a Authority, member ClientID, use Use, now time.Time) ([][]byte, error) {
	key, err := loadKey(filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name+".crt")
	held := readCertificates(path, now)
	if len(held) == 0 || held[0].CheckSignatureFrom(a.Cert) != nil || held[0].NotAfter.Sub(now) < MemberLife/3 {
		der, err := a.Issue(member, &key.PublicKey, use, now)
		if err != nil {
			return nil, err
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("directory: certificate: %w", err)
		}
		if held = append([]*x509.Certificate{c}, held...); use == UseTLS {
			held = held[:1]
		}
		if err := writeFile(path, pemOfAll(held), 0o644); err != nil {
			return nil, err
		}
	}
	var out [][]byte
	for _, c := range held {
		out = append(out, c.Raw)
	}
	return out, nil
}

func readCertificates(path string, now time.Time) []*x509.Certificate {
	var out []*x509.Certificate
	rest, err := os.ReadFile(path)
	for block := (*pem.Block)(nil); err == nil; {
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && now.Before(c.NotAfter) {
			out = append(out, c)
		}
	}
	return out
}

func loadAuthority(dir, instance string, now time.Time) (Authority, error) {
	crt, key := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	if held := readCertificates(crt, now); len(held) > 0 {
		k, err := loadKey(key)
		return Authority{held[0], k}, err
	}
	a, err := NewAuthority(instance, now)
	if err != nil {
		return a, err
	}
	return a, errors.Join(writeKey(key, a.Key), writeFile(crt, pemOf("CERTIFICATE", a.Cert.Raw), 0o644))
}

// loadKey reads a P-256 key, or makes it.
func loadKey(path string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("directory: key: %w", err)
		}
		return k, writeKey(path, k)
	}
	if err != nil {
		return nil, fmt.Errorf("directory: key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("directory: key %s is not PEM", filepath.Base(path))
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("directory: key: %w", err)
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("directory: key %s is not ECDSA", filepath.Base(path))
	}
	return key, nil
}

func writeKey(path string, k *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return fmt.Errorf("directory: key: %w", err)
	}
	return writeFile(path, pemOf("PRIVATE KEY", der), 0o600)
}

// writeFile replaces a file in one step, so that a gateway never reads half of it.
func writeFile(path string, b []byte, mode os.FileMode) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return nil
	}
	if err := disk.Replace(path, b, mode); err != nil {
		return fmt.Errorf("directory: write: %w", err)
	}
	return nil
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pemOfAll(certs []*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		b.Write(pemOf("CERTIFICATE", c.Raw))
	}
	return b.Bytes()
}
