package identity

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

// Enrol makes a person known and issues a card. The returned state goes into the card (peers/card reads it from a file) and
// is kept nowhere here. A national number that is known already is person_known.
func (b *Block) Enrol(ctx context.Context, n NewPerson) (Person, []byte, error) {
	if b.authority == nil {
		return Person{}, nil, errs.New(errs.Forbidden, "cards_from_elsewhere")
	}
	if err := n.check(b.d.Clock.Today()); err != nil {
		return Person{}, nil, err
	}
	v, err := b.vault.unlock(ctx)
	if err != nil {
		return Person{}, nil, err
	}
	serial := n.CardSerial
	if serial == "" {
		serial = "W" + rand.Text()[:10]
	}
	now := b.d.Clock.Now()
	p := Person{ID: ids.New[personKind](), attributes: n.attributes()}
	issued, err := b.authority.Issue(p.NameFr(), serial, n.PIN, now, cardproto.Expiry(now))
	if err != nil {
		return Person{}, nil, err
	}
	c := ids.New[cardKind]()
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.savePerson(ctx, tx, v, p, c, issued, now); err != nil {
			return err
		}
		return b.record(ctx, tx, "card.issued", c.String(), "", nil)
	})
	if err != nil {
		return Person{}, nil, err
	}
	return p, issued.State, nil
}

// Known returns the person with that national number, if there is one.
func (b *Block) Known(ctx context.Context, nationalNumber string) (Person, bool, error) {
	v, err := b.vault.unlock(ctx)
	if err != nil {
		return Person{}, false, err
	}
	p, err := b.person(ctx, personByLookup, v.find(nationalNumber))
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
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.saveClient(ctx, tx, c, b.d.Clock.Now()); err != nil {
			return err
		}
		return b.record(ctx, tx, "client.registered", c.ID, "", map[string]string{"sector": c.Sector})
	})
}

// HasClient reports whether a relying party is registered.
func (b *Block) HasClient(ctx context.Context, id string) (bool, error) {
	_, err := b.client(ctx, id)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	return err == nil, err
}

// SetCardStatus changes the state of a card by its support number, as its issuer announces it. Unless the card is active, the
// holder's sessions end at once.
func (b *Block) SetCardStatus(ctx context.Context, serial string, s card.Status) error {
	now := b.d.Clock.Now()
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		var c CardID
		var p PersonID
		err := tx.QueryRow(ctx, setCardStatus, serial, s).Scan(&c, &p)
		if pg.NoRows(err) {
			return errs.New(errs.NotFound, "card_unknown")
		}
		if err != nil {
			return pg.Err("identity: card status", err)
		}
		if s != card.StatusActive {
			if _, err := tx.Exec(ctx, endSessionsOf, p, now); err != nil {
				return pg.Err("identity: end sessions", err)
			}
		}
		return b.record(ctx, tx, "card.status", c.String(), "", map[string]string{"status": string(s)})
	})
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
