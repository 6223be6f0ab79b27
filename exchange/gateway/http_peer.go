package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
	"wasl/kit/errs"
)

// Peers answers other gateways, in front of this member's systems.
func (g *Gateway) Peers() http.Handler { return http.HandlerFunc(g.receive) }

// received is a request that was authenticated: from here on every answer is signed and logged.
type received struct {
	g      *Gateway
	call   Call
	leaf   message.Leaf
	signed message.Signed
	logged <-chan error // nil once it was read
	failed error        // what it said

	contents []directory.Content // what the agreement covers whole
}

func (g *Gateway) receive(w http.ResponseWriter, r *http.Request) {
	q, err := g.authenticate(w, r)
	if err != nil {
		g.logger.Info("message refused", "member", memberIn(peerCertificates(r)), "code", errs.CodeOf(err), "error", err)
		writeFault(w, fault(faultProvider, err))
		return
	}
	q.setHead(w.Header())
	resp, leave, err := q.forward(r.Context())
	if err != nil {
		g.logger.Info("exchange refused", "client", q.leaf.Client, "code", errs.CodeOf(err), "error", err, "request", q.leaf.RequestID)
		q.refuse(w, err)
		return
	}
	defer leave()
	defer resp.Body.Close()
	q.answer(w, resp)
}

// authenticate accepts a message once: from the member whose certificate the connection proved, signed by it, fresh, new,
// and exactly what its leaf states.
func (g *Gateway) authenticate(w http.ResponseWriter, r *http.Request) (*received, error) {
	if err := g.Ready(); err != nil {
		return nil, err
	}
	now, t := g.clock.Now(), g.trust.Load()
	if err := t.current(now); err != nil {
		return nil, err
	}
	if r.TLS == nil {
		return nil, errTransport
	}
	member, err := t.peer(r.TLS.PeerCertificates, now) // again: connections outlive certificates and directories
	if err != nil {
		return nil, err
	}
	c, err := readCall(r)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(sameSpelling(r, c), checkRequestID(r.Header.Get(headRequestID))); err != nil {
		return nil, err
	}
	if c.Client.MemberID() != member {
		return nil, errTransport.Cause(errors.New("certificate names another member than the client"))
	}
	signed, leaf, err := decode(r.Header.Get(headMessage))
	if err != nil {
		return nil, err
	}
	if c.Body, err = readBody(w, r); err != nil {
		return nil, err
	}
	now = g.clock.Now() // a body may have taken its time: what was fresh when it began may be forgotten by now
	requestHash := message.RequestHash(message.HeadDigest(r.Method, r.RequestURI, r.Header), c.Body)
	if err := describes(leaf, c, r.Header.Get(headRequestID), requestHash); err != nil {
		return nil, err
	}
	if err := t.authentic(signed, member, now, &g.roots); err != nil {
		return nil, err
	}
	if err := fresh(leaf, now); err != nil {
		return nil, err
	}
	c.Purpose, c.LegalBasis, c.Procedure, c.Subject, c.Fields = leaf.Purpose, leaf.LegalBasis, leaf.Procedure, leaf.Subject, leaf.Fields
	if err := checkTerms(c); err != nil {
		return nil, err
	}
	if err := g.replays.first(leaf, now); err != nil {
		return nil, err
	}
	return &received{g: g, call: c, leaf: leaf, signed: signed, logged: g.journal.Append(context.WithoutCancel(r.Context()), signed)}, nil
}

// forward decides and passes the request to the member's own system.
func (q *received) forward(ctx context.Context) (*http.Response, func(), error) {
	g, now := q.g, q.g.clock.Now()
	ask := q.call.ask(now)
	if ask.Agreement = q.leaf.Agreement; ask.Agreement == "" {
		return nil, nil, directory.ErrNoAgreement.Cause(errors.New("the message names no agreement"))
	}
	agreement, err := g.trust.Load().Decide(ask)
	if err != nil {
		return nil, nil, err
	}
	q.contents = agreement.Contents
	base, ok := g.config.Services[q.call.Service.Subsystem+"/"+q.call.Service.Code]
	if !ok || q.call.Service.MemberID() != g.config.Member.MemberID() {
		return nil, nil, directory.ErrUnknownService
	}
	limit := g.config.Concurrent
	if agreement.Concurrent > 0 {
		limit = min(limit, agreement.Concurrent)
	}
	leave, ok := g.turnstiles.enter(q.leaf.Client+" "+q.leaf.Service, limit)
	if !ok {
		return nil, nil, errBusy
	}
	// Nothing is asked of the member's system that is not in the journal: after a crash it would be carried out a second time.
	if err := q.inJournal(ctx); err != nil {
		leave()
		return nil, nil, err
	}
	resp, err := q.toSystem(ctx, base)
	if err != nil {
		leave()
		return nil, nil, err
	}
	return resp, leave, nil
}

// toSystem calls the member's system, unless it failed too often a moment ago.
func (q *received) toSystem(ctx context.Context, base string) (*http.Response, error) {
	g := q.g
	v, _ := g.breakers.LoadOrStore(q.leaf.Client+" "+q.leaf.Service, &breaker{}) // one consumer's requests close it to no other
	b := v.(*breaker)
	if !b.allows(g.clock.Now()) {
		return nil, errBroken
	}
	address := base + q.call.Path
	if q.call.Query != "" {
		address += "?" + q.call.Query
	}
	req, err := http.NewRequestWithContext(ctx, q.call.Method, address, bytes.NewReader(q.call.Body))
	if err != nil {
		return nil, errRequest.Cause(nameless(err))
	}
	for name, values := range q.call.Header {
		if passesOn(name) {
			req.Header[name] = values
		}
	}
	for name, value := range map[string]string{
		headClient: q.leaf.Client, headID: q.leaf.ID, headRequestID: q.leaf.RequestID, headRepresented: q.leaf.Represented,
		headPurpose: q.leaf.Purpose, headBasis: q.leaf.LegalBasis, headFields: strings.Join(q.leaf.Fields, ","), headProcedure: q.leaf.Procedure,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := g.toSystems.Do(req)
	if ctx.Err() == nil { // a consumer that left says nothing of the service
		b.report(err == nil && resp.StatusCode < 500, g.clock.Now())
	}
	if err != nil {
		if timeout := interface{ Timeout() bool }(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil, errTimeout.Cause(nameless(err))
		}
		return nil, errUpstream.Cause(nameless(err))
	}
	return resp, nil
}

// nameless takes the address out of an error before it is logged: path and query may name a person.
func nameless(err error) error {
	if u := new(url.Error); errors.As(err, &u) {
		return u.Err
	}
	return err
}

// setHead writes the headers that every signed answer carries, over whatever the system sent.
func (q *received) setHead(h http.Header) {
	h.Set("Trailer", headMessage)
	h.Set(headClient, q.leaf.Client)
	h.Set(headService, q.leaf.Service)
	h.Set(headID, q.leaf.ID)
	h.Set(headRequestID, q.leaf.RequestID)
	h.Set(headRequestHash, q.leaf.RequestHash)
}

// answer passes the system's answer on: whole and checked when it fits the buffer, else streaming under a running hash. The bytes
// of a body that passes are the system's own.
func (q *received) answer(w http.ResponseWriter, resp *http.Response) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, Buffered+1))
	if err != nil {
		q.refuse(w, errUpstream.Cause(err))
		return
	}
	buffered := len(body) <= Buffered
	kind, err := shapeOf(resp.StatusCode, resp.Header, len(body) == 0, q.contents)
	switch {
	case err != nil:
	case kind == fields && !buffered:
		err = errBodyLimit
	case kind == fields:
		err = Minimised(body, q.leaf.Fields)
	case kind == whole:
		err = looksLike(body, contentType(kind, resp.Header.Get("Content-Type")))
	case kind == problem && resp.StatusCode == http.StatusNotModified:
		body, buffered = nil, true
	case kind == problem:
		body, buffered = problemBody(resp.StatusCode), true
	}
	if err != nil {
		q.refuse(w, err)
		return
	}
	w.Header()["Content-Type"] = nil // rather none than one that the server guesses
	if said := contentType(kind, resp.Header.Get("Content-Type")); said != "" {
		w.Header().Set("Content-Type", said)
	}
	if buffered {
		q.finish(w, resp.StatusCode, digest(body), "", func() error { return writeBody(w, resp.StatusCode, body) })
		return
	}
	w.WriteHeader(resp.StatusCode)
	sum := sha256.New()
	out := io.MultiWriter(w, sum)
	if _, err := out.Write(body); err == nil {
		_, err = io.Copy(out, resp.Body)
		if err == nil {
			q.finish(w, resp.StatusCode, hex.EncodeToString(sum.Sum(nil)), "", func() error { return nil })
			return
		}
	}
	q.finish(w, resp.StatusCode, digest(nil), faultProvider+"ServiceFailed.Aborted", func() error { panic(http.ErrAbortHandler) })
}

// problemBody says a refusal of the member's system by its status alone (RFC 9457).
func problemBody(status int) []byte {
	body, _ := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title,omitempty"`
		Status int    `json:"status"`
	}{"about:blank", http.StatusText(status), status})
	return body
}

func writeBody(w http.ResponseWriter, status int, body []byte) error {
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// refuse answers an authentic request with a fault; the refusal is evidence as well.
func (q *received) refuse(w http.ResponseWriter, err error) {
	f := fault(faultProvider, err)
	body, _ := json.Marshal(f)
	w.Header().Set(headError, f.Type)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	q.finish(w, f.Status(), digest(body), f.Type, func() error { return writeBody(w, f.Status(), body) })
}

// finish signs the answer, waits until both messages are in the journal, and only then lets its last bytes go.
func (q *received) finish(w http.ResponseWriter, status int, body, kind string, send func() error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	signed, err := q.g.sign(ctx, responseLeaf(q.signed, q.leaf, status, body, kind, q.g.clock.Now()))
	if err == nil {
		answered := q.g.journal.Append(ctx, signed)
		err = errors.Join(q.inJournal(ctx), waitFor(ctx, answered))
	}
	wire, encodeErr := encode(signed)
	if err = errors.Join(err, encodeErr); err != nil {
		q.g.logger.Error("answer held back: message log unavailable", "error", err, "request", q.leaf.RequestID)
		panic(http.ErrAbortHandler)
	}
	if err := send(); err != nil {
		q.g.logger.Info("consumer left before the answer", "error", err)
	}
	w.Header().Set(headMessage, wire)
}

// inJournal waits until the request is on the disk, whether or not the consumer has left.
func (q *received) inJournal(ctx context.Context) error {
	if q.logged != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		q.failed, q.logged = waitFor(ctx, q.logged), nil
	}
	return q.failed
}

// waitFor returns once every journal entry is on the disk.
func waitFor(ctx context.Context, entries ...<-chan error) error {
	for _, done := range entries {
		select {
		case err := <-done:
			if err != nil {
				return errLog.Cause(err)
			}
		case <-ctx.Done():
			return errLog.Cause(ctx.Err())
		}
	}
	return nil
}

// writeFault answers what could not be authenticated: not signed, since it proves nothing.
func writeFault(w http.ResponseWriter, f *Fault) {
	body, err := json.Marshal(f)
	if err != nil {
		body = fmt.Appendf(nil, `{"type":%q}`, f.Type)
	}
	w.Header().Set(headError, f.Type)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeBody(w, f.Status(), body)
}
