package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// Card is a card in identity's books.
type Card struct {
	card.Standing
	ID       CardID
	Person   PersonID
	Serial   string // support number
	Expires  time.Time
	Replaces string // the support number of the card before it
	Next     string // the support number of the card that replaces it
}

const (
	insertCard = `
INSERT INTO card (id, person, serial, fingerprint, status, cause, since, expires_at, created_at, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	cardByPrint = `SELECT id, person, status FROM card WHERE fingerprint = $1`
	cardColumns = `c.id, c.person, c.serial, c.status, c.cause, c.since, c.expires_at,
    coalesce((SELECT serial FROM card b WHERE b.id = c.replaces), ''), coalesce((SELECT serial FROM card n WHERE n.replaces = c.id LIMIT 1), '')`
	cardBySerial = `SELECT ` + cardColumns + ` FROM card c WHERE c.serial = $1`
	lockedCard   = cardBySerial + ` FOR UPDATE OF c`
	cardsOf      = `SELECT ` + cardColumns + ` FROM card c WHERE c.person = $1 ORDER BY c.created_at DESC`
	cardOfPerson = `SELECT serial FROM card WHERE id = $1 AND person = $2`
	updateCard   = `UPDATE card SET status = $2, cause = $3, since = $4 WHERE id = $1`
	cardPrinted  = `SELECT c.fingerprint, p.lookup FROM card c JOIN person p ON p.id = c.person WHERE c.id = $1`
)

// Whoever changes the state of a card, as evidence names them.
const (
	byOperator = "operator"
	byHolder   = "holder"
	byIssuer   = "issuer"
)

func scanCard(row pgx.Row) (c Card, err error) {
	err = row.Scan(&c.ID, &c.Person, &c.Serial, &c.Status, &c.Cause, &c.Since, &c.Expires, &c.Replaces, &c.Next)
	return c, err
}

// findCard returns the card with that certificate; no card is card.Unknown.
func (b *Block) findCard(ctx context.Context, fingerprint []byte) (c CardID, p PersonID, reason card.Reason, err error) {
	var status card.Status
	err = b.db.Pool().QueryRow(ctx, cardByPrint, fingerprint).Scan(&c, &p, &status)
	if pg.NoRows(err) {
		return c, p, card.Unknown, nil
	}
	return c, p, status.Reason(), pg.Err("identity: find card", err)
}

// Card returns the card with that support number.
func (b *Block) Card(ctx context.Context, serial string) (Card, error) {
	c, err := scanCard(b.db.Pool().QueryRow(ctx, cardBySerial, serial))
	if pg.NoRows(err) {
		return c, errs.New(errs.NotFound, "card_unknown")
	}
	return c, pg.Err("identity: read card", err)
}

// lockCard reads a card and keeps others from changing it until the transaction ends.
func (b *Block) lockCard(ctx context.Context, tx pgx.Tx, serial string) (Card, error) {
	c, err := scanCard(tx.QueryRow(ctx, lockedCard, serial))
	if pg.NoRows(err) {
		return c, errs.New(errs.NotFound, "card_unknown")
	}
	return c, pg.Err("identity: read card", err)
}

// cards returns the cards of a person, the newest first.
func (b *Block) cards(ctx context.Context, p PersonID) ([]Card, error) {
	rows, err := b.db.Pool().Query(ctx, cardsOf, p)
	if err != nil {
		return nil, pg.Err("identity: cards", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Card, error) { return scanCard(row) })
	return all, pg.Err("identity: cards", err)
}

// saveCard writes a new card.
func (b *Block) saveCard(ctx context.Context, tx pgx.Tx, c Card, fingerprint []byte, replaces CardID, by string) error {
	_, err := tx.Exec(ctx, insertCard, c.ID, c.Person, c.Serial, fingerprint, c.Status, c.Cause, c.Since, c.Expires, b.d.Clock.Now(), replaces)
	if pg.Unique(err) {
		return errs.New(errs.Conflict, "card_known")
	}
	if err != nil {
		return pg.Err("identity: save card", err)
	}
	return b.record(ctx, tx, "card.enrolled", c.ID.String(), "", map[string]string{"status": string(c.Status), "by": by})
}

// become puts a card into another state, with its evidence. A card that nobody can log in with any more takes its sessions along.
func (b *Block) become(ctx context.Context, tx pgx.Tx, c Card, next card.Standing, by string) (card.Outcome, error) {
	now, outcome, err := c.Become(next, b.d.Clock.Now())
	if err != nil || outcome != card.Changed {
		return outcome, err
	}
	if _, err := tx.Exec(ctx, updateCard, c.ID, now.Status, now.Cause, now.Since); err != nil {
		return "", pg.Err("identity: card state", err)
	}
	if now.Status != card.StatusActive {
		if err := b.endSessionsOf(ctx, tx, c.ID); err != nil {
			return "", err
		}
	}
	return outcome, b.record(ctx, tx, "card.status", c.ID.String(), "", map[string]string{
		"status": string(now.Status), "reason": string(now.Cause), "since": now.Since.UTC().Format(time.RFC3339), "by": by,
	})
}

// SetCard changes the state of a card by its support number, as an operator states it. An older statement than the one known is
// refused; only a revocation always counts.
func (b *Block) SetCard(ctx context.Context, serial string, next card.Standing) (outcome card.Outcome, err error) {
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		c, err := b.lockCard(ctx, tx, serial)
		if err == nil {
			outcome, err = b.become(ctx, tx, c, next, byOperator)
		}
		if err == nil && outcome == card.Older {
			return errs.New(errs.Conflict, "card_newer_known")
		}
		return err
	})
	return outcome, err
}

// blockOwn suspends a card at its holder's wish.
func (b *Block) blockOwn(ctx context.Context, id CardID, p PersonID, cause card.Cause) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		var serial string
		err := tx.QueryRow(ctx, cardOfPerson, id, p).Scan(&serial)
		if pg.NoRows(err) {
			return errs.New(errs.NotFound, "card_unknown")
		}
		if err != nil {
			return pg.Err("identity: read card", err)
		}
		c, err := b.lockCard(ctx, tx, serial)
		if err != nil || c.Status != card.StatusActive {
			return err // it is blocked already: whoever presses twice has what they want
		}
		outcome, err := b.become(ctx, tx, c, card.Standing{Status: card.StatusSuspended, Cause: cause, Since: b.d.Clock.Now()}, byHolder)
		if err == nil && outcome != card.Changed { // another machine's clock is ahead: never say "blocked" of a card that is not
			return errs.New(errs.Unavailable, "try_again")
		}
		return err
	})
}
