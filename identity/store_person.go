package identity

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertPerson    = `INSERT INTO person (id, lookup, sealed, created_at) VALUES ($1, $2, $3, $4)`
	updatePerson    = `UPDATE person SET sealed = $2 WHERE id = $1`
	personByID      = `SELECT id, sealed FROM person WHERE id = $1`
	personByLookup  = `SELECT id, sealed FROM person WHERE lookup = $1`
	personBySubject = `SELECT p.id, p.sealed FROM person p JOIN subject s ON s.person = p.id WHERE s.sector = $1 AND s.subject = $2`
	subjectOf       = `SELECT subject FROM subject WHERE sector = $1 AND person = $2`
	insertSubject   = `INSERT INTO subject (sector, person, subject, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (sector, person) DO NOTHING`
)

// labelNumber is the label of the keyed hash by which a national number is looked up.
const labelNumber = "national number"

func placeOfPerson(id PersonID) envelope.Place {
	return envelope.Place{Table: "person", Column: "sealed", Row: id.UUID().String()}
}

// sealPerson seals a person's record under a key of its own, and returns the hash by which it is found.
func sealPerson(ctx context.Context, c envelope.Conn, v *envelope.Vault, p Person) (sealed, lookup []byte, err error) {
	if lookup, err = v.Find(labelNumber, p.NationalNumber); err != nil {
		return nil, nil, err
	}
	sealed, err = v.Seal(ctx, c, p.ID.UUID().String(), placeOfPerson(p.ID), p.attributes)
	return sealed, lookup, err
}

// savePerson writes a person.
func (b *Block) savePerson(ctx context.Context, tx pgx.Tx, p Person, now time.Time) error {
	sealed, lookup, err := sealPerson(ctx, tx, b.vault, p)
	if err != nil {
		return errs.Wrap("identity: seal person", err)
	}
	_, err = tx.Exec(ctx, insertPerson, p.ID, lookup, sealed, now)
	if pg.Unique(err) {
		return errs.New(errs.Conflict, "person_known")
	}
	return pg.Err("identity: save person", err)
}

// changePerson writes what a renewed card says of its holder: names change.
func (b *Block) changePerson(ctx context.Context, tx pgx.Tx, p Person) error {
	sealed, _, err := sealPerson(ctx, tx, b.vault, p)
	if err != nil {
		return errs.Wrap("identity: seal person", err)
	}
	_, err = tx.Exec(ctx, updatePerson, p.ID, sealed)
	return pg.Err("identity: change person", err)
}

// person reads one person by one of the queries above; subject_unknown if there is none.
func (b *Block) person(ctx context.Context, query string, args ...any) (Person, error) {
	if err := b.vault.Unlock(ctx); err != nil {
		return Person{}, err
	}
	return b.readPerson(ctx, b.db.Pool(), query, args...)
}

func (b *Block) readPerson(ctx context.Context, c envelope.Conn, query string, args ...any) (Person, error) {
	var p Person
	var sealed []byte
	err := c.QueryRow(ctx, query, args...).Scan(&p.ID, &sealed)
	if pg.NoRows(err) {
		return Person{}, errs.New(errs.NotFound, "subject_unknown")
	}
	if err != nil {
		return Person{}, pg.Err("identity: read person", err)
	}
	err = b.vault.Open(ctx, c, envelope.Sealed{Place: placeOfPerson(p.ID), Blob: sealed, Into: &p.attributes})
	return p, errs.Wrap("identity: open person", err)
}

// byNumber reads the person with a national number.
func (b *Block) byNumber(ctx context.Context, c envelope.Conn, number string) (Person, error) {
	lookup, err := b.vault.Find(labelNumber, number)
	if err != nil {
		return Person{}, err
	}
	return b.readPerson(ctx, c, personByLookup, lookup)
}

// knownSubject returns the person's subject in a sector that has met them, or "".
func (b *Block) knownSubject(ctx context.Context, p PersonID, sector string) (s string, err error) {
	err = b.db.Pool().QueryRow(ctx, subjectOf, sector, p).Scan(&s)
	if pg.NoRows(err) {
		return "", nil
	}
	return s, pg.Err("identity: subject", err)
}

// subjectFor returns the person's subject in a sector, drawn at the first use.
func (b *Block) subjectFor(ctx context.Context, p PersonID, sector string) (string, error) {
	if s, err := b.knownSubject(ctx, p, sector); err != nil || s != "" {
		return s, err
	}
	if _, err := b.db.Pool().Exec(ctx, insertSubject, sector, p, rand.Text(), b.d.Clock.Now()); err != nil {
		return "", pg.Err("identity: subject", err)
	}
	return b.knownSubject(ctx, p, sector)
}
