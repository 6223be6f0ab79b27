package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
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
	stateTwo      state = "two_cards"
	stateBlocked  state = "blocked"
	stateExpired  state = "expired"
)

// shown is what the PIN page says of the card in the reader.
type shown struct {
	State state
	Tries int    // left, of a card that is ready
	Tail  string // the end of the number printed on the card; "" when the chip does not tell it
	Mark  string // the card itself: the PIN typed on the page goes to this one and to no other
}

var (
	errTwoCards    = errors.New("connector: two identity cards")
	errCardChanged = errors.New("connector: another card than the page showed")
)

// markOf names a card by its certificate.
func markOf(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// look tells the state of reader and card, and whose card it is.
func (c *Connector) look(ctx context.Context) shown {
	seen := shown{State: stateReady}
	err := c.withCard(ctx, func(s *cardproto.Session, chain [][]byte) error {
		var err error
		if seen.Tries, err = s.TriesLeft(); err != nil {
			return err
		}
		seen.Tail, seen.Mark = cardproto.NumberTail(chain[0]), markOf(chain[0])
		switch {
		case seen.Tries == 0:
			seen.State = stateBlocked
		case cardproto.Expired(chain[0], c.cfg.Clock.Now()):
			seen.State = stateExpired
		}
		return nil
	})
	if err != nil {
		return shown{State: stateOf(err)}
	}
	return seen
}

func stateOf(err error) state {
	switch {
	case errors.Is(err, pcsc.ErrNoReader):
		return stateNoReader
	case errors.Is(err, pcsc.ErrNoCard):
		return stateNoCard
	case errors.Is(err, errTwoCards):
		return stateTwo
	case errors.Is(err, cardproto.Blocked):
		return stateBlocked
	}
	return stateOther
}

// sign presents the PIN to the card that the page showed and returns the answer for the errand's provider. Another card costs no
// try: its certificate is read before the PIN.
func (c *Connector) sign(ctx context.Context, e Errand, mark, pin string) (cardproto.Answer, error) {
	answer := cardproto.Answer{Nonce: e.Nonce}
	err := c.withCard(ctx, func(s *cardproto.Session, chain [][]byte) error {
		if markOf(chain[0]) != mark {
			return errCardChanged
		}
		answer.Certificates = chain
		err := s.Verify(pin)
		if err == nil {
			answer.Signature, err = s.Sign(cardproto.Digest(e.Origin, e.Nonce))
		}
		return err
	})
	return answer, err
}

// withCard runs fn with the one identity card among all readers, and its certificates; one caller at a time, since a person types
// one PIN at a time. Other cards, such as a bank's, are passed over; of two identity cards none is chosen for the person.
func (c *Connector) withCard(ctx context.Context, fn func(*cardproto.Session, [][]byte) error) error {
	c.card.Lock()
	defer c.card.Unlock()
	slots, err := pcsc.WithCard(ctx, c.cfg.Reader)
	if err != nil {
		return err
	}
	var found *opened
	other := cardproto.ErrOtherCard
	for _, slot := range slots {
		o, err := c.open(ctx, slot)
		if err != nil {
			other = err
			continue
		}
		defer o.card.Close()
		if found != nil {
			return errTwoCards
		}
		found = o
	}
	if found == nil {
		return other
	}
	return fn(found.session, found.chain)
}

type opened struct {
	card    pcsc.Card
	session *cardproto.Session
	chain   [][]byte
}

// open powers the card in a slot and reads its certificates; an error if it is no identity card.
func (c *Connector) open(ctx context.Context, slot string) (*opened, error) {
	card, err := c.cfg.Reader.Connect(ctx, slot)
	if err != nil {
		return nil, err
	}
	o := &opened{card: card}
	if o.session, err = cardproto.Open(card.Transmit); err == nil {
		o.chain, err = o.session.Certificates()
	}
	if err != nil {
		_ = card.Close()
		return nil, err
	}
	return o, nil
}
