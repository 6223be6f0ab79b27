package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"wasl/exchange/directory"
	"wasl/exchange/message"
)

// Answer is a service's answer on its way. Read Body to io.EOF: only then is it proven and logged; an error before means
// that nothing read so far may be used.
type Answer struct {
	Status    int
	Header    http.Header
	Body      io.ReadCloser
	RequestID string
	request   message.Signed
	response  message.Signed
}

// Evidence returns what both gateways signed; complete once Body was read to its end.
func (a *Answer) Evidence() Evidence { return Evidence{a.request, a.response} }

// Exchange is a whole exchange: the answer, read and proven.
type Exchange struct {
	Status    int
	Header    http.Header
	Body      []byte
	RequestID string
	Evidence  Evidence
}

// Send carries out an exchange and returns its answer once it is proven and in this gateway's journal. The answer is bounded
// by limit bytes. A refusal or failure comes as *Fault; its evidence, as far as it exists, comes with it.
func (g *Gateway) Send(ctx context.Context, c Call, limit int64) (*Exchange, error) {
	a, err := g.Do(ctx, c)
	if err != nil {
		return &Exchange{RequestID: requestIDOf(a), Evidence: evidenceOf(a)}, err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.LimitReader(a.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = errBodyLimit
	}
	x := &Exchange{Status: a.Status, Header: a.Header, Body: body, RequestID: a.RequestID, Evidence: a.Evidence()}
	if err != nil {
		x.Body = nil
		return x, fault(faultConsumer, err)
	}
	return x, nil
}

func requestIDOf(a *Answer) string {
	if a == nil {
		return ""
	}
	return a.RequestID
}

func evidenceOf(a *Answer) Evidence {
	if a == nil {
		return Evidence{}
	}
	return a.Evidence()
}

// Do decides, signs and sends a call, and returns the answer as it begins.
func (g *Gateway) Do(ctx context.Context, c Call) (*Answer, error) {
	if err := g.Ready(); err != nil {
		return nil, fault(faultConsumer, err)
	}
	now, t := g.clock.Now(), g.trust.Load()
	if c.Client.MemberID() != g.config.Member.MemberID() {
		return nil, fault(faultConsumer, directory.ErrUnknownMember)
	}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	if len(c.Body) > MaxRequestBody {
		return nil, fault(faultConsumer, errBodyLimit)
	}
	if err := checkTerms(c); err != nil {
		return nil, fault(faultConsumer, err)
	}
	agreement, err := t.Decide(c.ask(now))
	if err != nil {
		return nil, fault(faultConsumer, err)
	}
	provider, ok := t.Member(c.Service.ClientID)
	if !ok {
		return nil, fault(faultConsumer, directory.ErrUnknownService)
	}
	a := &Answer{RequestID: uuid.NewString()}
	req, err := c.request(ctx, provider.ID, a.RequestID)
	if err != nil {
		return nil, fault(faultConsumer, err)
	}
	leaf := requestLeaf(c, a.RequestID, message.RequestHash(message.HeadDigest(req.Method, req.URL.RequestURI(), req.Header), c.Body), agreement.ID, now)
	if a.request, err = g.sign(ctx, leaf); err != nil {
		return nil, fault(faultConsumer, errLog.Cause(err))
	}
	wire, err := encode(a.request)
	if err != nil {
		return nil, fault(faultConsumer, err)
	}
	req.Header.Set(headMessage, wire)
	p := &proven{g: g, ctx: ctx, answer: a, question: leaf, sum: sha256.New(), provider: provider.ID, logged: g.journal.Append(ctx, a.request)}
	resp, err := g.toPeers.Load().RoundTrip(req)
	if err != nil {
		return a, p.failed(transportError(ctx, err))
	}
	if err := g.trusted(resp.TLS, provider.ID); err != nil {
		resp.Body.Close()
		return a, p.failed(err)
	}
	return p.begin(resp)
}

func transportError(ctx context.Context, err error) error {
	if errors.Is(err, errTransport) {
		return errTransport.Cause(err)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errTimeout.Cause(err)
	}
	return errPeer.Cause(err)
}

// request builds the request to the provider's gateway. The host is the member's server name; dial finds its address.
func (c Call) request(ctx context.Context, provider directory.ClientID, requestID string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, c.Method, "https://"+provider.ServerName()+c.target(), bytes.NewReader(c.Body))
	if err != nil {
		return nil, errRequest.Cause(nameless(err))
	}
	for name, values := range c.Header {
		if passesOn(name) {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	req.Header.Set(headClient, c.Client.String())
	req.Header.Set(headID, c.ID)
	req.Header.Set(headRequestID, requestID)
	if c.Represented != "" {
		req.Header.Set(headRepresented, c.Represented)
	}
	return req, nil
}

// proven is the body of an answer: it hashes what passes, and at the end checks the proof and writes the journal.
type proven struct {
	g        *Gateway
	ctx      context.Context
	answer   *Answer
	question message.Leaf
	provider directory.ClientID
	resp     *http.Response
	sum      hash.Hash
	logged   <-chan error
	ended    bool
	err      error
}

// begin checks the head of an answer. A gateway's fault is read to its end here.
func (p *proven) begin(resp *http.Response) (*Answer, error) {
	p.resp = resp
	h := resp.Header
	if kind := h.Get(headError); kind != "" {
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		p.sum.Write(body)
		f := faultIn(kind, body)
		if err == nil && resp.Trailer.Get(headMessage) != "" {
			if err := p.finish(); err != nil {
				return p.answer, fault(faultConsumer, err)
			}
			return p.answer, f
		}
		return p.answer, p.failed(f)
	}
	if h.Get(headClient) != p.question.Client || h.Get(headService) != p.question.Service || h.Get(headID) != p.question.ID ||
		h.Get(headRequestID) != p.question.RequestID || h.Get(headRequestHash) != p.question.RequestHash {
		resp.Body.Close()
		return p.answer, p.failed(errMismatch.Cause(errors.New("head belongs to another request")))
	}
	p.answer.Status, p.answer.Header, p.answer.Body = resp.StatusCode, answerHead(h), p
	return p.answer, nil
}

// Read passes the body on. At its end the proof must be right and the journal written; otherwise the end is an error.
func (p *proven) Read(b []byte) (int, error) {
	if p.ended {
		return 0, p.err
	}
	n, err := p.resp.Body.Read(b)
	p.sum.Write(b[:n])
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		err = p.failed(transportError(p.ctx, err))
	default:
		if bad := p.finish(); bad != nil {
			err = fault(faultConsumer, bad)
		}
	}
	p.ended, p.err = true, err
	return n, err
}

// Close ends the answer. One that was not read to its end is logged as a failure.
func (p *proven) Close() error {
	if !p.ended {
		p.ended, p.err = true, p.failed(errPeer.Cause(errors.New("answer was not read to its end")))
	}
	return p.resp.Body.Close()
}

// finish checks the trailer's proof and waits until both messages are in the journal.
func (p *proven) finish() error {
	signed, leaf, err := decode(p.resp.Trailer.Get(headMessage))
	if err == nil {
		err = answers(p.answer.request, p.question, leaf, p.resp.StatusCode, hex.EncodeToString(p.sum.Sum(nil)))
	}
	if err == nil {
		err = fresh(leaf, p.g.clock.Now())
	}
	if err == nil {
		err = p.g.trust.Load().authentic(signed, p.provider, p.g.clock.Now(), &p.g.roots)
	}
	if err != nil {
		return p.failed(err)
	}
	p.answer.response = signed
	return p.log(signed)
}

// failed writes down, under this gateway's own signature, that no valid answer was received.
func (p *proven) failed(cause error) error {
	f := fault(faultConsumer, cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer cancel()
	signed, err := p.g.sign(ctx, responseLeaf(p.answer.request, p.question, 0, digest(nil), f.Type, p.g.clock.Now()))
	if err != nil {
		return fault(faultConsumer, errLog.Cause(err))
	}
	p.answer.response = signed
	if err := p.log(signed); err != nil {
		return fault(faultConsumer, err)
	}
	return f
}

func (p *proven) log(response message.Signed) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer cancel()
	return waitFor(ctx, p.logged, p.g.journal.Append(ctx, response))
}
