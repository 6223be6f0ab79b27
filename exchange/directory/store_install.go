package directory

import (
	"bytes"
	"crypto/ecdsa"
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
//	dir/authority/   ca.crt ca.key operator.key keys.json (the record of keys)    kept apart from the members in production
//	dir/operator.pem dir/directory.jws               what every gateway trusts and reads
//	dir/members/GOV-x/  tls.* sign.* gateway.json     one folder per member: all that its gateway needs
//
// It may run at every start and while gateways run: keys stay, and one that is lost or exchanged stops it (keyfile.Refused); a certificate in the last third of its life is renewed, and the
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
	k, err := openKeys(dir)
	if err != nil {
		return err
	}
	operator, err := k.open("authority/operator.key", "operator.pem", exists(filepath.Join(dir, "directory.jws")))
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
	if held != nil && len(more) > 0 { // at once, whatever becomes of the new keys
		if next := *held; next.revoke(more) {
			if err := publish(path, operator, held, &next, now); err != nil {
				return err
			}
			held = &next
		}
	}
	authority, err := k.authority(plan.Instance, held, now)
	if err != nil {
		return err
	}
	next := plan.snapshot()
	if held != nil {
		next.Revoked = held.Revoked
	}
	next.revoke(more)
	next.Authorities = [][]byte{authority.Cert.Raw}
	for i, m := range plan.Members {
		begun := false
		if held != nil {
			_, begun = held.Member(m.ID)
		}
		if next.Members[i].Signing, err = k.installMember(authority, m, next, begun, now); err != nil {
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
func (k keys) installMember(a Authority, m PlannedMember, s *Snapshot, begun bool, now time.Time) ([][]byte, error) {
	dir := filepath.Join(k.dir, "members", m.Folder())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory: member: %w", err)
	}
	if _, err := k.certificate(m, "tls", a, UseTLS, s, begun, now); err != nil {
		return nil, err
	}
	signing, err := k.certificate(m, "sign", a, UseSigning, s, begun, now)
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
func (k keys) certificate(m PlannedMember, name string, a Authority, use Use, s *Snapshot, begun bool, now time.Time) ([][]byte, error) {
	folder, member := "members/"+m.Folder()+"/", m.ID
	crt, keyName := folder+name+".crt", folder+name+".key"
	path := filepath.Join(k.dir, crt)
	all := readCertificates(path, now)
	held := slices.DeleteFunc(slices.Clone(all), func(c *x509.Certificate) bool { return s.revoked(Fingerprint(c.Raw)) })
	if len(all) > 0 && s.revoked(Fingerprint(all[0].Raw)) {
		if err := k.withdraw(keyName); err != nil {
			return nil, err
		}
		begun, crt = false, ""
	}
	key, err := k.open(keyName, crt, begun)
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
