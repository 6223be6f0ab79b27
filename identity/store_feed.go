package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

// Imported counts what a feed did.
type Imported struct {
	Enrolled int `json:"enrolled"` // cards that were not known before
	Changed  int `json:"changed"`  // cards that got another state
	Same     int `json:"same"`     // announcements that were known already
	Older    int `json:"older"`    // announcements after which a newer one had come
}

// Import takes the announcements of the cards' issuer: all of them in one transaction, or none. The same file again changes nothing.
func (b *Block) Import(ctx context.Context, f Feed) (done Imported, err error) {
	v, err := b.vault.unlock(ctx)
	if err != nil {
		return done, err
	}
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		for n, e := range f.Events {
			if err := b.take(ctx, tx, v, e, &done); err != nil {
				return atEvent(n, err)
			}
		}
		return nil
	})
	if err != nil {
		return Imported{}, err
	}
	return done, nil
}

func (b *Block) take(ctx context.Context, tx pgx.Tx, v *openVault, e Event, done *Imported) error {
	c, err := b.lockCard(ctx, tx, e.Serial)
	if errs.KindOf(err) == errs.NotFound && e.Holder != nil {
		done.Enrolled++
		return b.enrolAnnounced(ctx, tx, v, e)
	}
	if err != nil {
		return err
	}
	if e.Holder != nil {
		if err := b.sameCard(ctx, tx, v, c, e); err != nil {
			return err
		}
	}
	outcome, err := b.become(ctx, tx, c, e.standing(), byIssuer)
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
func (b *Block) enrolAnnounced(ctx context.Context, tx pgx.Tx, v *openVault, e Event) error {
	now := b.d.Clock.Now()
	if err := e.standing().Check(now); err != nil {
		return err
	}
	if err := e.Holder.attributes().check(b.d.Clock.Today()).OrNil(); err != nil {
		return err
	}
	issued, reason := b.anchors.Enrol(e.Serial, e.der, now)
	if reason != card.None {
		return errs.New(errs.Invalid, "feed_certificate_refused").With("reason", string(reason))
	}
	p, err := b.readPerson(tx.QueryRow(ctx, personByLookup, v.find(e.Holder.NationalNumber)), v)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		p = Person{ID: ids.New[personKind](), attributes: e.Holder.attributes()}
		err = b.savePerson(ctx, tx, v, p, now)
	case err == nil && p.attributes != e.Holder.attributes():
		p.attributes = e.Holder.attributes()
		err = b.changePerson(ctx, tx, v, p)
	}
	if err != nil {
		return err
	}
	former, err := b.replaced(ctx, tx, p.ID, e.Replaces, e.At)
	if err != nil {
		return err
	}
	c := Card{ID: ids.New[cardKind](), Person: p.ID, Serial: issued.Serial, Expires: issued.Expires, Standing: e.standing()}
	return b.saveCard(ctx, tx, c, issued.Fingerprint, former, byIssuer)
}

// sameCard refuses an announcement that gives a known support number to another card or another person.
func (b *Block) sameCard(ctx context.Context, tx pgx.Tx, v *openVault, c Card, e Event) error {
	var fingerprint, lookup []byte
	if err := tx.QueryRow(ctx, cardPrinted, c.ID).Scan(&fingerprint, &lookup); err != nil {
		return pg.Err("identity: read card", err)
	}
	if string(fingerprint) != string(hash(string(e.der))) || string(lookup) != string(v.find(e.Holder.NationalNumber)) {
		return errs.New(errs.Conflict, "card_known")
	}
	return nil
}
