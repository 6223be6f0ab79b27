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
	"slices"
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
func Install(dir string, clk clock.Clock, plan Plan) error { return install(dir, clk, plan, nil) }

// install is Install with more certificates withdrawn.
func install(dir string, clk clock.Clock, plan Plan, more []Revocation) error {
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
	path := filepath.Join(dir, "directory.jws")
	held, err := inPlace(path, operator)
	if err != nil {
		return err
	}
	next := plan.snapshot()
	if held != nil {
		next.Revoked = held.Revoked
	}
	for _, r := range more {
		if !next.revoked(r.Fingerprint) {
			next.Revoked = append(next.Revoked, r)
		}
	}
	next.Authorities = [][]byte{authority.Cert.Raw}
	for i, m := range plan.Members {
		if next.Members[i].Signing, err = installMember(filepath.Join(dir, "members", m.Folder()), authority, m, next, now); err != nil {
			return err
		}
	}
	return publish(path, operator, held, next, now)
}

// InPlace returns the directory of the installation in dir, as its operator signed it last.
func InPlace(dir string) (*Snapshot, error) {
	b, err := os.ReadFile(filepath.Join(dir, "operator.pem"))
	if err != nil {
		return nil, fmt.Errorf("directory: operator key: %w", err)
	}
	operator, err := ParseOperator(b)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "directory.jws"))
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	return Open(signed, operator)
}

// inPlace reads the directory that was signed last; nil when there is none yet.
func inPlace(path string, operator *ecdsa.PrivateKey) (*Snapshot, error) {
	signed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("directory: the one in place: %w", err)
	}
	held, err := Open(signed, &operator.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("directory: the one in place: %w", err)
	}
	return held, nil
}

// publish signs the snapshot under the next number unless the one in place says the same and is young enough. A snapshot that
// gateways would refuse is not signed.
func publish(path string, operator *ecdsa.PrivateKey, held, next *Snapshot, now time.Time) error {
	if err := next.check(); err != nil {
		return err
	}
	next.IssuedAt, next.ExpiresAt, next.Serial = now.UTC(), now.UTC().Add(SnapshotLife), 1
	if held != nil {
		if same(held, next) && held.ExpiresAt.Sub(now) > SnapshotLife/2 {
			return nil
		}
		next.Serial = held.Serial + 1
	}
	signed, err := Sign(next, operator)
	if err != nil {
		return err
	}
	return writeFile(path, signed, 0o644)
}

// same compares what the two say, leaving out number and dates.
func same(a, b *Snapshot) bool {
	strip := func(s Snapshot) []byte {
		s.Serial, s.IssuedAt, s.ExpiresAt = 0, time.Time{}, time.Time{}
		out, _ := json.Marshal(s)
		return out
	}
	return bytes.Equal(strip(*a), strip(*b))
}

// installMember writes the member's folder and returns its signing certificates, newest first: the one before stays listed
// until it ends, so that evidence signed a moment ago verifies.
func installMember(dir string, a Authority, m PlannedMember, s *Snapshot, now time.Time) ([][]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory: member: %w", err)
	}
	if _, err := certificate(dir, "tls", a, m.ID, UseTLS, s, now); err != nil {
		return nil, err
	}
	signing, err := certificate(dir, "sign", a, m.ID, UseSigning, s, now)
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

// certificate returns the DER of name.crt, newest first, issuing one when there is none, its last third has begun, or it was
// withdrawn: then under a new key, since the old one is somebody else's too.
func certificate(dir, name string, a Authority, member ClientID, use Use, s *Snapshot, now time.Time) ([][]byte, error) {
	path, keyPath := filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	all := readCertificates(path, now)
	held := slices.DeleteFunc(slices.Clone(all), func(c *x509.Certificate) bool { return s.revoked(Fingerprint(c.Raw)) })
	if len(all) > 0 && s.revoked(Fingerprint(all[0].Raw)) {
		if err := os.Remove(keyPath); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("directory: withdrawn key: %w", err)
		}
	}
	key, err := loadKey(keyPath)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 || !key.PublicKey.Equal(held[0].PublicKey) || held[0].CheckSignatureFrom(a.Cert) != nil || held[0].NotAfter.Sub(now) < MemberLife/3 {
		der, err := a.Issue(member, &key.PublicKey, use, now)
		if err != nil {
			return nil, err
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("directory: certificate: %w", err)
		}
		if err := recordIssued(a.register, member, c); err != nil {
			return nil, err
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
	crt, key, register := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key"), filepath.Join(dir, "issued.jsonl")
	if held := readCertificates(crt, now); len(held) > 0 {
		k, err := loadKey(key)
		return Authority{held[0], k, register}, err
	}
	a, err := NewAuthority(instance, now)
	if err != nil {
		return a, err
	}
	a.register = register
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
