package pcsc

import (
	"context"
	"errors"
)

// Slot is a reader as seen at one moment.
type Slot struct {
	Name    string
	Present bool // a card is in it
}

// Reader gives access to the readers of this machine.
type Reader interface {
	// Slots lists the readers, with or without card.
	Slots(ctx context.Context) ([]Slot, error)
	// Connect powers the card in the named slot and keeps it for the caller until Close.
	Connect(ctx context.Context, slot string) (Card, error)
}

// Card is a powered card held by one caller. Close resets it, so that no PIN state stays behind.
type Card interface {
	Transmit(apdu []byte) ([]byte, error)
	Close() error
}

var (
	// ErrNoReader says that no reader, or no reader service, was found.
	ErrNoReader = errors.New("pcsc: no reader")
	// ErrNoCard says that the reader is empty or the card was pulled out.
	ErrNoCard = errors.New("pcsc: no card")
)

// maxAnswer bounds what a card may answer to a short APDU: 256 bytes and a status word.
const maxAnswer = 258

// First returns the name of the first slot that holds a card.
func First(ctx context.Context, r Reader) (string, error) {
	all, err := WithCard(ctx, r)
	if err != nil {
		return "", err
	}
	return all[0], nil
}

// WithCard returns the names of the slots that hold a card: one at least, or ErrNoReader or ErrNoCard.
func WithCard(ctx context.Context, r Reader) (names []string, err error) {
	slots, err := r.Slots(ctx)
	if err != nil {
		return nil, err
	}
	if len(slots) == 0 {
		return nil, ErrNoReader
	}
	for _, s := range slots {
		if s.Present {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return nil, ErrNoCard
	}
	return names, nil
}
