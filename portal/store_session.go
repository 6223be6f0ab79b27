package portal

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/portal/rp"
)

// signin is a sign-in that was begun in one browser.
type signin struct {
	State, Nonce, Verifier string
	Browser                string
	Return, Lang           string
}

const (
	insertSignin = `
INSERT INTO signin (state, browser, nonce, verifier, return_path, lang, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	takeSignin = `
DELETE FROM signin WHERE state = $1 AND browser = $2 AND expires_at >= $3 RETURNING nonce, verifier, return_path, lang`

	insertSession = `
INSERT INTO session (secret, id, subject, sealed, acr, amr, choice, created_at, seen_at, sid)
VALUES ($1, $2, $3, $4, $5, $6, '', $7, $7, $8)`
	sessionBySecret = `
SELECT id, subject, sealed, acr, amr, choice, created_at, seen_at FROM session WHERE secret = $1`
	touchSession  = `UPDATE session SET seen_at = $2 WHERE secret = $1`
	chooseSession = `UPDATE session SET choice = $2 WHERE secret = $1`
	deleteSession = `DELETE FROM session WHERE secret = $1`
	// With a session's name that one session, else all of a person that began before the time.
	deleteEnded = `
DELETE FROM session WHERE CASE WHEN $1 <> '' THEN sid = $1 AND (subject = $2 OR $2 = '') ELSE subject = $2 AND created_at <= $3 END
RETURNING id, subject`
	sweepIdle     = `DELETE FROM session WHERE ctid = ANY(ARRAY(SELECT ctid FROM session WHERE seen_at < $1 ORDER BY seen_at LIMIT $2))`
	sweepSessions = `DELETE FROM session WHERE ctid = ANY(ARRAY(SELECT ctid FROM session WHERE created_at < $1 ORDER BY created_at LIMIT $2))`
	sweepSignins  = `DELETE FROM signin WHERE ctid = ANY(ARRAY(SELECT ctid FROM signin WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))`
)

// sealedTables are the tables whose personal columns stand sealed under the key of the session's person (kit/envelope).
var sealedTables = []envelope.Table{{Name: "session", Row: "id::text", Owner: "subject", Columns: []string{"name_ar", "name_fr", "id_token"}}}

type sealedSession struct {
	NameAr  string `json:"name_ar"`
	NameFr  string `json:"name_fr"`
	IDToken string `json:"id_token"`
}

func placeOfSession(s Session) envelope.Place {
	return envelope.Place{Table: "session", Column: "sealed", Row: s.ID.UUID().String()}
}

const signinLife = 10 * time.Minute

func (b *Block) saveSignin(ctx context.Context, s signin, now time.Time) error {
	_, err := b.db.Pool().Exec(ctx, insertSignin, digest(s.State), digest(s.Browser), s.Nonce, s.Verifier, s.Return, s.Lang, now.Add(signinLife))
	return pg.Err("portal: save sign-in", err)
}

// takeSignin returns a sign-in once, to the browser that began it: another
// browser with the same link would be signed in as somebody else.
func (b *Block) takeSignin(ctx context.Context, state, browser string, now time.Time) (signin, error) {
	s := signin{State: state, Browser: browser}
	err := b.db.Pool().QueryRow(ctx, takeSignin, digest(state), digest(browser), now).Scan(&s.Nonce, &s.Verifier, &s.Return, &s.Lang)
	if pg.NoRows(err) {
		return s, errs.New(errs.Gone, "signin_gone")
	}
	return s, pg.Err("portal: take sign-in", err)
}

// openSession saves a session in place of the browser's former one.
func (b *Block) openSession(ctx context.Context, cookie, former string, s Session) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteSession, digest(former)); err != nil {
			return pg.Err("portal: replace session", err)
		}
		sealed, err := b.vault.Seal(ctx, tx, s.Subject, placeOfSession(s), sealedSession{s.NameAr, s.NameFr, s.IDToken})
		if err != nil {
			return errs.Wrap("portal: seal session", err)
		}
		_, err = tx.Exec(ctx, insertSession, digest(cookie), s.ID, s.Subject, sealed, s.ACR, s.AMR, s.CreatedAt, s.SID)
		if err != nil {
			return pg.Err("portal: open session", err)
		}
		_, err = audit.Record(ctx, tx, b.d.Clock, audit.Entry{
			Act: "session.opened", Object: s.ID.String(), Subject: s.Subject, Detail: map[string]string{"acr": s.ACR},
		})
		return err
	})
}

// session returns the session of a cookie; ok is false when it is over.
func (b *Block) session(ctx context.Context, cookie string, now time.Time) (s Session, ok bool, err error) {
	if err := b.vault.Unlock(ctx); err != nil {
		return Session{}, false, errs.Wrap("portal: open session", err)
	}
	var sealed []byte
	err = b.db.Pool().QueryRow(ctx, sessionBySecret, digest(cookie)).Scan(
		&s.ID, &s.Subject, &sealed, &s.ACR, &s.AMR, &s.Choice, &s.CreatedAt, &s.SeenAt)
	if pg.NoRows(err) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, pg.Err("portal: read session", err)
	}
	if s.Ended(now) {
		return Session{}, false, nil
	}
	var about sealedSession
	if err := b.vault.Open(ctx, b.db.Pool(), envelope.Sealed{Place: placeOfSession(s), Blob: sealed, Into: &about}); err != nil {
		return Session{}, false, errs.Wrap("portal: open session", err)
	}
	s.NameAr, s.NameFr, s.IDToken = about.NameAr, about.NameFr, about.IDToken
	if s.Stale(now) {
		if _, err := b.db.Pool().Exec(ctx, touchSession, digest(cookie), now); err != nil {
			return s, true, pg.Err("portal: touch session", err)
		}
	}
	return s, true, nil
}

func (b *Block) choose(ctx context.Context, cookie, choice string) error {
	_, err := b.db.Pool().Exec(ctx, chooseSession, digest(cookie), choice)
	return pg.Err("portal: choose appointment", err)
}

func (b *Block) closeSession(ctx context.Context, cookie string, s Session) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteSession, digest(cookie)); err != nil {
			return pg.Err("portal: close session", err)
		}
		_, err := audit.Record(ctx, tx, b.d.Clock, audit.Entry{Act: "session.closed", Object: s.ID.String(), Subject: s.Subject})
		return err
	})
}

// closeEnded closes the sessions that identity says are over.
func (b *Block) closeEnded(ctx context.Context, l rp.Logout) error {
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, deleteEnded, l.Session, l.Subject, l.At)
		if err != nil {
			return pg.Err("portal: close ended sessions", err)
		}
		ended, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Session, err error) {
			err = row.Scan(&s.ID, &s.Subject)
			return s, err
		})
		if err != nil {
			return pg.Err("portal: close ended sessions", err)
		}
		for _, s := range ended {
			entry := audit.Entry{Act: "session.closed", Object: s.ID.String(), Subject: s.Subject, Detail: map[string]string{"by": "identity"}}
			if _, err := audit.Record(ctx, tx, b.d.Clock, entry); err != nil {
				return err
			}
		}
		return nil
	})
}

// batch is how many rows one statement of a sweep deletes.
const batch = 1000

// sweep forgets sessions that are over and sign-ins that nobody finished. One that fails does not stop the rest.
func (b *Block) sweep(ctx context.Context, now time.Time) error {
	return errors.Join(
		b.sweepOld(ctx, sweepIdle, now.Add(-IdleLimit)),
		b.sweepOld(ctx, sweepSessions, now.Add(-AbsoluteLimit)),
		b.sweepOld(ctx, sweepSignins, now),
	)
}

func (b *Block) sweepOld(ctx context.Context, query string, before time.Time) error {
	for {
		tag, err := b.db.Pool().Exec(ctx, query, before, batch)
		if err != nil || tag.RowsAffected() < batch {
			return pg.Err("portal: sweep", err)
		}
	}
}
