package locker

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/pg"
)

const shareColumns = `id, document, owner, at, expires, max_uses, uses, revoked, sealed`

const (
	insertShare = `
INSERT INTO share (` + shareColumns + `, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectShares  = `SELECT ` + shareColumns + ` FROM share WHERE document = $1 ORDER BY at DESC`
	selectByToken = `SELECT ` + shareColumns + ` FROM share WHERE token_hash = $1`
	lockByToken   = selectByToken + ` FOR UPDATE`
	countUse      = `UPDATE share SET uses = uses + 1 WHERE id = $1`
	revokeShare   = `UPDATE share SET revoked = $3 WHERE id = $1 AND document = $2 AND revoked IS NULL`
)

// shareRow is a share as it stands: its words sealed.
type shareRow struct {
	Share
	blob []byte
}

func scanShare(row pgx.CollectableRow) (s shareRow, err error) {
	err = row.Scan(&s.ID, &s.Document, &s.Owner, &s.At, &s.Expires, &s.MaxUses, &s.Uses, &s.Revoked, &s.blob)
	return s, err
}

// share keeps a new share on behalf of the document's holder.
func (s *store) share(ctx context.Context, n Share, tokenHash []byte) error {
	err := s.db.Tx(ctx, pg.Person(n.Owner), func(ctx context.Context, tx pgx.Tx) error {
		blob, err := s.vault.Seal(ctx, tx, n.Owner, placeOfShare(n.ID), sealedShare{n.Recipient, n.Purpose})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertShare, n.ID, n.Document, n.Owner, n.At, n.Expires, n.MaxUses, n.Uses, n.Revoked, blob, tokenHash)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, n.activity(ActShared, ByHolder), "document.shared")
	})
	return pg.Err("locker: share", err)
}

// activity describes an act upon the share's document.
func (s Share) activity(act, by string) Activity {
	return Activity{Document: s.Document, Owner: s.Owner, Act: act, By: by, Share: s.ID}
}

// shares returns the shares of a person's document, newest first.
func (s *store) shares(ctx context.Context, owner string, id DocumentID) (all []Share, err error) {
	err = s.db.Tx(ctx, pg.Person(owner), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, selectShares, id)
		found, err := pgx.CollectRows(rows, scanShare)
		if err == nil {
			all, err = s.openShares(ctx, tx, found)
		}
		return err
	})
	return all, pg.Err("locker: shares", err)
}

// revoke ends a share of a person's document; ending it twice is no error.
func (s *store) revoke(ctx context.Context, owner string, document DocumentID, share ShareID, now time.Time) error {
	err := s.db.Tx(ctx, pg.Person(owner), func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, revokeShare, share, document, now)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return s.record(ctx, tx, Activity{Document: document, Owner: owner, Act: ActRevoked, By: ByHolder, Share: share}, "share.revoked")
	})
	return pg.Err("locker: revoke share", err)
}

// use opens a share by its token: the page, or with download its document, which counts. What is not allowed is recorded too, and
// the share is returned beside the refusal. An unknown token is not_found.
func (s *store) use(ctx context.Context, link string, download bool) (sh Share, d Document, refusal error, err error) {
	hash := HashToken(link)
	if hash == nil {
		return sh, d, nil, errs.New(errs.NotFound, "share_unknown")
	}
	err = s.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, lockByToken, hash)
		row, err := pgx.CollectExactlyOneRow(rows, scanShare)
		if err != nil {
			return err
		}
		opened, err := s.openShares(ctx, tx, []shareRow{row})
		if err != nil {
			return err
		}
		sh = opened[0]
		if d, err = s.oneIn(ctx, tx, selectDocument, sh.Document); err != nil {
			return err
		}
		act, name := ActViewed, "share.viewed"
		state := sh.State(s.clock.Now())
		if state == UsedUp && !download {
			state = Active // the page still says what was shared, and that nothing is left
		}
		if refusal = state.Refusal(); refusal != nil {
			return s.record(ctx, tx, sh.activity(ActRefused, ByRecipient), "share.refused")
		}
		if download {
			act, name = ActDownloaded, "share.downloaded"
			if _, err := tx.Exec(ctx, countUse, sh.ID); err != nil {
				return err
			}
			sh.Uses++
		}
		return s.record(ctx, tx, sh.activity(act, ByRecipient), name)
	})
	if pg.NoRows(err) {
		return sh, d, nil, errs.New(errs.NotFound, "share_unknown")
	}
	return sh, d, refusal, pg.Err("locker: use share", err)
}
