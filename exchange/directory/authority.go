package directory

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// The lives of certificates. A gateway's are short, so that a stolen key is worth little; Setup renews them in time.
const (
	AuthorityLife = 10 * 365 * 24 * time.Hour
	MemberLife    = 30 * 24 * time.Hour
)

// Use says what a member's certificate is for.
type Use int

// The two uses; a TLS key never signs a message, a signing key never opens a connection.
const (
	UseTLS Use = iota
	UseSigning
)

// Authority is the exchange's own small certificate authority.
type Authority struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey

	register string // file that lists what was issued; none when empty
}

// NewAuthority makes the root of one instance of the exchange.
func NewAuthority(instance string, now time.Time) (Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Authority{}, fmt.Errorf("directory: authority key: %w", err)
	}
	cert, err := newRoot(instance, key, now)
	return Authority{Cert: cert, Key: key}, err
}

func newRoot(instance string, key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Country: []string{"MA"}, Organization: []string{"Wasl exchange"}, CommonName: instance + " exchange authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(AuthorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("directory: authority certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Issue makes a member's certificate (DER) for one use.
func (a Authority) Issue(member ClientID, key *ecdsa.PublicKey, use Use, now time.Time) ([]byte, error) {
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Country: []string{"MA"}, Organization: []string{member.Member}, CommonName: member.MemberID().String()},
		NotBefore: now.Add(-5 * time.Minute), NotAfter: now.Add(MemberLife), URIs: []*url.URL{member.URI()},
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if use == UseTLS {
		t.DNSNames = []string{member.ServerName()}
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	} else {
		t.KeyUsage |= x509.KeyUsageContentCommitment
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.Cert, key, a.Key)
	if err != nil {
		return nil, fmt.Errorf("directory: issue: %w", err)
	}
	return der, nil
}

// Fingerprint is how a certificate is named in proofs and in the list of withdrawn ones.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// serial draws 120 random bits, positive and never zero (RFC 5280, 4.1.2.2).
func serial() *big.Int {
	b := make([]byte, 15)
	rand.Read(b)
	b[0] |= 1
	return new(big.Int).SetBytes(b)
}
