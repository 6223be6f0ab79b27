package pcsc

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// Socket is where Debian's pcscd listens.
const Socket = "/run/pcscd/pcscd.comm"

// daemonPatience bounds one request to the daemon; a card may take seconds for a signature.
const daemonPatience = 20 * time.Second

// Daemon reaches the readers of pcscd. The zero value uses Socket.
type Daemon struct{ Path string }

// Commands of winscard_msg.h.
const (
	cmdEstablish  = 0x01
	cmdRelease    = 0x02
	cmdConnect    = 0x04
	cmdDisconnect = 0x06
	cmdBegin      = 0x07
	cmdEnd        = 0x08
	cmdTransmit   = 0x09
	cmdVersion    = 0x11
	cmdReaders    = 0x12
)

// Values of winscard.h.
const (
	scopeSystem    = 2
	shareShared    = 2
	protocolAny    = 3 // T=0 or T=1
	resetCard      = 1
	statePresent   = 0x04
	rvNoService    = 0x8010001E // here: another protocol version
	rvNoCard       = 0x8010000C
	rvRemoved      = 0x80100069
	rvUnpowered    = 0x80100067
	rvUnresponsive = 0x80100066
	rvUnknown      = 0x80100009
	rvNoReaders    = 0x8010002E
)

const (
	readerRecords = 16
	readerRecord  = 184 // name 128, counter 4, state 4, sharing 4, ATR 33+3, ATR length 4, protocol 4
	readerName    = 128
)

// order is the host's: the socket carries C structures as they lie in memory.
var order = binary.NativeEndian

// Status is a return value of the daemon other than success.
type Status uint32

// Error implements error.
func (s Status) Error() string { return fmt.Sprintf("pcsc: daemon status %08X", uint32(s)) }

func check(rv uint32) error {
	switch rv {
	case 0:
		return nil
	case rvNoCard, rvRemoved, rvUnpowered, rvUnresponsive:
		return ErrNoCard
	case rvUnknown, rvNoReaders:
		return ErrNoReader
	}
	return Status(rv)
}

// session is one connection to the daemon with its established context.
type session struct {
	conn    net.Conn
	context uint32
}

func (d Daemon) dial(ctx context.Context) (*session, error) {
	path := d.Path
	if path == "" {
		path = Socket
	}
	// The daemon tells its version when it refuses ours, and closes nothing: ask again with what it said.
	major, minor := uint32(4), uint32(4)
	for range 3 {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrNoReader, err)
		}
		s := &session{conn: conn}
		v, err := s.call(cmdVersion, words(major, minor, 0), 12)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("pcsc: version: %w", err)
		}
		if rv := word(v, 2); rv == rvNoService {
			s.close()
			major, minor = word(v, 0), word(v, 1)
			continue
		} else if err := check(rv); err != nil {
			s.close()
			return nil, err
		}
		e, err := s.call(cmdEstablish, words(scopeSystem, 0, 0), 12)
		if err == nil {
			err = check(word(e, 2))
		}
		if err != nil {
			s.close()
			return nil, fmt.Errorf("pcsc: establish: %w", err)
		}
		s.context = word(e, 1)
		return s, nil
	}
	return nil, fmt.Errorf("%w: the daemon speaks another protocol version", ErrNoReader)
}

// call sends one request and reads an answer of exactly n bytes: the answer has no header.
func (s *session) call(command uint32, body []byte, n int) ([]byte, error) {
	if err := s.conn.SetDeadline(deadline(daemonPatience)); err != nil {
		return nil, err
	}
	if _, err := s.conn.Write(append(words(uint32(len(body)), command), body...)); err != nil {
		return nil, err
	}
	out := make([]byte, n)
	_, err := io.ReadFull(s.conn, out)
	return out, err
}

func (s *session) close() { _ = s.conn.Close() }

// release gives the context back; the daemon would do it itself when the socket closes.
func (s *session) release() {
	_, _ = s.call(cmdRelease, words(s.context, 0), 8)
	s.close()
}

// Slots implements Reader.
func (d Daemon) Slots(ctx context.Context) ([]Slot, error) {
	s, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer s.release()
	b, err := s.call(cmdReaders, nil, readerRecords*readerRecord)
	if err != nil {
		return nil, fmt.Errorf("pcsc: readers: %w", err)
	}
	return parseSlots(b), nil
}

func parseSlots(b []byte) []Slot {
	var slots []Slot
	for ; len(b) >= readerRecord; b = b[readerRecord:] {
		name, _, _ := bytes.Cut(b[:readerName], []byte{0})
		if len(name) == 0 {
			continue
		}
		state := order.Uint32(b[readerName+4:])
		slots = append(slots, Slot{Name: string(name), Present: state&statePresent != 0})
	}
	return slots
}

func words(v ...uint32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, w := range v {
		b = order.AppendUint32(b, w)
	}
	return b
}

func word(b []byte, i int) uint32 { return order.Uint32(b[4*i:]) }
