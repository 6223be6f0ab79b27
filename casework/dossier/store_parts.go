package dossier

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/law"
)

const selectPieces = `SELECT code, document, content_type, size, sha256, consent, consented, evidence, provider, agreed, sealed
	FROM piece WHERE dossier = $1 ORDER BY code`

// pieces reads the pieces of a dossier and, in the same order, what of them is sealed.
func pieces(ctx context.Context, tx pgx.Tx, id ID) (out []Piece, sealed [][]byte, err error) {
	rows, err := tx.Query(ctx, selectPieces, id)
	if err != nil {
		return nil, nil, errs.Wrap("casework: read pieces", err)
	}
	out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Piece, err error) {
		var blob []byte
		err = row.Scan(&p.Code, &p.Document, &p.ContentType, &p.Size, &p.SHA256, &p.Consent, &p.Consented, &p.Evidence, &p.Provider,
			&p.Agreed, &blob)
		sealed = append(sealed, blob)
		return p, err
	})
	return out, sealed, errs.Wrap("casework: read pieces", err)
}

const upsertPiece = `INSERT INTO piece (dossier, org, person, code, document, content_type, size, sha256, consent, consented, evidence,
	provider, agreed, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	ON CONFLICT (dossier, code) DO UPDATE SET org = excluded.org, document = excluded.document,
	content_type = excluded.content_type, size = excluded.size, sha256 = excluded.sha256, consent = excluded.consent,
	consented = excluded.consented, evidence = excluded.evidence, provider = excluded.provider,
	agreed = excluded.agreed, sealed = excluded.sealed`

const deletePieces = `DELETE FROM piece WHERE dossier = $1 AND NOT code = ANY($2)`

func savePieces(ctx context.Context, tx pgx.Tx, d Dossier) error {
	codes := []string{}
	for _, p := range d.Pieces {
		codes = append(codes, p.Code)
		sealed, err := seal(ctx, tx, d.Person, placeOfPiece(d.ID, p.Code), sealedPiece{p.Name, p.Content})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, upsertPiece, d.ID, d.Org, d.Person, p.Code, p.Document, p.ContentType, p.Size, p.SHA256, p.Consent,
			p.Consented, p.Evidence, p.Provider, p.Agreed, sealed)
		if err != nil {
			return errs.Wrap("casework: save piece", err)
		}
	}
	_, err := tx.Exec(ctx, deletePieces, d.ID, codes)
	return errs.Wrap("casework: remove pieces", err)
}

const selectRequests = `SELECT id, ask, piece, sent, answer_by, answered, sealed FROM request WHERE dossier = $1 ORDER BY sent, id`

// requests reads the requests of a dossier and, in the same order, what of them is sealed.
func requests(ctx context.Context, tx pgx.Tx, id ID) (out []Request, sealed [][]byte, err error) {
	rows, err := tx.Query(ctx, selectRequests, id)
	if err != nil {
		return nil, nil, errs.Wrap("casework: read requests", err)
	}
	out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Request, err error) {
		var ask string
		var blob []byte
		err = row.Scan(&r.ID, &ask, &r.Piece, &r.Sent, &r.AnswerBy, &r.Answered, &blob)
		r.Ask, sealed = law.Ask(ask), append(sealed, blob)
		return r, err
	})
	return out, sealed, errs.Wrap("casework: read requests", err)
}

const upsertRequest = `INSERT INTO request (id, dossier, org, person, ask, piece, sent, answer_by, answered, sealed)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
	ON CONFLICT (id) DO UPDATE SET answered = excluded.answered, sealed = excluded.sealed`

func saveRequests(ctx context.Context, tx pgx.Tx, d Dossier) error {
	for _, r := range d.Requests {
		sealed, err := seal(ctx, tx, d.Person, placeIn("request", r.ID), sealedRequest{r.Grounds, r.Answer})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, upsertRequest, r.ID, d.ID, d.Org, d.Person, string(r.Ask), r.Piece, r.Sent, r.AnswerBy, r.Answered, sealed)
		if err != nil {
			return errs.Wrap("casework: save request", err)
		}
	}
	return nil
}

const insertEvent = `INSERT INTO event (dossier, org, person, on_day, code, actor, params) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const selectEvents = `SELECT on_day, code, actor, params FROM event WHERE dossier = $1 ORDER BY id`

func saveEvents(ctx context.Context, tx pgx.Tx, d Dossier, events []Event) error {
	for _, e := range events {
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		params, err := document{e.Params}.value()
		if err != nil {
			return errs.Wrap("casework: save event", err)
		}
		if _, err := tx.Exec(ctx, insertEvent, d.ID, d.Org, d.Person, e.On, e.Code, e.Actor, params); err != nil {
			return errs.Wrap("casework: save event", err)
		}
	}
	return nil
}

// History reads the events of a dossier, the oldest first.
func History(ctx context.Context, tx pgx.Tx, id ID) ([]Event, error) {
	rows, err := tx.Query(ctx, selectEvents, id)
	if err != nil {
		return nil, errs.Wrap("casework: read history", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Event, err error) {
		err = row.Scan(&e.On, &e.Code, &e.Actor, document{&e.Params})
		return e, err
	})
	return out, errs.Wrap("casework: read history", err)
}

const insertGrant = `INSERT INTO access_grant (dossier, org, unit, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

func saveGrants(ctx context.Context, tx pgx.Tx, d Dossier, grants []Grant, since civil.Date) error {
	for _, g := range grants {
		if _, err := tx.Exec(ctx, insertGrant, d.ID, g.Org, g.Unit, since); err != nil {
			return errs.Wrap("casework: save grant", err)
		}
	}
	return nil
}
