package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
)

const columns = `id, reference, person, sealed, lang, org, unit, state, procedure, revision, seal, sheet, regime, competent,
	fee, created_on, requested, complete_by, deposited, last_day, silence_on, suspended, extension, claimed, deliver_by,
	escalated, attest_by, appeal_by, closed_on, law_version, calendar, trace`

// fields are the places of columns, in their order; jsonb columns go through document.
func (d *Dossier) fields(sealed *[]byte) []any {
	return []any{
		&d.ID, &d.Reference, &d.Person, sealed, &d.Lang, &d.Org, &d.Unit, &d.State, &d.Procedure, &d.Revision, &d.Seal,
		document{&d.Sheet},
		document{&d.Regime},
		document{&d.Competent},
		document{&d.Fee},
		&d.CreatedOn, &d.Requested, &d.CompleteBy, &d.Deposited, &d.LastDay, &d.SilenceOn, &d.Suspended, &d.Extension, &d.Claimed, &d.DeliverBy,
		&d.Escalated, &d.AttestBy, &d.AppealBy, &d.ClosedOn, &d.LawVersion, &d.Calendar,
		document{&d.Trace},
	}
}

// document reads and writes a Go value as jsonb.
type document struct{ v any }

func (d document) Scan(src any) error {
	switch s := src.(type) {
	case []byte:
		return json.Unmarshal(s, d.v)
	case string:
		return json.Unmarshal([]byte(s), d.v)
	}
	return fmt.Errorf("casework: jsonb column holds %T", src)
}

func (d document) value() (string, error) {
	b, err := json.Marshal(d.v)
	return string(b), err
}

const selectDossier = `SELECT ` + columns + ` FROM dossier WHERE id = $1`

const lockDossier = selectDossier + ` FOR UPDATE`

// Load reads a dossier with its pieces and requests; errs.NotFound "dossier_unknown" when the principal of tx sees none.
func Load(ctx context.Context, tx pgx.Tx, id ID) (Dossier, error) {
	return load(ctx, tx, selectDossier, id)
}

func load(ctx context.Context, tx pgx.Tx, query string, id ID) (Dossier, error) {
	var d Dossier
	var sealed []byte
	err := tx.QueryRow(ctx, query, id).Scan(d.fields(&sealed)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, errs.New(errs.NotFound, "dossier_unknown")
	}
	if err != nil {
		return d, errs.Wrap("casework: load dossier", err)
	}
	var ofPieces, ofRequests [][]byte
	if d.Pieces, ofPieces, err = pieces(ctx, tx, id); err != nil {
		return d, err
	}
	if d.Requests, ofRequests, err = requests(ctx, tx, id); err != nil {
		return d, err
	}
	return d, unsealDossier(ctx, tx, &d, sealed, ofPieces, ofRequests)
}

const selectList = `SELECT ` + columns + ` FROM dossier WHERE person = $1 ORDER BY created_on DESC, id DESC LIMIT $2`

// ByPerson lists the latest dossiers of a person, as list does.
func ByPerson(ctx context.Context, tx pgx.Tx, person string, limit int) ([]Dossier, error) {
	return list(ctx, tx, selectList, person, limit)
}

const selectInbox = `SELECT ` + columns + ` FROM dossier
	WHERE org = $1 AND unit = $2 AND state IN ('being_deposited', 'deposited', 'approved', 'silent', 'claimed', 'escalated')
	ORDER BY last_day NULLS LAST, id LIMIT $3`

// Inbox lists the open dossiers of a unit, the earliest last day first.
func Inbox(ctx context.Context, tx pgx.Tx, org, unit string, limit int) ([]Dossier, error) {
	return list(ctx, tx, selectInbox, org, unit, limit)
}

const selectGranted = `SELECT ` + columns + ` FROM dossier
	WHERE id IN (SELECT dossier FROM access_grant WHERE org = $1 AND unit = $2) ORDER BY attest_by, id LIMIT $3`

// Granted lists the dossiers that an escalation opened to a unit (art. 20).
func Granted(ctx context.Context, tx pgx.Tx, org, unit string, limit int) ([]Dossier, error) {
	return list(ctx, tx, selectGranted, org, unit, limit)
}

// list reads dossiers without pieces and requests, and opens nothing: names and answers are empty.
func list(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Dossier, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, errs.Wrap("casework: list dossiers", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Dossier, err error) {
		var sealed []byte
		err = row.Scan(d.fields(&sealed)...)
		return d, err
	})
	return out, errs.Wrap("casework: list dossiers", err)
}

const selectDraft = `SELECT id FROM dossier WHERE person = $1 AND procedure = $2 AND state = 'draft'`

// FindDraft returns the draft that the person has for a procedure; the zero ID if none.
func FindDraft(ctx context.Context, tx pgx.Tx, person, procedure string) (id ID, err error) {
	err = tx.QueryRow(ctx, selectDraft, person, procedure).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return ID{}, nil
	}
	return id, errs.Wrap("casework: find draft", err)
}

const insertDossier = `INSERT INTO dossier (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32) ON CONFLICT DO NOTHING`

const updateDossier = `UPDATE dossier SET (` + columns + `, updated_at) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, now()) WHERE id = $1`

// Insert writes a new draft; it writes nothing when the person already has one for the procedure.
func Insert(ctx context.Context, tx pgx.Tx, d Dossier) error { return write(ctx, tx, insertDossier, d) }

func update(ctx context.Context, tx pgx.Tx, d Dossier) error { return write(ctx, tx, updateDossier, d) }

func write(ctx context.Context, tx pgx.Tx, query string, d Dossier) error {
	sealed, err := seal(ctx, tx, d.Person, placeIn("dossier", d.ID.UUID().String()), sealedDossier{d.NameAr, d.NameFr, d.Answers})
	if err != nil {
		return err
	}
	args := d.fields(&sealed)
	for i, a := range args {
		if doc, ok := a.(document); ok {
			v, err := doc.value()
			if err != nil {
				return errs.Wrap("casework: write dossier", err)
			}
			args[i] = v
		}
	}
	_, err = tx.Exec(ctx, query, args...)
	return errs.Wrap("casework: write dossier", err)
}

const upsertDue = `INSERT INTO due (kind, id, org, at) VALUES ('silence', $1, $2, $3)
	ON CONFLICT (kind, id) DO UPDATE SET org = excluded.org, at = excluded.at`

const deleteDue = `DELETE FROM due WHERE kind = 'silence' AND id = $1`

// saveDue keeps the row by which the sweeper finds the dossier on the day silence takes effect.
func saveDue(ctx context.Context, tx pgx.Tx, d Dossier) error {
	if d.State != Deposited || d.SilenceOn.IsZero() {
		_, err := tx.Exec(ctx, deleteDue, d.ID)
		return errs.Wrap("casework: clear due date", err)
	}
	_, err := tx.Exec(ctx, upsertDue, d.ID, d.Org, d.SilenceOn)
	return errs.Wrap("casework: save due date", err)
}

// selectDue goes by date, so that what is not due yet is never read.
const selectDue = `SELECT id, org, at FROM due WHERE kind = 'silence' AND at <= $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4`

type dueRow struct {
	ID  ID
	Org string
	At  civil.Date
}

// due pages through what is due on a day, the longest overdue first, after the given row.
func due(ctx context.Context, tx pgx.Tx, day civil.Date, after dueRow, limit int) ([]dueRow, error) {
	rows, err := tx.Query(ctx, selectDue, day, after.At, after.ID.UUID().String(), limit)
	if err != nil {
		return nil, errs.Wrap("casework: read due dates", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r dueRow, err error) {
		err = row.Scan(&r.ID, &r.Org, &r.At)
		return r, err
	})
	return out, errs.Wrap("casework: read due dates", err)
}
