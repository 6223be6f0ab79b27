package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
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
	logged <-chan error
}

func (g *Gateway) receive(w http.ResponseWriter, r *http.Request) {
	q, err := g.authenticate(w, r)
	if err != nil {
		g.logger.Warn("message refused", "code", errs.CodeOf(err), "error", err)
		writeFault(w, fault(faultProvider, err))
		return
	}
	q.setHead(w.Header())
	resp, leave, err := q.forward(r.Context())
	if err != nil {
		g.logger.Warn("exchange refused", "code", errs.CodeOf(err), "error", err, "request", q.leaf.RequestID)
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
	if c.Client.MemberID() != member {
		return nil, errTransport.Cause(errors.New("certificate names another member than the client"))
	}
	signed, leaf, err := decode(r.Header.Get(headMessage))
	if err != nil {
		return nil, err
	}
	if c.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestBody)); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, errBodyLimit
		}
		return nil, errRequest.Cause(err)
	}
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
	if !g.replays.first(replayKey(leaf), now) {
		return nil, errReplayed
	}
	c.Purpose, c.LegalBasis, c.Procedure, c.Subject, c.Fields = leaf.Purpose, leaf.LegalBasis, leaf.Procedure, leaf.Subject, leaf.Fields
	return &received{g, c, leaf, signed, g.journal.Append(r.Context(), signed)}, nil
}

// readCall reads path and headers; the bytes of the path that were matched are the bytes that are forwarded.
func readCall(r *http.Request) (Call, error) {
	raw, query, _ := strings.Cut(r.RequestURI, "?")
	rest, ok := strings.CutPrefix(raw, "/r1/")
	if !ok {
		return Call{}, errRequest
	}
	parts := strings.SplitN(rest, "/", 6)
	if len(parts) < 5 {
		return Call{}, errRequest
	}
	service, err := directory.ParseService(strings.Join(parts[:5], "/"))
	if err != nil {
		return Call{}, errRequest.Cause(err)
	}
	c := Call{Service: service, Method: r.Method, Query: query, Header: r.Header, ID: lastOf(r, headID), Represented: lastOf(r, headRepresented)}
	if len(parts) == 6 {
		c.Path = "/" + parts[5]
	}
	if err := directory.CheckPath(c.Path); err != nil {
		return Call{}, err
	}
	if c.Client, err = directory.ParseClient(lastOf(r, headClient)); err != nil {
		return Call{}, errRequest.Cause(err)
	}
	return c, nil
}

// lastOf returns the last value of a header: of duplicates the last one wins, as the protocol says.
func lastOf(r *http.Request, name string) string {
	if v := r.Header.Values(name); len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// forward decides and passes the request to the member's own system.
func (q *received) forward(ctx context.Context) (*http.Response, func(), error) {
	g, now := q.g, q.g.clock.Now()
	agreement, err := g.trust.Load().Decide(q.call.ask(now))
	if err != nil {
		return nil, nil, err
	}
	if agreement.ID != q.leaf.Agreement {
		return nil, nil, directory.ErrNoAgreement.Cause(errors.New("the message names another agreement"))
	}
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
	v, _ := g.breakers.LoadOrStore(q.leaf.Service, &breaker{})
	b := v.(*breaker)
	if !b.allows(g.clock.Now()) {
		return nil, errBroken
	}
	url := base + q.call.Path
	if q.call.Query != "" {
		url += "?" + q.call.Query
	}
	req, err := http.NewRequestWithContext(ctx, q.call.Method, url, strings.NewReader(string(q.call.Body)))
	if err != nil {
		return nil, errRequest.Cause(err)
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
	b.report(err == nil && resp.StatusCode < 500, g.clock.Now())
	if err != nil {
		if timeout := interface{ Timeout() bool }(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil, errTimeout.Cause(err)
		}
		return nil, errUpstream.Cause(err)
	}
	return resp, nil
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

// answer passes the system's answer on: whole and checked when it fits the buffer, else streaming under a running hash.
func (q *received) answer(w http.ResponseWriter, resp *http.Response) {
	head, err := io.ReadAll(io.LimitReader(resp.Body, Buffered+1))
	if err != nil {
		q.refuse(w, errUpstream.Cause(err))
		return
	}
	whole := len(head) <= Buffered
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "application/json" && resp.StatusCode < 300 {
		if head, err = minimal(head, whole, q.leaf.Fields); err != nil {
			q.refuse(w, err)
			return
		}
	}
	for name, values := range resp.Header {
		if passesOn(name) {
			w.Header()[name] = values
		}
	}
	sum := sha256.New()
	if whole {
		sum.Write(head)
		q.finish(w, resp.StatusCode, hex.EncodeToString(sum.Sum(nil)), "", func() error { return writeBody(w, resp.StatusCode, head) })
		return
	}
	w.WriteHeader(resp.StatusCode)
	out := io.MultiWriter(w, sum)
	if _, err := out.Write(head); err == nil {
		_, err = io.Copy(out, resp.Body)
		if err == nil {
			q.finish(w, resp.StatusCode, hex.EncodeToString(sum.Sum(nil)), "", func() error { return nil })
			return
		}
	}
	q.finish(w, resp.StatusCode, digest(nil), faultProvider+"ServiceFailed.Aborted", func() error { panic(http.ErrAbortHandler) })
}

// minimal holds a JSON answer to the fields asked for and returns it in the compact form that it keeps when it is embedded in
// other JSON, so that its digest can be checked there as well. One too large to be checked is refused.
func minimal(body []byte, whole bool, fields []string) ([]byte, error) {
	if !whole {
		return nil, errBodyLimit
	}
	if err := Minimised(body, fields); err != nil {
		return nil, err
	}
	return json.Marshal(json.RawMessage(body))
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
		err = waitFor(ctx, q.logged, q.g.journal.Append(ctx, signed))
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
