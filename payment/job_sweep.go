package payment

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

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/payment/est3dgate"
)

const (
	patience = 20 * time.Second   // before asking about an answer or callback
	pursuit  = 7 * 24 * time.Hour // for how long to ask
)

// expireOrders writes down what has expired. Nothing waits for it: Order.At
// says the same without it.
func (b *Block) expireOrders(ctx context.Context) error {
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		n, err := expire(ctx, tx, b.deps.Clock.Now())
		if n > 0 {
			b.log.InfoContext(ctx, "payment: orders expired", "n", n)
		}
		return err
	})
}

// askBank repairs what got lost on the way, where the acquirer has a merchant
// service: a callback that never came, or an answer that never arrived, which
// leaves an amount held and not taken.
func (b *Block) askBank(ctx context.Context) error {
	if b.cfg.CenterURL == "" || !b.cfg.cards() {
		return nil
	}
	return errors.Join(b.askUnanswered(ctx), b.askUncaptured(ctx))
}

func (b *Block) askUnanswered(ctx context.Context) error {
	var numbers []string
	now := b.deps.Clock.Now()
	err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		numbers, err = takeUnanswered(ctx, tx, now.Add(-patience), now, now.Add(-pursuit))
		return err
	})
	for _, number := range numbers {
		err = errors.Join(err, b.findLost(ctx, number))
	}
	return err
}

// findLost settles what a lost callback would have, by the same rule.
func (b *Block) findLost(ctx context.Context, number string) error {
	reply, err := b.ask(ctx, est3dgate.Status, number)
	if err != nil || !reply.Held {
		return err
	}
	answer, err := b.settle(ctx, reply.Notice)
	if err != nil || answer != est3dgate.PostAuth {
		return err
	}
	return b.captureLate(ctx, number)
}

func (b *Block) askUncaptured(ctx context.Context) error {
	var orders []Order
	now := b.deps.Clock.Now()
	err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		orders, err = uncaptured(ctx, tx, now.Add(-patience), now.Add(-pursuit))
		return err
	})
	for _, o := range orders {
		err = errors.Join(err, b.captureLate(ctx, o.Attempt))
	}
	return err
}

// captureLate has the bank take what it holds, if it has not yet, and notes
// its confirmation.
func (b *Block) captureLate(ctx context.Context, number string) error {
	reply, err := b.ask(ctx, est3dgate.Status, number)
	if err == nil && reply.Held && !reply.Captured {
		reply, err = b.ask(ctx, est3dgate.Capture, number)
	}
	if err != nil || !reply.Captured {
		return err
	}
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		o, err := lockOrderOfAttempt(ctx, tx, number)
		if err != nil || o.State != Authorised || o.Attempt != number {
			return err
		}
		o.State = Captured
		if err := saveState(ctx, tx, o); err != nil {
			return err
		}
		return b.record(ctx, tx, o, "payment.captured", map[string]string{"attempt": number})
	})
}

// ask puts a signed question to the merchant service.
func (b *Block) ask(ctx context.Context, op est3dgate.Operation, number string) (est3dgate.Reply, error) {
	nonce := rand.Text()
	form := est3dgate.Question(op, b.cfg.ClientID, number, nonce, b.cfg.StoreKey)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.cfg.CenterURL, strings.NewReader(form.Encode()))
	if err != nil {
		return est3dgate.Reply{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.bank.Do(req)
	if err != nil {
		return est3dgate.Reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxCallback))
	if err != nil || res.StatusCode != http.StatusOK {
		return est3dgate.Reply{}, errors.Join(err, fmt.Errorf("payment: merchant service answered %d", res.StatusCode))
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return est3dgate.Reply{}, est3dgate.ErrMalformed
	}
	return est3dgate.ParseReply(values, b.cfg.ClientID, number, nonce, b.cfg.StoreKey)
}
