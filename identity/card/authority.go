package card

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"wasl/identity/cardproto"
)

// Authority issues card certificates.
type Authority struct {
	Key  *ecdsa.PrivateKey
	Cert *x509.Certificate
}

// authorityYears outlives the last card that the authority may issue.
const authorityYears = 2 * cardproto.CardYears

// NewAuthority makes a demonstration authority; its name says what it is.
func NewAuthority(now time.Time) (Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Authority{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{Country: []string{"MA"}, Organization: []string{"Wasl demonstration"}, CommonName: "Demonstration card authority (stand-in)"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return Authority{}, fmt.Errorf("card: authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return Authority{key, cert}, err
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[0] = b[0]&0x7F | 0x40 // positive, and of constant length
	return new(big.Int).SetBytes(b)
}

// Issued is a new card: what identity keeps of it, and the state that its chip starts with.
type Issued struct {
	Serial      string
	Fingerprint []byte // SHA-256 of the certificate
	Expires     time.Time
	State       []byte // secret: goes into the chip and nowhere else
}

// Issue makes a card for a holder. The certificate names only the card's serial number: a relying party that saw it would
// learn nothing about the person, and identity knows whose it is.
func (a Authority) Issue(holder, cardSerial, pin string, now, expires time.Time) (Issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Issued{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{Country: []string{"MA"}, SerialNumber: cardSerial, CommonName: "Authentication " + cardSerial},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              expires,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.Cert, &key.PublicKey, a.Key)
	if err != nil {
		return Issued{}, fmt.Errorf("card: issue: %w", err)
	}
	state, err := cardproto.Personalise(holder, cardSerial, pin, key, der, a.Cert.Raw)
	if err != nil {
		return Issued{}, fmt.Errorf("card: personalise: %w", err)
	}
	sum := sha256.Sum256(der)
	return Issued{Serial: cardSerial, Fingerprint: sum[:], Expires: expires, State: state}, nil
}
