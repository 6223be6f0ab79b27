package gateway

import (
	"io"
	"net/http"
	"strings"

	"wasl/exchange/directory"
)

// Clients answers this member's own systems: plain HTTP with the paths, headers and error cases of the X-Road REST message
// protocol, plus the terms that an exchange here must state: Wasl-Purpose, Wasl-Legal-Basis, Wasl-Fields.
func (g *Gateway) Clients() http.Handler { return http.HandlerFunc(g.relay) }

func (g *Gateway) relay(w http.ResponseWriter, r *http.Request) {
	c, err := g.clientCall(w, r)
	if err != nil {
		g.refuseClient(w, c, err)
		return
	}
	a, err := g.Do(r.Context(), c)
	if err != nil {
		g.refuseClient(w, c, err)
		return
	}
	defer a.Body.Close()
	head, err := io.ReadAll(io.LimitReader(a.Body, Buffered))
	if err != nil {
		g.refuseClient(w, c, err)
		return
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	if _, err := w.Write(head); err != nil {
		return
	}
	if len(head) < Buffered {
		return // read to its end, hence proven before the first byte went out
	}
	if _, err := io.Copy(w, a.Body); err != nil {
		panic(http.ErrAbortHandler) // the client must not take a broken or unproven answer for a whole one
	}
}

func (g *Gateway) refuseClient(w http.ResponseWriter, c Call, err error) {
	f := fault(faultConsumer, err)
	g.logger.Info("request refused", "client", c.Client.String(), "code", f.Detail, "error", err)
	writeFault(w, f)
}

func (g *Gateway) clientCall(w http.ResponseWriter, r *http.Request) (Call, error) {
	c, err := readCall(r)
	if err != nil {
		return c, err
	}
	if _, ok := g.trust.Load().Member(c.Client); !ok || c.Client.MemberID() != g.config.Member.MemberID() {
		return c, directory.ErrUnknownMember
	}
	if c.Body, err = readBody(w, r); err != nil {
		return c, err
	}
	c.Purpose, c.LegalBasis = lastOf(r, headPurpose), lastOf(r, headBasis)
	c.Procedure, c.Subject = lastOf(r, headProcedure), lastOf(r, headSubject)
	for _, f := range strings.Split(lastOf(r, headFields), ",") {
		if f = strings.TrimSpace(f); f != "" {
			c.Fields = append(c.Fields, f)
		}
	}
	return c, nil
}
