package card

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/pcsc"
)

// DefaultAddr is vpcd's first slot, and the connector's own reader.
const DefaultAddr = "127.0.0.1:35963"

// Config says which card is plugged in where.
type Config struct {
	Addr      string    // host:port of the reader; empty means DefaultAddr
	StateFile string    // made by cardproto.Personalise
	Out       io.Writer // the simulator's screen
}

// retry is the pause before the reader is tried again: it may start after the card, or be restarted.
const retry = 300 * time.Millisecond

// Run plugs the card in and answers until ctx ends; it waits for a reader that is not there.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Addr == "" {
		cfg.Addr = DefaultAddr
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	state, err := readState(cfg.StateFile)
	if err != nil {
		return err
	}
	chip, err := cardproto.NewCard(state, func(s cardproto.State) error { return writeState(cfg.StateFile, s) })
	if err != nil {
		return err
	}
	fmt.Fprintf(cfg.Out, "SIMULATOR: software card of the %s, not a real card\n", state.Profile)
	fmt.Fprintf(cfg.Out, "card %s, %d PIN tries left, reader %s\n", state.Serial, state.Tries, cfg.Addr) // no name: the screen may be a log
	for ctx.Err() == nil {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", cfg.Addr)
		if err == nil {
			fmt.Fprintln(cfg.Out, "plugged in")
			err = serve(ctx, conn, chip)
			fmt.Fprintln(cfg.Out, "unplugged:", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
	return nil
}

// serve answers frames until the reader hangs up or ctx ends.
func serve(ctx context.Context, conn net.Conn, chip *cardproto.Card) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer chip.Reset()
	for {
		pcsc.QuickAck(conn)
		frame, err := pcsc.ReadFrame(conn, 0xFFFF)
		if errors.Is(err, io.EOF) {
			return errors.New("reader closed")
		}
		if err != nil {
			return err
		}
		answer := answer(chip, frame)
		if answer == nil {
			continue
		}
		if err := pcsc.WriteFrame(conn, answer); err != nil {
			return err
		}
	}
}

// answer handles one frame; power and reset commands have no answer. An empty frame means nothing.
func answer(chip *cardproto.Card, frame []byte) []byte {
	switch {
	case len(frame) == 0:
		return nil
	case len(frame) > 1:
		return chip.Transmit(frame)
	}
	switch frame[0] {
	case pcsc.PowerOff, pcsc.PowerOn, pcsc.Reset:
		chip.Reset()
		return nil
	case pcsc.GetATR:
		return chip.ATR()
	}
	return cardproto.Response{Status: cardproto.WrongLength}.Bytes()
}
