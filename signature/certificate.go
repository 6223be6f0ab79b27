package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// unit is the organisational unit in every subject: a reader of a certificate sees at once what it is worth.
const unit = "demonstration installation"

// How long certificates live, in years.
const (
	rootYears    = 15
	issuingYears = 8
	stampYears   = 5
	sealYears    = 2
)

// renewBefore is how long before its end an organisation's key is replaced by a new one.
const renewBefore = 60 * 24 * time.Hour

var (
	oidExtKeyUsage     = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTimeStamping    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	oidDocumentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36} // RFC 9336

	// stampPolicy names the time-stamp policy. The arc 2.999 is ITU-T's for examples: the operator puts its own here.
	stampPolicy = asn1.ObjectIdentifier{2, 999, 3161, 1}
)

// newKey makes a P-256 key: seals with RSA of like strength cost twelve times as much.
func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// places are the addresses written into certificates, where verifiers find revocation; empty in an isolated installation.
type places struct{ crl, ocsp []string }

func subject(organisation, name string) pkix.Name {
	return pkix.Name{Country: []string{"MA"}, Organization: []string{organisation}, OrganizationalUnit: []string{unit}, CommonName: name}
}

func authorityTemplate(name string, now time.Time, years, pathLen int) *x509.Certificate {
	return &x509.Certificate{
		Subject: subject("Wasl", name), NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(years, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLen: pathLen, MaxPathLenZero: pathLen == 0,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// stampTemplate has the one purpose of RFC 3161, 2.3, and marks it critical.
func stampTemplate(now time.Time) (*x509.Certificate, error) {
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{oidTimeStamping})
	return &x509.Certificate{
		Subject: subject("Wasl", "Wasl time-stamp authority"), NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(stampYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtraExtensions: []pkix.Extension{{Id: oidExtKeyUsage, Critical: true, Value: usage}},
	}, err
}

// sealTemplate names the organisation. Its code stands in the serial number attribute, which tells namesakes apart.
func sealTemplate(org, orgName string, now, end time.Time, at places) *x509.Certificate {
	name := subject(orgName, orgName)
	name.SerialNumber = org
	if limit := now.AddDate(sealYears, 0, 0); end.After(limit) {
		end = limit
	}
	return &x509.Certificate{
		Subject: name, NotBefore: now.Add(-time.Minute), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{oidDocumentSigning},
		CRLDistributionPoints: at.crl, OCSPServer: at.ocsp,
	}
}

// issue signs a certificate with a random serial number of 127 bits. parent is nil for the root.
func issue(template, parent *x509.Certificate, key crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	if template.SubjectKeyId, err = keyIdentifier(key); err != nil {
		return nil, err
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// keyIdentifier is method 1 of RFC 5280, 4.2.1.2: a name for the key, no protection.
func keyIdentifier(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:], nil
}

// material is what a ceremony makes: the root with its key, which goes offline, and the two working authorities.
type material struct {
	root, issuing, stamp          *x509.Certificate
	rootKey, issuingKey, stampKey *ecdsa.PrivateKey
}

// ceremony makes a new authority in memory.
func ceremony(now time.Time) (m material, err error) {
	for _, key := range []**ecdsa.PrivateKey{&m.rootKey, &m.issuingKey, &m.stampKey} {
		if *key, err = newKey(); err != nil {
			return m, err
		}
	}
	if m.root, err = issue(authorityTemplate("Wasl root authority", now, rootYears, 1), nil, m.rootKey.Public(), m.rootKey); err != nil {
		return m, err
	}
	issuing := authorityTemplate("Wasl issuing authority", now, issuingYears, 0)
	if m.issuing, err = issue(issuing, m.root, m.issuingKey.Public(), m.rootKey); err != nil {
		return m, err
	}
	stamp, err := stampTemplate(now)
	if err != nil {
		return m, err
	}
	m.stamp, err = issue(stamp, m.root, m.stampKey.Public(), m.rootKey)
	return m, err
}
