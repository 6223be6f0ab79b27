package dossier

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
)

// Sealed are the tables whose personal columns stand sealed under the key of the dossier's person (kit/envelope).
var Sealed = []envelope.Table{
	{Name: "dossier", Row: "id::text", Owner: "person", Columns: []string{"name_ar", "name_fr", "answers"}},
	{Name: "piece", Row: "dossier::text || '/' || code", Owner: "person", Columns: []string{"name", "content"}},
	{Name: "request", Row: "id", Owner: "person", Columns: []string{"grounds", "answer"}},
	{Name: "paper", Row: "id::text", Owner: "person", Columns: []string{"facts"}},
}

// What each table seals: the names are those of the columns.
type (
	sealedDossier struct {
		NameAr  string            `json:"name_ar"`
		NameFr  string            `json:"name_fr"`
		Answers map[string]string `json:"answers"`
	}
	sealedPiece struct {
		Name    string          `json:"name"`
		Content json.RawMessage `json:"content"`
	}
	sealedRequest struct {
		Grounds string `json:"grounds"`
		Answer  string `json:"answer"`
	}
	sealedPaper struct {
		Facts Facts `json:"facts"`
	}
)

func placeIn(table, row string) envelope.Place {
	return envelope.Place{Table: table, Column: "sealed", Row: row}
}

func placeOfPiece(id ID, code string) envelope.Place {
	return placeIn("piece", id.UUID().String()+"/"+code)
}

// seal seals x for a place under the person's key.
func seal(ctx context.Context, tx pgx.Tx, person string, place envelope.Place, x any) ([]byte, error) {
	v, err := envelope.Of(ctx)
	if err != nil {
		return nil, errs.Wrap("casework: seal", err)
	}
	sealed, err := v.Seal(ctx, tx, person, place, x)
	return sealed, errs.Wrap("casework: seal", err)
}

// unseal opens values in one go.
func unseal(ctx context.Context, tx pgx.Tx, all ...envelope.Sealed) error {
	v, err := envelope.Of(ctx)
	if err != nil {
		return errs.Wrap("casework: open", err)
	}
	return errs.Wrap("casework: open", v.Open(ctx, tx, all...))
}

// unsealDossier opens what is sealed of a dossier, its pieces and its requests: they stand under one key.
func unsealDossier(ctx context.Context, tx pgx.Tx, d *Dossier, own []byte, ofPieces, ofRequests [][]byte) error {
	var dossier sealedDossier
	pieces, requests := make([]sealedPiece, len(d.Pieces)), make([]sealedRequest, len(d.Requests))
	all := []envelope.Sealed{{Place: placeIn("dossier", d.ID.UUID().String()), Blob: own, Into: &dossier}}
	for i, p := range d.Pieces {
		all = append(all, envelope.Sealed{Place: placeOfPiece(d.ID, p.Code), Blob: ofPieces[i], Into: &pieces[i]})
	}
	for i, r := range d.Requests {
		all = append(all, envelope.Sealed{Place: placeIn("request", r.ID), Blob: ofRequests[i], Into: &requests[i]})
	}
	if err := unseal(ctx, tx, all...); err != nil {
		return err
	}
	d.NameAr, d.NameFr, d.Answers = dossier.NameAr, dossier.NameFr, dossier.Answers
	for i, p := range pieces {
		d.Pieces[i].Name = p.Name
		if string(p.Content) != "null" {
			d.Pieces[i].Content = p.Content
		}
	}
	for i, r := range requests {
		d.Requests[i].Grounds, d.Requests[i].Answer = r.Grounds, r.Answer
	}
	return nil
}
