package cardproto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
)

// Card is the state machine of the reference profile.
//
//	reset ─▶ nothing open ─SELECT─▶ application ─VERIFY─▶ PIN shown ─INTERNAL AUTHENTICATE─▶ application
//
// One PIN allows one signature. The retry counter is saved before the PIN is compared: pulling the card out during the
// comparison gains nothing.
type Card struct {
	profile Profile
	state   State
	key     *ecdsa.PrivateKey
	save    func(State) error

	selected bool
	verified bool
	file     []byte
}

// NewCard powers up a card. save keeps the state across power cycles; a card whose state cannot be kept answers with a
// memory failure instead of checking a PIN.
func NewCard(s State, save func(State) error) (*Card, error) {
	key, err := s.privateKey()
	if err != nil {
		return nil, err
	}
	return &Card{profile: Reference(), state: s, key: key, save: save}, nil
}

// State returns the card's memory as it is now.
func (c *Card) State() State { return c.state }

// ATR is the answer to reset.
func (c *Card) ATR() []byte { return c.profile.ATR }

// Reset forgets the open application, the open file and the PIN.
func (c *Card) Reset() { c.selected, c.verified, c.file = false, false, nil }

// Transmit answers one command APDU; anything unknown gets a status word, never silence.
func (c *Card) Transmit(apdu []byte) []byte {
	cmd, err := ParseCommand(apdu)
	if err != nil {
		return Response{Status: WrongLength}.Bytes()
	}
	return c.answer(cmd).Bytes()
}

func (c *Card) answer(cmd Command) Response {
	if cmd.CLA != 0 {
		return Response{Status: UnknownCLA}
	}
	switch cmd.INS {
	case insSelect:
		return Response{Status: c.selectFile(cmd)}
	case insReadBinary:
		return c.readBinary(cmd)
	case insVerify:
		return Response{Status: c.verify(cmd)}
	case insAuthenticate:
		return c.authenticate(cmd)
	}
	return Response{Status: UnknownINS}
}

func (c *Card) selectFile(cmd Command) Status {
	switch cmd.P1 {
	case 0x04:
		c.Reset()
		if !bytes.Equal(cmd.Data, c.profile.AID) {
			return NotFound
		}
		c.selected = true
		return OK
	case 0x02:
		if !c.selected || len(cmd.Data) != 2 {
			return NotFound
		}
		switch uint16(cmd.Data[0])<<8 | uint16(cmd.Data[1]) {
		case c.profile.EFCard:
			c.file = c.state.Card
		case c.profile.EFIssuer:
			c.file = c.state.Issuer
		default:
			return NotFound
		}
		return OK
	case 0x00: // probes for a master file: this card has none
		return NotFound
	}
	return WrongParameters
}

func (c *Card) readBinary(cmd Command) Response {
	if c.file == nil {
		return Response{Status: NoFileOpen}
	}
	if cmd.P1&0x80 != 0 {
		return Response{Status: WrongParameters}
	}
	offset := int(cmd.P1)<<8 | int(cmd.P2)
	if offset > len(c.file) {
		return Response{Status: BeyondEnd}
	}
	end := min(offset+cmd.Ne, len(c.file))
	return Response{Data: c.file[offset:end], Status: OK}
}

func (c *Card) verify(cmd Command) Status {
	if !c.selected || cmd.P2 != c.profile.PINReference {
		return ReferenceNotFound
	}
	if cmd.P1 != 0 {
		return WrongParameters
	}
	if c.state.Tries == 0 {
		return Blocked
	}
	if len(cmd.Data) == 0 {
		return WrongPIN | Status(c.state.Tries)
	}
	c.verified = false
	if len(cmd.Data) != c.profile.PINMax {
		return WrongLength
	}
	if err := c.setTries(c.state.Tries - 1); err != nil {
		return MemoryFailure
	}
	if subtle.ConstantTimeCompare(cmd.Data, c.profile.padPIN(c.state.PIN)) != 1 {
		if c.state.Tries == 0 {
			return Blocked
		}
		return WrongPIN | Status(c.state.Tries)
	}
	if err := c.setTries(c.profile.Tries); err != nil {
		return MemoryFailure
	}
	c.verified = true
	return OK
}

func (c *Card) setTries(n int) error {
	next := c.state
	next.Tries = n
	if err := c.save(next); err != nil {
		return err
	}
	c.state = next
	return nil
}

func (c *Card) authenticate(cmd Command) Response {
	if !c.selected || cmd.P2 != c.profile.KeyReference {
		return Response{Status: ReferenceNotFound}
	}
	if !c.verified {
		return Response{Status: PINRequired}
	}
	if len(cmd.Data) != sha256.Size {
		return Response{Status: WrongData}
	}
	c.verified = false
	r, s, err := ecdsa.Sign(rand.Reader, c.key, cmd.Data)
	if err != nil {
		return Response{Status: MemoryFailure}
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return Response{Data: sig, Status: OK}
}
