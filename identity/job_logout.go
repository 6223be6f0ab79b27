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
	jobs.Every(b.jobs, "identity: months of the history", time.Hour, b.cutHistory)
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
