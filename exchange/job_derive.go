package exchange

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/exchange/gateway"
	"wasl/exchange/message"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

const deriveBatch = 500

// derive reads the gateway's journal on from where it stopped and writes the row of every exchange about a person. What a
// request wrote inline already is found done; what a killed process left is made up for.
func (b *Block) derive(ctx context.Context, g *gateway.Gateway) error {
	for {
		n, err := b.deriveSome(ctx, g)
		if err != nil || n < deriveBatch {
			return err
		}
	}
}

func (b *Block) deriveSome(ctx context.Context, g *gateway.Gateway) (n int, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		var next int64
		if err := tx.QueryRow(ctx, lockPosition).Scan(&next); err != nil {
			return err
		}
		if b.follower == nil || b.followed != uint64(next) {
			if b.follower != nil {
				b.follower.Close()
			}
			b.follower = g.Follow(uint64(next))
		}
		records, err := b.follower.Next(deriveBatch)
		b.followed = 0 // unless this transaction commits, the next one begins anew
		if err != nil {
			return err
		}
		if err := b.noteAll(ctx, tx, g, records); err != nil {
			return err
		}
		if n = len(records); n > 0 {
			next = int64(records[n-1].Seq) + 1
			if _, err := tx.Exec(ctx, movePosition, next); err != nil {
				return err
			}
		}
		b.followed = uint64(next)
		return nil
	})
	if err != nil {
		b.followed = 0
	}
	return n, pg.Err("exchange: derive", err)
}

// noteAll places the exchanges whose rows were written inline with one statement, and writes the rows of the others.
func (b *Block) noteAll(ctx context.Context, tx pgx.Tx, g *gateway.Gateway, records []gateway.Record) error {
	var asked []uuid.UUID
	var seqs []int64
	of := make([]uuid.UUID, len(records))
	for i, r := range records {
		l, err := message.ParseLeaf(r.Leaf)
		if err != nil {
			return err
		}
		if of[i], err = uuid.Parse(l.RequestID); err == nil && l.Role == message.Request {
			asked, seqs = append(asked, of[i]), append(seqs, int64(r.Seq))
		}
	}
	done, err := placeAccesses(ctx, tx, asked, seqs)
	if err != nil {
		return err
	}
	for i, r := range records {
		if !done[of[i]] {
			if err := b.note(ctx, tx, g, r.Signed, int64(r.Seq)); err != nil {
				return err
			}
		}
	}
	return nil
}

// note writes one message of the journal into its exchange's row. Messages that answer no explicit request of this block are
// other systems' of the same member; they stay in the journal only.
func (b *Block) note(ctx context.Context, tx pgx.Tx, g *gateway.Gateway, s message.Signed, seq int64) error {
	l, err := message.ParseLeaf(s.Leaf)
	if err != nil {
		return err
	}
	request, err := ids.Parse[requestKind](l.ID)
	if err != nil {
		return nil
	}
	if l.Role == message.Request {
		r, err := requestByID(ctx, tx, request)
		if errs.KindOf(err) == errs.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := AccessOf(l, r)
		if err != nil {
			return err
		}
		a.Seq = seq
		return saveAsked(ctx, tx, a, s, certificatesOf(g, s))
	}
	id, err := uuid.Parse(l.RequestID)
	if err != nil {
		return nil
	}
	ended, err := saveAnswered(ctx, tx, id, l, s, certificatesOf(g, s))
	if err != nil || !ended {
		return err
	}
	a, err := accessByID(ctx, tx, id)
	if err != nil {
		return err
	}
	_, err = audit.Record(ctx, tx, b.deps.Clock, audit.Entry{
		Act: "evidence.exchanged", Object: a.Request.String(), Org: a.Org, Subject: a.Subject,
		Detail: map[string]string{"message": a.ID.String(), "service": a.Service, "outcome": string(a.Outcome), "purpose": a.Purpose},
	})
	return err
}

func certificatesOf(g *gateway.Gateway, s message.Signed) [][]byte {
	if der, ok := g.SigningCertificate(s.Proof.Certificate); ok {
		return [][]byte{der}
	}
	return [][]byte{}
}
