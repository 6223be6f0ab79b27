package signature

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"

	"wasl/kit/cms"
	"wasl/kit/errs"
)

// revocation is a certificate that may not be relied on from an instant on.
type revocation struct {
	serial string // hexadecimal
	at     time.Time
	reason int // CRLReason of RFC 5280, 5.3.1
}

// How long a list and an answer about one certificate may be relied on.
const (
	listValid   = 24 * time.Hour
	answerValid = time.Hour
)

// checkReason accepts the reasons by which a seal certificate ends for good.
func checkReason(reason int) error {
	switch reason {
	case ocsp.Unspecified, ocsp.KeyCompromise, ocsp.AffiliationChanged, ocsp.Superseded, ocsp.CessationOfOperation, ocsp.PrivilegeWithdrawn:
		return nil
	}
	return errs.New(errs.Invalid, "request_invalid").Field("reason", "invalid")
}

// revocationList signs the list of revoked certificates. Its number grows with time.
func revocationList(issuer cms.Signer, revoked []revocation, now time.Time) ([]byte, error) {
	list := x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now, NextUpdate: now.Add(listValid)}
	for _, r := range revoked {
		serial, ok := new(big.Int).SetString(r.serial, 16)
		if !ok {
			return nil, errs.New(errs.Internal, "internal").With("why", "stored serial number")
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: r.at, ReasonCode: r.reason})
	}
	return x509.CreateRevocationList(rand.Reader, &list, issuer.Certificate, issuer.Key)
}

// certificateStatus is what the authority knows of a certificate.
type certificateStatus struct {
	known     bool
	revokedAt *time.Time
	reason    int
}

// statusAnswer signs an OCSP answer (RFC 6960). A certificate that was never issued is unknown, not good.
func statusAnswer(issuer cms.Signer, serial *big.Int, s certificateStatus, now time.Time) ([]byte, error) {
	answer := ocsp.Response{SerialNumber: serial, ThisUpdate: now, NextUpdate: now.Add(answerValid), Status: ocsp.Good, IssuerHash: crypto.SHA1}
	switch {
	case !s.known:
		answer.Status = ocsp.Unknown
	case s.revokedAt != nil:
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, *s.revokedAt, s.reason
	}
	return ocsp.CreateResponse(issuer.Certificate, issuer.Certificate, answer, issuer.Key)
}
