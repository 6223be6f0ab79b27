package exchange

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/exchange/directory"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	selectEvidenceTypes = `SELECT code, requirement, service, fields, preview FROM evidence_types ORDER BY code`
	selectEvidenceType  = `SELECT code, requirement, service, fields, preview FROM evidence_types WHERE code = $1`
	insertRequest       = `
INSERT INTO requests (id, caller, key, fingerprint, subject, pseudonym, org, evidence, procedure, purpose, legal_basis, consent, dossier, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (caller, key) DO NOTHING`
	selectRequest = `
SELECT id, caller, key, fingerprint, subject, pseudonym, org, evidence, procedure, purpose, legal_basis, consent, dossier, at
FROM requests WHERE id = $1`
)

func scanEvidenceType(row pgx.CollectableRow) (EvidenceType, error) {
	var t EvidenceType
	var service string
	if err := row.Scan(&t.Code, &t.Requirement, &service, &t.Fields, &t.Preview); err != nil {
		return t, err
	}
	var err error
	t.Service, err = directory.ParseService(service)
	return t, err
}

func evidenceTypes(ctx context.Context, tx pgx.Tx) ([]EvidenceType, error) {
	rows, _ := tx.Query(ctx, selectEvidenceTypes)
	list, err := pgx.CollectRows(rows, scanEvidenceType)
	return list, pg.Err("exchange: evidence types", err)
}

func evidenceType(ctx context.Context, tx pgx.Tx, code string) (EvidenceType, error) {
	rows, _ := tx.Query(ctx, selectEvidenceType, code)
	t, err := pgx.CollectExactlyOneRow(rows, scanEvidenceType)
	if pg.NoRows(err) {
		return t, errEvidenceUnknown
	}
	return t, pg.Err("exchange: evidence type", err)
}

// saveRequest records the explicit request once; fresh is false when the same one is there, and another one under its key is
// refused.
func saveRequest(ctx context.Context, tx pgx.Tx, r Request) (fresh bool, err error) {
	tag, err := tx.Exec(ctx, insertRequest, r.ID, r.Caller, r.Key, r.Fingerprint, r.Subject, r.Pseudonym, r.Org, r.Evidence, r.Procedure,
		r.Purpose, r.LegalBasis, r.Consent, r.Dossier, r.At.UTC())
	if err != nil || tag.RowsAffected() == 1 {
		return err == nil, pg.Err("exchange: save request", err)
	}
	held, err := requestByID(ctx, tx, r.ID)
	if errs.KindOf(err) == errs.NotFound { // another organisation's
		return false, errKeyReused
	}
	if err != nil {
		return false, err
	}
	if held.Fingerprint != r.Fingerprint {
		return false, errKeyReused
	}
	return false, nil
}

func requestByID(ctx context.Context, tx pgx.Tx, id RequestID) (Request, error) {
	var r Request
	err := tx.QueryRow(ctx, selectRequest, id).Scan(&r.ID, &r.Caller, &r.Key, &r.Fingerprint, &r.Subject, &r.Pseudonym, &r.Org, &r.Evidence,
		&r.Procedure, &r.Purpose, &r.LegalBasis, &r.Consent, &r.Dossier, &r.At)
	if pg.NoRows(err) {
		return r, errs.New(errs.NotFound, "not_found")
	}
	return r, pg.Err("exchange: request", err)
}
