package pcsc

import (
	"context"
	"fmt"
	"io"
)

// daemonCard is a card connected through the daemon, inside a transaction: other programs wait until Close.
type daemonCard struct {
	session  *session
	handle   uint32
	protocol uint32
}

// Connect implements Reader.
func (d Daemon) Connect(ctx context.Context, slot string) (Card, error) {
	if len(slot) >= readerName {
		return nil, ErrNoReader
	}
	s, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.connect(slot)
	if err != nil {
		s.release()
		return nil, err
	}
	return c, nil
}

func (s *session) connect(slot string) (*daemonCard, error) {
	// connect_struct: context, name[128], share mode, preferred protocols, card, active protocol, rv.
	name := make([]byte, readerName)
	copy(name, slot)
	body := append(words(s.context), name...)
	body = append(body, words(shareShared, protocolAny, 0, 0, 0)...)
	b, err := s.call(cmdConnect, body, len(body))
	if err != nil {
		return nil, fmt.Errorf("pcsc: connect: %w", err)
	}
	tail := b[4+readerName:]
	if err := check(word(tail, 4)); err != nil {
		return nil, err
	}
	c := &daemonCard{session: s, handle: word(tail, 2), protocol: word(tail, 3)}
	b, err = s.call(cmdBegin, words(c.handle, 0), 8)
	if err != nil {
		return nil, fmt.Errorf("pcsc: begin: %w", err)
	}
	if err := check(word(b, 1)); err != nil {
		return nil, err
	}
	return c, nil
}

// Transmit implements Card.
func (c *daemonCard) Transmit(apdu []byte) ([]byte, error) {
	const pci = 16 // size of SCARD_IO_REQUEST on 64-bit hosts; the daemon only copies it
	// transmit_struct: card, send protocol, send PCI length, send length, receive protocol, receive PCI length,
	// receive length, rv; the APDU follows.
	body := words(c.handle, c.protocol, pci, uint32(len(apdu)), protocolAny, pci, maxAnswer, 0)
	s := c.session
	if err := s.conn.SetDeadline(deadline(daemonPatience)); err != nil {
		return nil, err
	}
	request := append(words(uint32(len(body)), cmdTransmit), body...)
	if _, err := s.conn.Write(append(request, apdu...)); err != nil {
		return nil, fmt.Errorf("pcsc: transmit: %w", err)
	}
	head := make([]byte, len(body))
	if _, err := io.ReadFull(s.conn, head); err != nil {
		return nil, fmt.Errorf("pcsc: transmit: %w", err)
	}
	if err := check(word(head, 7)); err != nil {
		return nil, err
	}
	n := word(head, 6)
	if n < 2 || n > maxAnswer {
		return nil, fmt.Errorf("pcsc: answer of %d bytes", n)
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(s.conn, out); err != nil {
		return nil, fmt.Errorf("pcsc: transmit: %w", err)
	}
	return out, nil
}

// Close implements Card: it ends the transaction and resets the card.
func (c *daemonCard) Close() error {
	_, err := c.session.call(cmdEnd, words(c.handle, resetCard, 0), 12)
	if _, e := c.session.call(cmdDisconnect, words(c.handle, resetCard, 0), 12); err == nil {
		err = e
	}
	c.session.release()
	return err
}
