package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/signature/signatureapi"
)

// sealRevision asks for the seal of a published revision.
type sealRevision struct {
	Revision string `json:"revision"`
}

// Kind names the job.
func (sealRevision) Kind() string { return "seal_revision" }

const (
	unsealedContent = `SELECT content FROM revision WHERE id = $1 AND status = 'published' AND seal IS NULL`
	unsealed        = `SELECT id FROM revision WHERE status = 'published' AND seal IS NULL ORDER BY id LIMIT 100`
	storeSeal       = `UPDATE revision SET seal = $2, seal_key = $3, seal_cms = $4, sealed_at = $5 WHERE id = $1 AND seal IS NULL`
)

// seal has the canonical JSON of a revision sealed, so that anyone can prove
// what bound the administration on a date. Sealing twice keeps the first.
func (b *Block) seal(ctx context.Context, job sealRevision) error {
	id, err := ids.Parse[revisionKind](job.Revision)
	if err != nil {
		return errs.Wrap("catalog: seal", err)
	}
	rows, err := b.store.db.Pool().Query(ctx, unsealedContent, id)
	if err != nil {
		return errs.Wrap("catalog: seal", err)
	}
	contents, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(contents) == 0 {
		return errs.Wrap("catalog: seal", err)
	}
	seal, err := b.seals.SealBytes(ctx, signatureapi.SealRequest{
		Org: b.cfg.SealOrg, OrgName: b.cfg.SealName, Reason: "revision " + job.Revision, Key: "catalog.revision." + job.Revision,
	}, []byte(contents[0]))
	if err != nil {
		return errs.Wrap("catalog: seal", err)
	}
	return errs.Wrap("catalog: seal", b.store.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		done, err := tx.Exec(ctx, storeSeal, id, seal.ID, seal.KeyID, seal.CMS, seal.SealedAt)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		_, err = audit.Record(ctx, tx, b.deps.Clock, audit.Entry{
			Act: "revision.sealed", Object: job.Revision, Org: b.cfg.SealOrg, Detail: map[string]string{"seal": seal.ID, "sha256": seal.SHA256},
		})
		return err
	}))
}

// sealAll seals what a lost job left unsealed.
func (b *Block) sealAll(ctx context.Context) error {
	rows, err := b.store.db.Pool().Query(ctx, unsealed)
	if err != nil {
		return errs.Wrap("catalog: unsealed", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[revisionID])
	if err != nil {
		return errs.Wrap("catalog: unsealed", err)
	}
	for _, id := range all {
		if err := b.seal(ctx, sealRevision{id.String()}); err != nil {
			return err
		}
	}
	return nil
}
