package identity

import (
	"context"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/pg"
	"wasl/kit/strictjson"
)

const maxAnswer = 32 << 10

// cardAnswer takes the connector's answer and gives it a ticket, with which it sends the browser back. What came of the answer is
// told to the person on the return page; the connector only learns that it arrived.
func (b *Block) cardAnswer(w http.ResponseWriter, r *http.Request) {
	t, err := b.readAnswer(w, r)
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, cardproto.Receipt{Ticket: t})
}

func (b *Block) readAnswer(w http.ResponseWriter, r *http.Request) (string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil {
		return "", errs.New(errs.Invalid, "request_invalid").Cause(err)
	}
	var a cardproto.Answer
	if err := strictjson.Unmarshal(body, &a); err != nil {
		return "", errs.New(errs.Invalid, "request_invalid") // the cause could repeat what was sent
	}
	return b.takeAnswer(r.Context(), a)
}

// takeAnswer decides what an answer proves. Only a card whose signature holds leaves a row; everybody else leaves a count.
func (b *Block) takeAnswer(ctx context.Context, a cardproto.Answer) (string, error) {
	v, err := b.vault.unlock(ctx)
	if err != nil {
		return "", err
	}
	now := b.d.Clock.Now()
	asked, ok := readChallenge(v.find, a.Nonce)
	if !ok || now.After(asked.Until) {
		return "", errs.New(errs.Gone, "nonce_gone")
	}
	fingerprint, reason := b.anchors.Verify(a, b.issuer, now)
	var c CardID
	var p PersonID
	if reason == card.None {
		if c, p, reason, err = b.findCard(ctx, fingerprint); err != nil {
			return "", err
		}
	}
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return b.saveAnswer(ctx, tx, a.Nonce, asked, p, c, reason)
	})
	return ticket{Nonce: a.Nonce, Reason: reason}.sign(v.find), err
}

func (b *Block) saveAnswer(ctx context.Context, tx pgx.Tx, nonce string, asked challenge, p PersonID, c CardID, reason card.Reason) error {
	now, i := b.d.Clock.Now(), Interaction{}
	if !asked.Interaction.IsZero() {
		var err error
		if i, err = b.awaiting(ctx, tx, asked.Interaction); err == nil {
			err = i.open(now)
		}
		if err == nil {
			err = i.mayTry()
		}
		if err == nil && reason != card.None {
			err = b.saveOutcome(ctx, tx, i.ID, reason)
		}
		if err != nil {
			return err
		}
	}
	if p.IsZero() {
		return b.count(ctx, tx, tallyUnproven, now)
	}
	if err := b.saveProof(ctx, tx, nonce, p, c, reason, asked.Until.Add(nonceLife)); err != nil || reason == card.None {
		return err // recorded when the browser comes back and the log-in is complete
	}
	if err := b.saveLogin(ctx, tx, p, i.Client, string(reason), byCard, "", nil, now); err != nil {
		return err
	}
	return b.record(ctx, tx, "login.failed", c.String(), "", map[string]string{"client": i.Client, "reason": string(reason)})
}
