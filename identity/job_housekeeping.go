package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/jobs"
	"wasl/kit/pg"
)

// sweep deletes what has expired of one table, after its retention (see the column comments), a batch at a time, so that no
// statement is long and no lock is held for long. Each table is swept by itself: one that fails does not stop the others.
type sweep struct {
	table string
	every time.Duration
	query string // $1 is now, $2 the size of a batch
}

const batch = 5000

var sweeps = []sweep{
	{"pushed", time.Minute, expired("pushed", "expires_at", `$1`, "")},
	{"replay", time.Minute, expired("replay", "expires_at", `$1`, "")},
	{"proof", time.Minute, expired("proof", "expires_at", `$1`, "")},
	{"interaction", time.Minute, expired("interaction", "expires_at", `$1`, "")},
	{"granted", time.Hour, expired("granted", "expires_at", `$1::timestamptz - interval '30 days'`, "")},
	// A grant or an interaction of a session ends less than a day after it; the condition keeps a session whose own are late.
	{"session", time.Hour, expired("session", "expires_at", `$1::timestamptz - interval '31 days'`, `WHERE NOT EXISTS
(SELECT FROM granted g WHERE g.session = old.id) AND NOT EXISTS (SELECT FROM interaction i WHERE i.session = old.id)`)},
	{"signing_key", time.Hour, expired("signing_key", "retired_at", `$1::timestamptz - interval '1 year'`, "")},
}

// expired deletes the oldest batch of rows whose column lies before a time. The order makes the index the only good plan, also
// for a table that the server has no statistics of yet.
func expired(table, column, before, unless string) string {
	return `DELETE FROM ` + table + ` WHERE ctid = ANY(ARRAY(SELECT old.ctid FROM
(SELECT t.ctid, t.* FROM ` + table + ` t WHERE t.` + column + ` < ` + before + ` ORDER BY t.` + column + ` LIMIT $2) old ` + unless + `))`
}

func (b *Block) sweep(ctx context.Context, s sweep) error {
	for {
		tag, err := b.db.Pool().Exec(ctx, s.query, b.d.Clock.Now(), batch)
		if err != nil || tag.RowsAffected() < batch {
			return pg.Err("identity: sweep "+s.table, err)
		}
	}
}

// tellLogout tells one relying party that one session is over (OpenID Connect Back-Channel Logout 1.0). It is tried for some hours:
// a relying party that is away learns it when it comes back.
type tellLogout struct {
	Session SessionID `json:"session"`
	Client  string    `json:"client"`
}

// Kind names the job.
func (tellLogout) Kind() string { return "tell_logout" }

const logoutTimeout = 10 * time.Second

// notifier posts logout tokens. A redirect is not followed: the token is for the registered address.
func notifier(rt http.RoundTripper) *http.Client {
	return &http.Client{Transport: rt, Timeout: logoutTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func (b *Block) addJobs() {
	jobs.Handle(b.jobs, b.tellLogout)
	for _, s := range sweeps {
		jobs.Every(b.jobs, "identity: "+s.table, s.every, func(ctx context.Context) error { return b.sweep(ctx, s) })
	}
	jobs.Every(b.jobs, "identity: rotate keys", time.Hour, b.keys.rotate)
}

func (b *Block) tellLogout(ctx context.Context, t tellLogout) error {
	c, err := b.client(ctx, t.Client)
	if errs.KindOf(err) == errs.NotFound || err == nil && c.LogoutURI == "" {
		return nil // it no longer wishes to be told
	}
	if err != nil {
		return err
	}
	ended := oidc.Ended{Client: t.Client}
	err = b.db.Pool().QueryRow(ctx, sessionAtParty, t.Session, t.Client).Scan(&ended.Subject, &ended.Session)
	if pg.NoRows(err) {
		return nil
	}
	if err != nil {
		return pg.Err("identity: session at a relying party", err)
	}
	token, err := b.sign(ctx, "logout+jwt", ended.LogoutToken(b.issuer, rand.Text(), b.d.Clock.Now()))
	if err != nil {
		return err
	}
	return b.postLogout(ctx, c, token)
}

func (b *Block) postLogout(ctx context.Context, c oidc.Client, token string) error {
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.LogoutURI, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.notify.Do(req)
	if err != nil {
		return fmt.Errorf("identity: tell %s of a log-out: %w", c.ID, err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return nil
	}
	return fmt.Errorf("identity: tell %s of a log-out: %w", c.ID, errors.New(resp.Status))
}
