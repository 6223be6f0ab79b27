package identity

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertPerson    = `INSERT INTO person (id, lookup, sealed, key_id, created_at) VALUES ($1, $2, $3, $4, $5)`
	updatePerson    = `UPDATE person SET sealed = $2, key_id = $3 WHERE id = $1`
	personByID      = `SELECT id, sealed, key_id FROM person WHERE id = $1`
	personByLookup  = `SELECT id, sealed, key_id FROM person WHERE lookup = $1`
	personBySubject = `SELECT p.id, p.sealed, p.key_id FROM person p JOIN subject s ON s.person = p.id WHERE s.sector = $1 AND s.subject = $2`
	subjectOf       = `SELECT subject FROM subject WHERE sector = $1 AND person = $2`
	insertSubject   = `INSERT INTO subject (sector, person, subject, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (sector, person) DO NOTHING`
)

func place(id PersonID) string { return "identity/person/" + id.String() }

// savePerson writes a person.
func (b *Block) savePerson(ctx context.Context, tx pgx.Tx, v *openVault, p Person, now time.Time) error {
	sealed, keyID, err := sealPerson(v, p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertPerson, p.ID, v.find(p.NationalNumber), sealed, keyID, now)
	if pg.Unique(err) {
		return errs.New(errs.Conflict, "person_known")
	}
	return pg.Err("identity: save person", err)
}

// changePerson writes what a renewed card says of its holder: names change.
func (b *Block) changePerson(ctx context.Context, tx pgx.Tx, v *openVault, p Person) error {
	sealed, keyID, err := sealPerson(v, p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updatePerson, p.ID, sealed, keyID)
	return pg.Err("identity: change person", err)
}

func sealPerson(v *openVault, p Person) (sealed []byte, keyID string, err error) {
	plain, err := json.Marshal(p.attributes)
	if err != nil {
		return nil, "", err
	}
	return v.seal(place(p.ID), plain)
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
