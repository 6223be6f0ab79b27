// Package cmstest makes a small certification authority for tests: root, issuing authority, seals, time-stamps.
package cmstest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wasl/kit/cms"
)

// CA is a test authority. All its certificates are valid for ten years around Now.
type CA struct {
	t       testing.TB
	Now     time.Time
	Root    *x509.Certificate
	rootKey crypto.Signer
	Issuing *x509.Certificate
	issuer  crypto.Signer
	serial  int64
	TSA     cms.Authority
}

// New makes an authority.
func New(t testing.TB) *CA { return Named(t, "Test") }

// Named makes an authority whose certificates bear a name of their own.
func Named(t testing.TB, name string) *CA {
	c := &CA{t: t, Now: time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)}
	c.rootKey = c.key()
	ca := x509.Certificate{
		Subject: pkix.Name{CommonName: name + " root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	c.Root = c.issue(ca, c.rootKey, nil, c.rootKey)
	ca.Subject.CommonName = name + " issuing authority"
	c.issuer = c.key()
	c.Issuing = c.issue(ca, c.issuer, c.Root, c.rootKey)
	c.TSA = cms.Authority{Signer: c.TSASigner(nil), Policy: asn1.ObjectIdentifier{2, 5, 29, 32, 0}}
	return c
}

func (c *CA) key() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	return key
}

func (c *CA) issue(template x509.Certificate, key crypto.Signer, parent *x509.Certificate, parentKey crypto.Signer) *x509.Certificate {
	c.serial++
	template.SerialNumber = big.NewInt(c.serial)
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = c.Now.AddDate(-5, 0, 0), c.Now.AddDate(5, 0, 0)
	}
	if parent == nil {
		parent = &template
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), parentKey)
	if err != nil {
		c.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert
}

// Seal issues a sealing certificate to an organisation; change may alter the template.
func (c *CA) Seal(organisation string, change func(*x509.Certificate)) cms.Signer {
	return c.leaf(x509.Certificate{
		Subject:  pkix.Name{CommonName: organisation, Organization: []string{organisation}},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}, change)
}

// TSASigner issues a time-stamping certificate with the critical extended key usage.
func (c *CA) TSASigner(change func(*x509.Certificate)) cms.Signer {
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.leaf(x509.Certificate{
		Subject: pkix.Name{CommonName: "Test time-stamp authority"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
	}, change)
}

func (c *CA) leaf(template x509.Certificate, change func(*x509.Certificate)) cms.Signer {
	if change != nil {
		change(&template)
	}
	key := c.key()
	return cms.Signer{Key: key, Certificate: c.issue(template, key, c.Issuing, c.issuer), Chain: []*x509.Certificate{c.Issuing}}
}

// Stamper stamps at an instant.
func (c *CA) Stamper(at time.Time) cms.Stamper {
	return func(_ context.Context, imprint []byte) ([]byte, error) {
		return c.TSA.Stamp(cms.StampRequest{Imprint: imprint, Certificates: true}, at)
	}
}

// Anchors trusts the root and the given revocations at Now.
func (c *CA) Anchors(revoked ...*x509.Certificate) cms.Anchors {
	list := x509.RevocationList{Number: big.NewInt(1), ThisUpdate: c.Now, NextUpdate: c.Now.AddDate(0, 0, 1)}
	for _, r := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: r.SerialNumber, RevocationTime: c.Now})
	}
	der, err := x509.CreateRevocationList(rand.Reader, &list, c.Issuing, c.issuer)
	if err != nil {
		c.t.Fatal(err)
	}
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return cms.Anchors{Roots: []*x509.Certificate{c.Root}, Lists: []*x509.RevocationList{parsed}}
}

// PEM writes certificates to a file of the test and returns its path.
func (c *CA) PEM(certs ...*x509.Certificate) string {
	path := filepath.Join(c.t.TempDir(), "certificates.pem")
	var out []byte
	for _, cert := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}
