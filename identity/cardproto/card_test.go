package cardproto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"math/big"
	"testing"
)

func newState(t testing.TB) State {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Personalise("Test", "C1", "123456", key, bytes.Repeat([]byte{1}, 700), bytes.Repeat([]byte{2}, 512))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseState(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chip is a card with a memory that survives power cycles.
type chip struct{ state State }

func (c *chip) power(t testing.TB) (*Card, *Session) {
	t.Helper()
	card, err := NewCard(c.state, func(s State) error { c.state = s; return nil })
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(func(b []byte) ([]byte, error) { return card.Transmit(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	return card, s
}

func TestSignsOnlyAfterPINAndOnlyOnce(t *testing.T) {
	c := &chip{newState(t)}
	card, s := c.power(t)
	digest := Digest("http://localhost:8081", "nonce")
	if _, err := s.Sign(digest); !errors.Is(err, PINRequired) {
		t.Fatalf("without PIN: %v", err)
	}
	if err := s.Verify("123456"); err != nil {
		t.Fatal(err)
	}
	sig, err := s.Sign(digest)
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.Verify(&card.key.PublicKey, digest, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Fatal("signature does not verify")
	}
	if _, err := s.Sign(digest); !errors.Is(err, PINRequired) {
		t.Fatalf("second signature with one PIN: %v", err)
	}
}

func TestThreeWrongPINsBlockAcrossPowerCycles(t *testing.T) {
	c := &chip{newState(t)}
	_, s := c.power(t)
	if err := s.Verify("000000"); !errors.Is(err, WrongPIN|2) {
		t.Fatalf("first wrong PIN: %v", err)
	}
	_, s = c.power(t)
	if left, _ := s.TriesLeft(); left != 2 {
		t.Fatalf("after a power cycle: %d tries", left)
	}
	if err := s.Verify("000001"); !errors.Is(err, WrongPIN|1) {
		t.Fatalf("second wrong PIN: %v", err)
	}
	if err := s.Verify("000002"); !errors.Is(err, Blocked) {
		t.Fatalf("third wrong PIN: %v", err)
	}
	_, s = c.power(t)
	if err := s.Verify("123456"); !errors.Is(err, Blocked) {
		t.Fatalf("right PIN on a blocked card: %v", err)
	}
}

func TestRightPINRestoresTries(t *testing.T) {
	c := &chip{newState(t)}
	_, s := c.power(t)
	_ = s.Verify("999999")
	if err := s.Verify("123456"); err != nil {
		t.Fatal(err)
	}
	if left, _ := s.TriesLeft(); left != 3 {
		t.Fatalf("%d tries", left)
	}
}

func TestCounterThatCannotBeKeptRefusesThePIN(t *testing.T) {
	card, err := NewCard(newState(t), func(State) error { return errors.New("disk full") })
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(func(b []byte) ([]byte, error) { return card.Transmit(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify("123456"); !errors.Is(err, MemoryFailure) {
		t.Fatalf("got %v", err)
	}
}

func TestCertificatesAreReadWhole(t *testing.T) {
	c := &chip{newState(t)} // 700 bytes, and 512: an exact multiple of a block
	_, s := c.power(t)
	chain, err := s.Certificates()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(chain[0], c.state.Card) || !bytes.Equal(chain[1], c.state.Issuer) {
		t.Fatal("certificates differ")
	}
}

func TestUnknownThingsGetAStatusWord(t *testing.T) {
	c := &chip{newState(t)}
	card, _ := c.power(t)
	for _, tc := range []struct {
		name string
		apdu []byte
		want Status
	}{
		{"empty", nil, WrongLength},
		{"short", []byte{0, 0xA4}, WrongLength},
		{"other application", []byte{0, 0xA4, 4, 0, 2, 0xA0, 0}, NotFound},
		{"master file", []byte{0, 0xA4, 0, 0, 2, 0x3F, 0}, NotFound},
		{"unknown instruction", []byte{0, 0xCA, 0, 0, 0}, UnknownINS},
		{"unknown class", []byte{0x80, 0xCA, 0, 0, 0}, UnknownCLA},
		{"read without file", []byte{0, 0xB0, 0, 0, 0}, NoFileOpen},
		{"verify before select", []byte{0, 0x20, 0, 0x81}, ReferenceNotFound},
	} {
		r, err := ParseResponse(card.Transmit(tc.apdu))
		if err != nil || r.Status != tc.want {
			t.Errorf("%s: %04X %v, want %04X", tc.name, uint16(r.Status), err, uint16(tc.want))
		}
	}
}

func FuzzCard(f *testing.F) {
	p := Reference()
	for _, c := range []Command{p.Select(), p.SelectFile(p.EFCard), p.ReadBinary(300), p.Verify("123456"), p.TriesLeft(), p.Authenticate(make([]byte, 32))} {
		f.Add(c.Bytes())
	}
	state := newState(f)
	f.Fuzz(func(t *testing.T, apdu []byte) {
		card, err := NewCard(state, func(State) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		card.Transmit(p.Select().Bytes())
		out := card.Transmit(apdu)
		if len(out) < 2 || len(out) > 258 {
			t.Fatalf("%d bytes", len(out))
		}
		c, err := ParseCommand(apdu)
		if err == nil && !bytes.Equal(c.Bytes(), apdu) {
			t.Fatalf("% x read and written as % x", apdu, c.Bytes())
		}
	})
}

func FuzzState(f *testing.F) {
	b, _ := newState(f).Bytes()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseState(b); err == nil && s.Tries > Reference().Tries {
			t.Fatal("more tries than the profile allows")
		}
	})
}
