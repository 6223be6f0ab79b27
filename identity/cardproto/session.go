package cardproto

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Transmit sends one APDU to a card and returns its answer: the card in memory, or a reader.
type Transmit func(apdu []byte) ([]byte, error)

// Session talks to one card by the commands of the profile.
type Session struct {
	profile Profile
	send    Transmit
}

// ErrOtherCard says that the card does not hold the profile's application.
var ErrOtherCard = errors.New("cardproto: not a card of the reference profile")

// maxFile bounds what is read from a card: a certificate has about 800 bytes.
const maxFile = 8 << 10

// Open selects the application.
func Open(send Transmit) (*Session, error) {
	s := &Session{profile: Reference(), send: send}
	r, err := s.do(s.profile.Select())
	if err != nil {
		return nil, err
	}
	if r.Status != OK {
		return nil, ErrOtherCard
	}
	return s, nil
}

func (s *Session) do(c Command) (Response, error) {
	b, err := s.send(c.Bytes())
	if err != nil {
		return Response{}, fmt.Errorf("cardproto: transmit: %w", err)
	}
	return ParseResponse(b)
}

// TriesLeft tells how many wrong PINs the card still accepts; 0 is a blocked card.
func (s *Session) TriesLeft() (int, error) {
	r, err := s.do(s.profile.TriesLeft())
	if err != nil {
		return 0, err
	}
	left, ok := r.Status.Tries()
	if !ok {
		return 0, r.Status
	}
	return left, nil
}

// Verify presents the PIN. A wrong one is a Status whose Tries says what is left.
func (s *Session) Verify(pin string) error {
	r, err := s.do(s.profile.Verify(pin))
	if err != nil {
		return err
	}
	if r.Status != OK {
		return r.Status
	}
	return nil
}

// Sign returns r ‖ s over a Digest; the card wants a PIN before each.
func (s *Session) Sign(digest []byte) ([]byte, error) {
	r, err := s.do(s.profile.Authenticate(digest))
	if err != nil {
		return nil, err
	}
	if r.Status != OK {
		return nil, r.Status
	}
	if len(r.Data) != 64 {
		return nil, errors.New("cardproto: signature is not 64 bytes")
	}
	return r.Data, nil
}

// Certificates reads the card's certificate and its issuer's, in DER.
func (s *Session) Certificates() ([][]byte, error) {
	var chain [][]byte
	for _, ef := range []uint16{s.profile.EFCard, s.profile.EFIssuer} {
		der, err := s.read(ef)
		if err != nil {
			return nil, err
		}
		chain = append(chain, der)
	}
	return chain, nil
}

func (s *Session) read(ef uint16) ([]byte, error) {
	r, err := s.do(s.profile.SelectFile(ef))
	if err != nil {
		return nil, err
	}
	if r.Status != OK {
		return nil, r.Status
	}
	var out []byte
	for len(out) < maxFile {
		r, err := s.do(s.profile.ReadBinary(len(out)))
		if err != nil {
			return nil, err
		}
		if r.Status != OK {
			return nil, r.Status
		}
		out = append(out, r.Data...)
		if len(r.Data) < 256 {
			return out, nil
		}
	}
	return nil, errors.New("cardproto: file too long")
}

// Expired tells whether the validity of a card certificate is over. Only the identity provider decides; a connector
// uses it to spare the person a PIN.
func Expired(der []byte, now time.Time) bool {
	c, err := x509.ParseCertificate(der)
	return err == nil && now.After(c.NotAfter)
}

// NumberTail is the end of the number printed on a card, by which people tell their cards apart, as the certificate states it; ""
// if it does not. The name of the holder is not in it.
func NumberTail(der []byte) string {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return ""
	}
	number := c.Subject.SerialNumber
	for _, r := range number {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' {
			return "" // it is shown to a person: nothing that could say something else
		}
	}
	return number[max(0, len(number)-4):]
}
