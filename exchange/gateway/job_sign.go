package gateway

import (
	"context"
	"time"

	"wasl/exchange/message"
)

// signing asks for the proof of one leaf.
type signing struct {
	leaf  []byte
	hash  []byte
	reply chan signed
}

type signed struct {
	message message.Signed
	err     error
}

// sign returns the leaf with its proof in the next batch.
func (g *Gateway) sign(ctx context.Context, l message.Leaf) (message.Signed, error) {
	b, err := l.Bytes()
	if err != nil {
		return message.Signed{}, err
	}
	s := signing{b, message.Hash(b), make(chan signed, 1)}
	select {
	case g.signings <- s:
	case <-ctx.Done():
		return message.Signed{}, ctx.Err()
	case <-g.abandon:
		return message.Signed{}, errLog
	}
	select {
	case r := <-s.reply:
		return r.message, r.err
	case <-ctx.Done():
		return message.Signed{}, ctx.Err()
	case <-g.abandon:
		return message.Signed{}, errLog
	}
}

// signBatches gathers leaves and signs each batch once. A gateway whose last batch held one message signs the next at once;
// a busy one waits a few milliseconds, which is less than the signatures that it saves.
func (g *Gateway) signBatches() {
	busy := false
	for {
		select {
		case s := <-g.signings:
			batch := g.gather(s, busy)
			busy = len(batch) > 1
			g.signBatch(batch)
		case <-g.abandon:
			return
		}
	}
}

func (g *Gateway) gather(first signing, busy bool) []signing {
	batch := []signing{first}
	var until <-chan time.Time
	if busy {
		t := time.NewTimer(window)
		defer t.Stop()
		until = t.C
	}
	for len(batch) < message.MaxBatch {
		if until == nil {
			select {
			case s := <-g.signings:
				batch = append(batch, s)
				continue
			default:
				return batch
			}
		}
		select {
		case s := <-g.signings:
			batch = append(batch, s)
		case <-until:
			return batch
		}
	}
	return batch
}

func (g *Gateway) signBatch(batch []signing) {
	hashes := make([][]byte, len(batch))
	for i, s := range batch {
		hashes[i] = s.hash
	}
	id := g.identity.Load()
	proofs, err := message.SignBatch(id.signingKey, id.signingPrint, hashes)
	for i, s := range batch {
		if err != nil {
			s.reply <- signed{err: err}
			continue
		}
		s.reply <- signed{message: message.Signed{Leaf: s.leaf, Proof: proofs[i]}}
	}
}
