package gateway

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
)

// trust is one verified snapshot, indexed for use at every message. It never changes; a new snapshot is a new trust.
type trust struct {
	*directory.Snapshot
	pool    *x509.CertPool
	signing map[string]signer // by SHA-256 of the certificate
	revoked map[string]bool
	chains  sync.Map // certificate (DER) → chain: verified once per snapshot
}

// chain is how long a certificate's chain to the authority holds.
type chain struct{ from, until time.Time }

// signer is a certificate that a member signs messages with.
type signer struct {
	member directory.ClientID
	cert   *x509.Certificate
	print  string // hex, as in the list of withdrawn ones
}

func newTrust(s *directory.Snapshot) (*trust, error) {
	pool, err := s.Pool()
	if err != nil {
		return nil, err
	}
	t := &trust{Snapshot: s, pool: pool, signing: map[string]signer{}, revoked: map[string]bool{}}
	for _, r := range s.Revoked {
		t.revoked[r.Fingerprint] = true
	}
	for _, m := range s.Members {
		for _, der := range m.Signing {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, fmt.Errorf("gateway: signing certificate of %s: %w", m.ID, err)
			}
			sum := sha256.Sum256(der)
			t.signing[string(sum[:])] = signer{m.ID, cert, directory.Fingerprint(der)}
		}
	}
	return t, nil
}

// current refuses everything once the snapshot has expired.
func (t *trust) current(now time.Time) error {
	if !now.Before(t.ExpiresAt) {
		return directory.ErrOutdated
	}
	return nil
}

// chained checks that a certificate leads to the exchange's authority and is in force at now. Snapshots never change, so the
// signatures of the chain are checked once; the dates every time.
func (t *trust) chained(cert *x509.Certificate, use x509.ExtKeyUsage, now time.Time) error {
	v, ok := t.chains.Load(string(cert.Raw))
	if !ok {
		found, err := cert.Verify(x509.VerifyOptions{Roots: t.pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{use}})
		if err != nil {
			return err
		}
		c := chain{cert.NotBefore, cert.NotAfter}
		for _, above := range found[0][1:] {
			if above.NotAfter.Before(c.until) {
				c.until = above.NotAfter
			}
		}
		v = c
		t.chains.Store(string(cert.Raw), c)
	}
	if c := v.(chain); now.Before(c.from) || now.After(c.until) {
		return errors.New("certificate is not in force")
	}
	return nil
}

// peer says which member a TLS certificate proves at now: chained to the exchange's authority, in force, not withdrawn.
func (t *trust) peer(certs []*x509.Certificate, now time.Time) (directory.ClientID, error) {
	if len(certs) == 0 {
		return directory.ClientID{}, errTransport.Cause(errors.New("no certificate"))
	}
	leaf := certs[0]
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return directory.ClientID{}, errTransport.Cause(errors.New("certificate is not for connections"))
	}
	if err := t.chained(leaf, x509.ExtKeyUsageClientAuth, now); err != nil {
		return directory.ClientID{}, errTransport.Cause(err)
	}
	if t.revoked[directory.Fingerprint(leaf.Raw)] {
		return directory.ClientID{}, errTransport.Cause(errors.New("certificate withdrawn"))
	}
	id, ok := directory.MemberOf(leaf.URIs)
	if !ok {
		return directory.ClientID{}, errTransport.Cause(errors.New("certificate names no member"))
	}
	if _, known := t.Member(id); !known {
		return directory.ClientID{}, errTransport.Cause(errors.New("member is not registered"))
	}
	return id, nil
}

// authentic verifies a message's proof: signed by a registered, valid certificate of that member.
func (t *trust) authentic(s message.Signed, member directory.ClientID, now time.Time, seen *roots) error {
	by, ok := t.signing[string(s.Proof.Certificate)]
	switch {
	case !ok || by.member != member.MemberID():
		return errSignature.Cause(errors.New("not a signing certificate of the member"))
	case t.revoked[by.print]:
		return errSignature.Cause(errors.New("signing certificate withdrawn"))
	}
	root, err := s.Proof.Root(message.Hash(s.Leaf))
	if err != nil {
		return errSignature.Cause(err)
	}
	if err := t.chained(by.cert, x509.ExtKeyUsageAny, now); err != nil {
		return errSignature.Cause(err)
	}
	key := string(slices.Concat(s.Proof.Certificate, root, s.Proof.Signature)) + fmt.Sprint(s.Proof.Size)
	if err := seen.check(key, func() error { return s.Proof.VerifyRoot(root, by.cert) }); err != nil {
		return errSignature.Cause(err)
	}
	return nil
}
