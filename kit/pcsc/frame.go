package pcsc

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Control bytes of the vpcd protocol: frames of one byte.
const (
	PowerOff byte = 0
	PowerOn  byte = 1
	Reset    byte = 2
	GetATR   byte = 4
)

// WriteFrame sends b with its length in one write.
func WriteFrame(w io.Writer, b []byte) error {
	if len(b) > 0xFFFF {
		return fmt.Errorf("pcsc: frame of %d bytes", len(b))
	}
	out := make([]byte, 2, 2+len(b))
	binary.BigEndian.PutUint16(out, uint16(len(b)))
	_, err := w.Write(append(out, b...))
	return err
}

// ReadFrame reads one frame of at most limit bytes; a longer one is an error, and the connection is then of no use.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[:]))
	if n > limit {
		return nil, fmt.Errorf("pcsc: frame of %d bytes, limit %d", n, limit)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}
