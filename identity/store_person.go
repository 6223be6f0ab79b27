package identity

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertPerson    = `INSERT INTO person (id, lookup, sealed, key_id, created_at) VALUES ($1, $2, $3, $4, $5)`
	insertCard      = `INSERT INTO card (id, person, serial, fingerprint, status, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	personByID      = `SELECT id, sealed, key_id FROM person WHERE id = $1`
	personByLookup  = `SELECT id, sealed, key_id FROM person WHERE lookup = $1`
	personBySubject = `SELECT p.id, p.sealed, p.key_id FROM person p JOIN subject s ON s.person = p.id WHERE s.sector = $1 AND s.subject = $2`
	cardByPrint     = `SELECT id, person, status FROM card WHERE fingerprint = $1`
	setCardStatus   = `UPDATE card SET status = $2 WHERE serial = $1 RETURNING id, person`
	subjectOf       = `SELECT subject FROM subject WHERE sector = $1 AND person = $2`
	insertSubject   = `INSERT INTO subject (sector, person, subject, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (sector, person) DO NOTHING`
	endSessionsOf   = `UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL`
)

func place(id PersonID) string { return "identity/person/" + id.String() }

// savePerson writes a person and the first card, active at once: the person holds it in hand.
func (b *Block) savePerson(ctx context.Context, tx pgx.Tx, v *openVault, p Person, c CardID, issued card.Issued, now time.Time) error {
	plain, err := json.Marshal(p.attributes)
	if err != nil {
		return err
	}
	sealed, keyID, err := v.seal(place(p.ID), plain)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertPerson, p.ID, v.find(p.NationalNumber), sealed, keyID, now); err != nil {
		if pg.Unique(err) {
			return errs.New(errs.Conflict, "person_known")
		}
		return pg.Err("identity: save person", err)
	}
	_, err = tx.Exec(ctx, insertCard, c, p.ID, issued.Serial, issued.Fingerprint, card.StatusActive, issued.Expires, now)
	return pg.Err("identity: save card", err)
}

// person reads one person by one of the queries above; subject_unknown if there is none.
func (b *Block) person(ctx context.Context, query string, args ...any) (Person, error) {
	v, err := b.vault.unlock(ctx)
	if err != nil {
		return Person{}, err
	}
	return b.readPerson(b.db.Pool().QueryRow(ctx, query, args...), v)
}

func (b *Block) readPerson(row pgx.Row, v *openVault) (Person, error) {
	var p Person
	var sealed []byte
	var keyID string
	err := row.Scan(&p.ID, &sealed, &keyID)
	if pg.NoRows(err) {
		return Person{}, errs.New(errs.NotFound, "subject_unknown")
	}
	if err != nil {
		return Person{}, pg.Err("identity: read person", err)
	}
	plain, err := v.unseal(place(p.ID), sealed, keyID)
	if err != nil {
		return Person{}, errs.Wrap("identity: unseal person", err)
	}
	err = json.Unmarshal(plain, &p.attributes)
	return p, err
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

// subjectFor returns the person's subject in a sector, drawn at the first use.
func (b *Block) subjectFor(ctx context.Context, p PersonID, sector string) (string, error) {
	var s string
	err := b.db.Pool().QueryRow(ctx, subjectOf, sector, p).Scan(&s)
	if !pg.NoRows(err) {
		return s, pg.Err("identity: subject", err)
	}
	if _, err := b.db.Pool().Exec(ctx, insertSubject, sector, p, rand.Text(), b.d.Clock.Now()); err != nil {
		return "", pg.Err("identity: subject", err)
	}
	err = b.db.Pool().QueryRow(ctx, subjectOf, sector, p).Scan(&s)
	return s, pg.Err("identity: subject", err)
}
