package pcsc

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// vpcdSlot is the name of the one slot of a VPCD.
const vpcdSlot = "Wasl virtual reader"

// vpcdPatience bounds one exchange with the card process.
const vpcdPatience = 5 * time.Second

// VPCD is a reader with one slot into which a card process plugs itself by connecting.
type VPCD struct {
	ln net.Listener

	mu   sync.Mutex // guards conn
	conn net.Conn   // the card that is plugged in, nil if none
	busy sync.Mutex // held by whoever speaks to the card
}

// ListenVPCD opens the virtual reader on a loopback address such as 127.0.0.1:35963.
func ListenVPCD(addr string) (*VPCD, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("pcsc: virtual reader: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("pcsc: virtual reader on %q: loopback addresses only", host)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("pcsc: virtual reader: %w", err)
	}
	v := &VPCD{ln: ln}
	go v.accept()
	return v, nil
}

// Addr is the address cards connect to.
func (v *VPCD) Addr() string { return v.ln.Addr().String() }

// Close removes the reader and its card.
func (v *VPCD) Close() error {
	v.unplug(nil)
	return v.ln.Close()
}

// accept lets one card in; a second is sent away as long as the first answers.
func (v *VPCD) accept() {
	for {
		c, err := v.ln.Accept()
		if err != nil {
			return
		}
		v.plug(c)
	}
}

func (v *VPCD) plug(c net.Conn) {
	v.busy.Lock()
	defer v.busy.Unlock()
	if old := v.card(); old != nil && v.answers(old) {
		_ = c.Close()
		return
	}
	v.mu.Lock()
	v.conn = c
	v.mu.Unlock()
}

func (v *VPCD) card() net.Conn {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.conn
}

// unplug forgets the card c, or any card if c is nil.
func (v *VPCD) unplug(c net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn != nil && (c == nil || c == v.conn) {
		_ = v.conn.Close()
		v.conn = nil
	}
}

// answers asks the card for its ATR, as vpcd does to see whether it is there, and unplugs a dead one.
func (v *VPCD) answers(c net.Conn) bool {
	_, err := exchange(c, []byte{GetATR})
	if err != nil {
		v.unplug(c)
	}
	return err == nil
}

func exchange(c net.Conn, b []byte) ([]byte, error) {
	if err := c.SetDeadline(deadline(vpcdPatience)); err != nil {
		return nil, err
	}
	if err := WriteFrame(c, b); err != nil {
		return nil, err
	}
	QuickAck(c)
	return ReadFrame(c, maxAnswer)
}

// Slots implements Reader.
func (v *VPCD) Slots(context.Context) ([]Slot, error) {
	v.busy.Lock()
	defer v.busy.Unlock()
	c := v.card()
	return []Slot{{Name: vpcdSlot, Present: c != nil && v.answers(c)}}, nil
}

// Connect implements Reader: it powers the card and keeps others out until Close.
func (v *VPCD) Connect(_ context.Context, slot string) (Card, error) {
	if slot != vpcdSlot {
		return nil, ErrNoReader
	}
	v.busy.Lock()
	c := v.card()
	if c == nil || !v.answers(c) {
		v.busy.Unlock()
		return nil, ErrNoCard
	}
	if err := WriteFrame(c, []byte{PowerOn}); err != nil {
		v.unplug(c)
		v.busy.Unlock()
		return nil, ErrNoCard
	}
	return &vpcdCard{reader: v, conn: c}, nil
}

type vpcdCard struct {
	reader *VPCD
	conn   net.Conn
	once   sync.Once
}

func (c *vpcdCard) Transmit(apdu []byte) ([]byte, error) {
	out, err := exchange(c.conn, apdu)
	if err != nil {
		c.reader.unplug(c.conn)
		return nil, fmt.Errorf("%w: %v", ErrNoCard, err)
	}
	return out, nil
}

func (c *vpcdCard) Close() error {
	c.once.Do(func() {
		if err := WriteFrame(c.conn, []byte{PowerOff}); err != nil {
			c.reader.unplug(c.conn)
		}
		c.reader.busy.Unlock()
	})
	return nil
}
