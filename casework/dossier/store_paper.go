package dossier

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/ids"
)

type paperKind struct{}

func (paperKind) Prefix() string { return "pap" }

// PaperID identifies a legal document; it derives from the dossier and the kind, so that an act issues it once.
type PaperID = ids.ID[paperKind]

// PaperRow is a legal document with what has become of its PDF. Document is empty until the sealed file is in the locker.
type PaperRow struct {
	ID       PaperID
	Dossier  ID
	Person   string
	Kind     PaperKind
	Facts    Facts
	IssuedAt time.Time
	Seal     string
	SealKey  string
	SHA256   string
	Document string
}

const paperColumns = `id, dossier, person, kind, sealed, issued_at, seal, seal_key, sha256, document`

const insertPaper = `INSERT INTO paper (id, dossier, org, person, kind, sealed, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const selectPapers = `SELECT ` + paperColumns + ` FROM paper WHERE dossier = $1 ORDER BY n`

const selectPaper = `SELECT ` + paperColumns + ` FROM paper WHERE id = $1`

const updatePaper = `UPDATE paper SET seal = $2, seal_key = $3, sha256 = $4, document = $5 WHERE id = $1`

func (p *PaperRow) fields(sealed *[]byte) []any {
	return []any{&p.ID, &p.Dossier, &p.Person, &p.Kind, sealed, &p.IssuedAt, &p.Seal, &p.SealKey, &p.SHA256, &p.Document}
}

func savePaper(ctx context.Context, tx pgx.Tx, d Dossier, p Paper, at time.Time) (PaperID, error) {
	id := ids.Derive[paperKind](d.ID.String(), string(p.Kind))
	p.Facts.Code = ids.NewCode()
	facts, err := seal(ctx, tx, d.Person, placeOfPaper(id), sealedPaper{p.Facts})
	if err != nil {
		return id, err
	}
	_, err = tx.Exec(ctx, insertPaper, id, d.ID, d.Org, d.Person, string(p.Kind), facts, at)
	return id, errs.Wrap("casework: save paper", err)
}

// Papers reads the legal documents of a dossier, the oldest first.
func Papers(ctx context.Context, tx pgx.Tx, id ID) ([]PaperRow, error) {
	rows, err := tx.Query(ctx, selectPapers, id)
	if err != nil {
		return nil, errs.Wrap("casework: read papers", err)
	}
	var sealed [][]byte
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p PaperRow, err error) {
		var blob []byte
		err = row.Scan(p.fields(&blob)...)
		sealed = append(sealed, blob)
		return p, err
	})
	if err != nil {
		return nil, errs.Wrap("casework: read papers", err)
	}
	return out, unsealPapers(ctx, tx, out, sealed)
}

func placeOfPaper(id PaperID) envelope.Place { return placeIn("paper", id.UUID().String()) }

func unsealPapers(ctx context.Context, tx pgx.Tx, papers []PaperRow, sealed [][]byte) error {
	facts, all := make([]sealedPaper, len(papers)), make([]envelope.Sealed, len(papers))
	for i, p := range papers {
		all[i] = envelope.Sealed{Place: placeOfPaper(p.ID), Blob: sealed[i], Into: &facts[i]}
	}
	if err := unseal(ctx, tx, all...); err != nil {
		return err
	}
	for i := range papers {
		papers[i].Facts = facts[i].Facts
	}
	return nil
}

func loadPaper(ctx context.Context, tx pgx.Tx, id PaperID) (PaperRow, error) {
	var p PaperRow
	var sealed []byte
	err := tx.QueryRow(ctx, selectPaper, id).Scan(p.fields(&sealed)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, errs.New(errs.NotFound, "paper_unknown")
	}
	if err != nil {
		return p, errs.Wrap("casework: read paper", err)
	}
	papers := []PaperRow{p}
	err = unsealPapers(ctx, tx, papers, [][]byte{sealed})
	return papers[0], err
}

func markSealed(ctx context.Context, tx pgx.Tx, p PaperRow) error {
	_, err := tx.Exec(ctx, updatePaper, p.ID, p.Seal, p.SealKey, p.SHA256, p.Document)
	return errs.Wrap("casework: note seal", err)
}
