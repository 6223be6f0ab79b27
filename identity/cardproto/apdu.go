package cardproto

import "errors"

// Instruction bytes of the commands the profile knows.
const (
	insVerify       = 0x20
	insAuthenticate = 0x88
	insSelect       = 0xA4
	insReadBinary   = 0xB0
)

// MaxAPDU bounds a command: the profile needs only short APDUs (header, Lc, 255 bytes, Le).
const MaxAPDU = 4 + 1 + 255 + 1

// ErrAPDU says that bytes are not a short command APDU.
var ErrAPDU = errors.New("cardproto: not a short command APDU")

// Command is a short command APDU. Ne is the number of bytes expected back, 0 for none, at most 256.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	Ne               int
}

// ParseCommand reads the four cases of ISO/IEC 7816-3, 12.1.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 || len(b) > MaxAPDU {
		return Command{}, ErrAPDU
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Ne = expected(body[0])
		return c, nil
	}
	lc := int(body[0])
	rest := body[1:]
	if lc == 0 || (len(rest) != lc && len(rest) != lc+1) {
		return Command{}, ErrAPDU
	}
	c.Data = rest[:lc]
	if len(rest) == lc+1 {
		c.Ne = expected(rest[lc])
	}
	return c, nil
}

func expected(le byte) int {
	if le == 0 {
		return 256
	}
	return int(le)
}

// Bytes writes the command; data longer than 255 bytes has no short form and is a programming error.
func (c Command) Bytes() []byte {
	b := []byte{c.CLA, c.INS, c.P1, c.P2}
	if len(c.Data) > 255 {
		panic("cardproto: command data over 255 bytes")
	}
	if len(c.Data) > 0 {
		b = append(b, byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Ne > 0 {
		b = append(b, byte(c.Ne))
	}
	return b
}

// Response is what a card answers: data and a status word.
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse splits an answer into data and status.
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 {
		return Response{}, errors.New("cardproto: answer without status word")
	}
	n := len(b) - 2
	return Response{Data: b[:n], Status: Status(b[n])<<8 | Status(b[n+1])}, nil
}

// Bytes writes the answer.
func (r Response) Bytes() []byte {
	out := make([]byte, 0, len(r.Data)+2)
	return append(append(out, r.Data...), byte(r.Status>>8), byte(r.Status))
}

// Select opens the application of the profile.
func (p Profile) Select() Command {
	return Command{INS: insSelect, P1: 0x04, P2: 0x0C, Data: p.AID}
}

// SelectFile opens one of the application's files.
func (p Profile) SelectFile(ef uint16) Command {
	return Command{INS: insSelect, P1: 0x02, P2: 0x0C, Data: []byte{byte(ef >> 8), byte(ef)}}
}

// ReadBinary reads up to 256 bytes of the open file from an offset below 32,768.
func (p Profile) ReadBinary(offset int) Command {
	return Command{INS: insReadBinary, P1: byte(offset>>8) & 0x7F, P2: byte(offset), Ne: 256}
}

// Verify presents a PIN.
func (p Profile) Verify(pin string) Command {
	return Command{INS: insVerify, P2: p.PINReference, Data: p.padPIN(pin)}
}

// TriesLeft asks how many wrong PINs remain, and costs none.
func (p Profile) TriesLeft() Command { return Command{INS: insVerify, P2: p.PINReference} }

// Authenticate asks for a signature over a Digest.
func (p Profile) Authenticate(digest []byte) Command {
	return Command{INS: insAuthenticate, P2: p.KeyReference, Data: digest, Ne: 64}
}
