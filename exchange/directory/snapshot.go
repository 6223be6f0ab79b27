package directory

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/strictjson"
)

// Snapshot is the whole directory at one time.
type Snapshot struct {
	Instance    string       `json:"instance"`
	Serial      int64        `json:"serial"` // rises by one with every change
	IssuedAt    time.Time    `json:"issued_at"`
	ExpiresAt   time.Time    `json:"expires_at"`
	Authorities [][]byte     `json:"authorities"` // DER certificates that members' certificates must chain to
	Revoked     []Revocation `json:"revoked"`     // certificates withdrawn before their end
	Members     []Member     `json:"members"`
	Services    []Service    `json:"services"`
	Agreements  []Agreement  `json:"agreements"`
	Parties     []Party      `json:"parties,omitempty"` // organisations without a gateway of their own, on whose behalf members ask
}

// Party is an organisation on whose behalf a member may ask.
type Party struct {
	ID           PartyID `json:"id"`
	Organisation string  `json:"organisation"` // its code in the catalogue of organisations
}

// Revocation withdraws one certificate.
type Revocation struct {
	Fingerprint string    `json:"fingerprint"` // SHA-256, hex
	Since       time.Time `json:"since"`       // what it signed from then on counts for nothing
}

// Member is an institution with its gateway.
type Member struct {
	ID           ClientID          `json:"id"`
	Name         map[string]string `json:"name"`         // by language
	Organisation string            `json:"organisation"` // its code in the catalogue of organisations
	Gateway      string            `json:"gateway"`      // host:port that other gateways reach
	Subsystems   []string          `json:"subsystems"`
	Signing      [][]byte          `json:"signing"` // DER certificates whose keys sign its messages, newest first
}

// Service is one service of a member's subsystem.
type Service struct {
	ID       ServiceID         `json:"id"`
	Name     map[string]string `json:"name"`
	Fields   []string          `json:"fields"`             // all that it can return
	Disabled string            `json:"disabled,omitempty"` // the provider's notice while it is switched off
}

// The reasons for which a signed directory is refused.
var (
	ErrSignature = errors.New("directory: signature is not the operator's")
	ErrRollback  = errors.New("directory: serial is older than the one held")
)

// Sign returns the snapshot as a compact JWS under the operator's key.
func Sign(s *Snapshot, operator *ecdsa.PrivateKey) ([]byte, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("directory: encode: %w", err)
	}
	return signBytes(body, operator)
}

func signBytes(body []byte, operator *ecdsa.PrivateKey) ([]byte, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: operator}, (&jose.SignerOptions{}).WithType("wasl-directory+jws"))
	if err != nil {
		return nil, fmt.Errorf("directory: signer: %w", err)
	}
	jws, err := signer.Sign(body)
	if err != nil {
		return nil, fmt.Errorf("directory: sign: %w", err)
	}
	compact, err := jws.CompactSerialize()
	return []byte(compact), err
}

// ParseOperator reads the operator's public key (PEM), which every directory must be signed with.
func ParseOperator(b []byte) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("directory: operator key is not PEM")
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("directory: operator key: %w", err)
	}
	key, ok := k.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("directory: operator key is not ECDSA")
	}
	return key, nil
}

// Open verifies a signed snapshot. It does not look at the date: Decide does, at every exchange.
func Open(signed []byte, operator *ecdsa.PublicKey) (*Snapshot, error) {
	jws, err := jose.ParseSignedCompact(string(signed), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, fmt.Errorf("directory: parse: %w", err)
	}
	body, err := jws.Verify(operator)
	if err != nil || jws.Signatures[0].Header.ExtraHeaders[jose.HeaderType] != "wasl-directory+jws" {
		return nil, ErrSignature
	}
	var s Snapshot
	if err := strictjson.Unmarshal(body, &s); err != nil { // a member that this program does not know may be a limit
		return nil, fmt.Errorf("directory: decode: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// Member finds the member that a client belongs to, and checks that the subsystem, if named, is registered.
func (s *Snapshot) Member(c ClientID) (Member, bool) {
	for _, m := range s.Members {
		if m.ID != c.MemberID() {
			continue
		}
		if c.Subsystem == "" {
			return m, true
		}
		for _, sub := range m.Subsystems {
			if sub == c.Subsystem {
				return m, true
			}
		}
	}
	return Member{}, false
}

// Service finds a registered service.
func (s *Snapshot) Service(id ServiceID) (Service, bool) {
	for _, v := range s.Services {
		if v.ID == id {
			return v, true
		}
	}
	return Service{}, false
}

// Pool returns the authorities as certificates to chain to.
func (s *Snapshot) Pool() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, der := range s.Authorities {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("directory: authority: %w", err)
		}
		pool.AddCert(c)
	}
	return pool, nil
}
