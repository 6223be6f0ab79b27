package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

// Enrol makes a person known and issues a card, active at once: the person holds it in hand. The returned state goes into the card
// (peers/card reads it from a file) and is kept nowhere here. A national number that is known already is person_known.
func (b *Block) Enrol(ctx context.Context, n NewPerson) (Person, []byte, error) {
	if b.authority == nil {
		return Person{}, nil, errs.New(errs.Forbidden, "cards_from_elsewhere")
	}
	if err := n.check(b.d.Clock.Today()); err != nil {
		return Person{}, nil, err
	}
	now := b.d.Clock.Now()
	p := Person{ID: ids.New[personKind](), attributes: n.attributes()}
	issued, err := b.issue(p, n.CardSerial, n.PIN, now)
	if err != nil {
		return Person{}, nil, err
	}
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.savePerson(ctx, tx, p, now); err != nil {
			return err
		}
		return b.saveCard(ctx, tx, newCard(p.ID, issued, now), issued.Fingerprint, CardID{}, byOperator)
	})
	if err != nil {
		return Person{}, nil, err
	}
	return p, issued.State, nil
}

// issue makes a card by the installation's own authority.
func (b *Block) issue(p Person, serial, pin string, now time.Time) (card.Issued, error) {
	if b.authority == nil {
		return card.Issued{}, errs.New(errs.Forbidden, "cards_from_elsewhere")
	}
	if serial == "" {
		serial = "W" + rand.Text()[:10]
	}
	if !card.GoodSerial(serial) {
		return card.Issued{}, errs.New(errs.Invalid, "form_invalid").Field("serial", "card_serial_form")
	}
	if !cardproto.Reference().ValidPIN(pin) {
		return card.Issued{}, errs.New(errs.Invalid, "form_invalid").Field("pin", "pin_form")
	}
	return b.authority.Issue(p.NameFr(), serial, pin, now, cardproto.Expiry(now))
}

// newCard is an issued card, in its holder's hands.
func newCard(p PersonID, issued card.Issued, now time.Time) Card {
	return Card{
		ID: ids.New[cardKind](), Person: p, Serial: issued.Serial, Expires: issued.Expires,
		Standing: card.Standing{Status: card.StatusActive, Since: now},
	}
}

// IssueCard makes another card for a person who is known: a second one, or, with the support number of the former card, one in its
// place. The former card is revoked in the same transaction. It returns the new support number and what goes into the card.
func (b *Block) IssueCard(ctx context.Context, p Person, serial, pin, replaces string) (Card, []byte, error) {
	now := b.d.Clock.Now()
	issued, err := b.issue(p, serial, pin, now)
	if err != nil {
		return Card{}, nil, err
	}
	c := newCard(p.ID, issued, now)
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		former, err := b.replaced(ctx, tx, p.ID, replaces, now)
		if err != nil {
			return err
		}
		return b.saveCard(ctx, tx, c, issued.Fingerprint, former, byOperator)
	})
	return c, issued.State, err
}

// replaced revokes the card that a new one replaces, if there is one; it must be the same person's.
func (b *Block) replaced(ctx context.Context, tx pgx.Tx, p PersonID, serial string, at time.Time) (CardID, error) {
	if serial == "" {
		return CardID{}, nil
	}
	former, err := b.lockCard(ctx, tx, serial)
	if err != nil {
		return CardID{}, err
	}
	if former.Person != p {
		return CardID{}, errs.New(errs.Conflict, "card_of_another")
	}
	if former.Next != "" {
		return CardID{}, errs.New(errs.Conflict, "card_replaced_before")
	}
	_, err = b.become(ctx, tx, former, card.Standing{Status: card.StatusRevoked, Cause: card.Replaced, Since: at}, byIssuer)
	return former.ID, err
}

// Holder returns the person whose card has that support number.
func (b *Block) Holder(ctx context.Context, serial string) (Person, error) {
	c, err := b.Card(ctx, serial)
	if err != nil {
		return Person{}, err
	}
	return b.person(ctx, personByID, c.Person)
}

// Known returns the person with that national number, if there is one.
func (b *Block) Known(ctx context.Context, nationalNumber string) (Person, bool, error) {
	if err := b.vault.Unlock(ctx); err != nil {
		return Person{}, false, err
	}
	p, err := b.byNumber(ctx, b.db.Pool(), nationalNumber)
	if errs.KindOf(err) == errs.NotFound {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

// SubjectFor returns the person's pairwise subject in a sector that has a registered client.
func (b *Block) SubjectFor(ctx context.Context, p PersonID, sector string) (string, error) {
	return b.subjectFor(ctx, p, sector)
}

// RegisterClient registers a relying party, or changes one: whole and consistent, or not at all. The same registration again
// changes nothing.
func (b *Block) RegisterClient(ctx context.Context, c oidc.Client) error {
	if err := c.Check(); err != nil {
		return err
	}
	known, err := b.client(ctx, c.ID)
	if err == nil && known.Same(c) {
		return nil
	}
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.saveClient(ctx, tx, c, b.d.Clock.Now()); err != nil {
			return err
		}
		return b.record(ctx, tx, "client.registered", c.ID, "", map[string]string{"sector": c.Sector})
	})
}

// Client returns a registered relying party, if there is one of that name.
func (b *Block) Client(ctx context.Context, id string) (c oidc.Client, found bool, err error) {
	c, err = b.client(ctx, id)
	if errs.KindOf(err) == errs.NotFound {
		return c, false, nil
	}
	return c, err == nil, err
}

// record writes an audit entry in the act's own transaction. subject is pairwise or empty; a person's id never leaves identity,
// not even hashed.
func (b *Block) record(ctx context.Context, tx pgx.Tx, act, object, subject string, detail map[string]string) error {
	_, err := audit.Record(ctx, tx, b.d.Clock, audit.Entry{Act: act, Object: object, Subject: subject, Detail: detail})
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return nil
}

// Imported counts what a feed did.
type Imported struct {
	Enrolled int `json:"enrolled"` // cards that were not known before
	Changed  int `json:"changed"`  // cards that got another state
	Same     int `json:"same"`     // announcements that were known already
	Older    int `json:"older"`    // announcements after which a newer one had come
}

// Import takes the announcements of the cards' issuer: all of them in one transaction, or none. The same file again changes nothing.
func (b *Block) Import(ctx context.Context, f card.Feed) (done Imported, err error) {
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		for n, e := range f.Events {
			if err := b.take(ctx, tx, e, &done); err != nil {
				return card.AtEvent(n, err)
			}
		}
		return nil
	})
	if err != nil {
		return Imported{}, err
	}
	return done, nil
}

func (b *Block) take(ctx context.Context, tx pgx.Tx, e card.Event, done *Imported) error {
	c, err := b.lockCard(ctx, tx, e.Serial)
	if errs.KindOf(err) == errs.NotFound && e.Holder != nil {
		done.Enrolled++
		return b.enrolAnnounced(ctx, tx, e)
	}
	if err != nil {
		return err
	}
	if e.Holder != nil {
		if err := b.sameCard(ctx, tx, c, e); err != nil {
			return err
		}
	}
	outcome, err := b.become(ctx, tx, c, e.Standing(), byIssuer)
	switch outcome {
	case card.Changed:
		done.Changed++
	case card.Same:
		done.Same++
	case card.Older:
		done.Older++
	}
	return err
}

// enrolAnnounced makes a card known, and its holder unless an earlier card did.
func (b *Block) enrolAnnounced(ctx context.Context, tx pgx.Tx, e card.Event) error {
	now := b.d.Clock.Now()
	if err := e.Standing().Check(now); err != nil {
		return err
	}
	if err := attributes(*e.Holder).check(b.d.Clock.Today()).OrNil(); err != nil {
		return err
	}
	issued, reason := b.anchors.Enrol(e.Serial, e.DER, now)
	if reason != card.None {
		return errs.New(errs.Invalid, "feed_certificate_refused").With("reason", string(reason))
	}
	p, err := b.byNumber(ctx, tx, e.Holder.NationalNumber)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		p = Person{ID: ids.New[personKind](), attributes: attributes(*e.Holder)}
		err = b.savePerson(ctx, tx, p, now)
	case err == nil && p.attributes != attributes(*e.Holder):
		p.attributes = attributes(*e.Holder)
		err = b.changePerson(ctx, tx, p)
	}
	if err != nil {
		return err
	}
	former, err := b.replaced(ctx, tx, p.ID, e.Replaces, e.At)
	if err != nil {
		return err
	}
	c := Card{ID: ids.New[cardKind](), Person: p.ID, Serial: issued.Serial, Expires: issued.Expires, Standing: e.Standing()}
	return b.saveCard(ctx, tx, c, issued.Fingerprint, former, byIssuer)
}

// sameCard refuses an announcement that gives a known support number to another card or another person.
func (b *Block) sameCard(ctx context.Context, tx pgx.Tx, c Card, e card.Event) error {
	var fingerprint, lookup []byte
	if err := tx.QueryRow(ctx, cardPrinted, c.ID).Scan(&fingerprint, &lookup); err != nil {
		return pg.Err("identity: read card", err)
	}
	said, err := b.vault.Find(labelNumber, e.Holder.NationalNumber)
	if err != nil {
		return err
	}
	if string(fingerprint) != string(hash(string(e.DER))) || string(lookup) != string(said) {
		return errs.New(errs.Conflict, "card_known")
	}
	return nil
}
