package connector

import (
	"context"
	"errors"

	"wasl/identity/cardproto"
	"wasl/kit/pcsc"
)

// state is what the person must be told about reader and card.
type state string

const (
	stateReady    state = "ready"
	stateNoReader state = "no_reader"
	stateNoCard   state = "no_card"
	stateOther    state = "other_card"
	stateBlocked  state = "blocked"
	stateExpired  state = "expired"
)

// look tells the state of reader and card, and the tries left of a card that is ready.
func (c *Connector) look(ctx context.Context) (state, int) {
	st, tries := stateReady, 0
	err := c.withCard(ctx, func(s *cardproto.Session) error {
		var err error
		if tries, err = s.TriesLeft(); err != nil {
			return err
		}
		chain, err := s.Certificates()
		switch {
		case err != nil:
			return err
		case tries == 0:
			st = stateBlocked
		case cardproto.Expired(chain[0], c.cfg.Clock.Now()):
			st = stateExpired
		}
		return nil
	})
	if err != nil {
		st = stateOf(err)
	}
	return st, tries
}

func stateOf(err error) state {
	switch {
	case errors.Is(err, pcsc.ErrNoReader):
		return stateNoReader
	case errors.Is(err, pcsc.ErrNoCard):
		return stateNoCard
	case errors.Is(err, cardproto.Blocked):
		return stateBlocked
	}
	return stateOther
}

// sign presents the PIN and returns the answer for the errand's provider.
func (c *Connector) sign(ctx context.Context, e Errand, pin string) (cardproto.Answer, error) {
	answer := cardproto.Answer{Nonce: e.Nonce}
	err := c.withCard(ctx, func(s *cardproto.Session) error {
		var err error
		if answer.Certificates, err = s.Certificates(); err != nil {
			return err
		}
		if err = s.Verify(pin); err != nil {
			return err
		}
		answer.Signature, err = s.Sign(cardproto.Digest(e.Origin, e.Nonce))
		return err
	})
	return answer, err
}

// withCard runs fn with the first card found; one caller at a time, since a person types one PIN at a time.
func (c *Connector) withCard(ctx context.Context, fn func(*cardproto.Session) error) error {
	c.card.Lock()
	defer c.card.Unlock()
	slot, err := pcsc.First(ctx, c.cfg.Reader)
	if err != nil {
		return err
	}
	card, err := c.cfg.Reader.Connect(ctx, slot)
	if err != nil {
		return err
	}
	defer card.Close()
	s, err := cardproto.Open(card.Transmit)
	if err != nil {
		return err
	}
	return fn(s)
}
