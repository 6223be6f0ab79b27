package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wasl/exchange/message"
)

// raw is a peer that speaks to the provider's gateway without a gateway of ours in front of it: the message is rightly signed,
// after its leaf was altered, and the request altered once more.
func (w *world) raw(folder string, alterLeaf func(*message.Leaf), alter func(*http.Request)) (*http.Response, error) {
	w.t.Helper()
	return w.rawCall(folder, nil, alterLeaf, alter)
}

func (w *world) rawCall(folder string, alterCall func(*Call), alterLeaf func(*message.Leaf), alter func(*http.Request)) (*http.Response, error) {
	w.t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(w.dir, "members", folder, "tls.crt"), filepath.Join(w.dir, "members", folder, "tls.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	tr := &http.Transport{Protocols: http2Only(), DisableCompression: true, TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil },
	}}
	defer tr.CloseIdleConnections()
	c := call()
	c.ID = "raw-1"
	if alterCall != nil {
		alterCall(&c)
	}
	req, err := c.request(context.Background(), clientID("MA/GOV/civil-status"), rawID)
	if err != nil {
		w.t.Fatal(err)
	}
	leaf := requestLeaf(c, rawID, "", "agr-1", w.clk.Now())
	if alterLeaf != nil {
		alterLeaf(&leaf)
		req.Header.Set(headID, leaf.ID)
		req.Header.Set(headRequestID, leaf.RequestID)
		req.Header.Set(headRepresented, leaf.Represented)
	}
	leaf.RequestHash = message.RequestHash(message.HeadDigest(req.Method, req.URL.RequestURI(), req.Header), c.Body)
	signed, err := w.consumer.sign(context.Background(), leaf)
	if err != nil {
		w.t.Fatal(err)
	}
	wire, _ := encode(signed)
	req.Header.Set(headMessage, wire)
	req.URL.Host = w.address
	if alter != nil {
		alter(req)
	}
	return tr.RoundTrip(req)
}

const rawID = "0198aaaa-0000-7000-8000-000000000001"

func (w *world) rawLeaf(name, kind string, alter func(*message.Leaf)) {
	w.t.Helper()
	resp, err := w.raw("GOV-portal", alter, nil)
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
		return
	}
	defer resp.Body.Close()
	if got := resp.Header.Get(headError); got != kind {
		w.t.Errorf("%s: got %q, want %q", name, got, kind)
	}
}

func (w *world) rawFault(name, folder, kind string, alter func(*http.Request)) {
	w.t.Helper()
	resp, err := w.raw(folder, nil, alter)
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
		return
	}
	defer resp.Body.Close()
	if got := resp.Header.Get(headError); got != kind {
		w.t.Errorf("%s: got %q, want %q", name, got, kind)
	}
}

func TestTheProviderTrustsNoMessageByItself(t *testing.T) {
	w := newWorld(t)
	w.rawFault("unsigned", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) { r.Header.Del(headMessage) })
	w.rawFault("garbage", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) { r.Header.Set(headMessage, "AAAA") })
	w.rawFault("body altered", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{"national_number":"AB2"}`)), 25
	})
	w.rawFault("header added", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) { r.Header.Set("X-Extra", "1") })
	w.rawFault("query added", "GOV-portal", "Server.ServerProxy.InvalidSignature", func(r *http.Request) { r.URL.RawQuery = "all=1" })
	w.rawFault("another member's certificate", "GOV-stranger", "Server.ServerProxy.SslAuthenticationFailed", nil)
	w.rawFault("dots in the path", "GOV-portal", "Client.BadRequest", func(r *http.Request) { r.URL.Opaque = "/r1/" + extracts + "/%2e%2e/x" })
	w.rawFault("accepted", "GOV-portal", "", nil)
	w.rawFault("replayed", "GOV-portal", "Server.ServerProxy.Replayed", nil)
	if n := w.calls.Load(); n != 1 {
		t.Errorf("the register was called %d times", n)
	}
}

func TestASignedMessageMayStillNotSayEverything(t *testing.T) {
	w := newWorld(t)
	w.plan.Agreements = append(w.plan.Agreements, w.plan.Agreements[0])
	w.plan.Agreements[2].ID, w.plan.Agreements[2].Purposes = "agr-3", []string{"taxation"}
	w.plan.Agreements = append(w.plan.Agreements, w.plan.Agreements[0])
	w.plan.Agreements[3].ID = "agr-4" // allows the same
	w.install()
	w.reload()
	id := 0
	with := func(alter func(*message.Leaf)) func(*message.Leaf) {
		return func(l *message.Leaf) {
			id++
			l.RequestID = fmt.Sprintf("0198bbbb-0000-7000-8000-%012d", id)
			alter(l)
		}
	}
	for _, c := range []struct {
		name, kind string
		alter      func(*message.Leaf)
	}{
		{"six minutes old", "StaleMessage", func(l *message.Leaf) { l.Time = l.Time.Add(-freshness - time.Minute) }},
		{"six minutes ahead", "StaleMessage", func(l *message.Leaf) { l.Time = l.Time.Add(freshness + time.Minute) }},
		{"from another year", "StaleMessage", func(l *message.Leaf) { l.Time = time.Time{} }},
		{"another service's agreement", "AccessDenied", func(l *message.Leaf) { l.Agreement = "agr-2" }},
		{"another purpose's agreement", "AccessDenied", func(l *message.Leaf) { l.Agreement = "agr-3" }},
		{"an agreement that is none", "AccessDenied", func(l *message.Leaf) { l.Agreement = "agr-9" }},
		{"no agreement", "AccessDenied", func(l *message.Leaf) { l.Agreement = "" }},
		{"a party that nobody registered", "AccessDenied", func(l *message.Leaf) { l.Represented = "GOV/anybody" }},
		{"a party outside the agreement", "AccessDenied", func(l *message.Leaf) { l.Represented = "GOV/min-sante" }},
		{"a purpose outside the agreement", "AccessDenied", func(l *message.Leaf) { l.Purpose = "curiosity" }},
	} {
		w.rawLeaf(c.name, faultProvider+c.kind, with(c.alter))
	}
	for name, alter := range map[string]func(*message.Leaf){
		"a party that is any text":   func(l *message.Leaf) { l.Represented = "the Minister in person" },
		"a number that is no number": func(l *message.Leaf) { l.RequestID = "request-1" },
		"a number in capitals":       func(l *message.Leaf) { l.RequestID = strings.ToUpper(rawID) },
		"a long id":                  func(l *message.Leaf) { l.ID = strings.Repeat("a", maxID+1) },
		"a long subject":             func(l *message.Leaf) { l.Subject = strings.Repeat("a", maxTerm+1) },
		"a field twice":              func(l *message.Leaf) { l.Fields = []string{"birth_date", "birth_date"} },
	} {
		w.rawLeaf(name, "Client.BadRequest", with(alter))
	}
	if n := w.calls.Load(); n != 0 {
		t.Errorf("the register was called %d times", n)
	}
	w.rawLeaf("four minutes old", "", with(func(l *message.Leaf) { l.Time = l.Time.Add(-freshness + time.Minute) }))
	w.rawLeaf("another agreement that allows it", "", with(func(l *message.Leaf) { l.Agreement = "agr-4" }))
}

func TestAMessageBetweenGatewaysHasOneSpelling(t *testing.T) {
	w := newWorld(t)
	for name, alter := range map[string]func(*http.Request){
		"an encoded letter": func(r *http.Request) {
			r.URL.Opaque = "/r1/MA/GOV/civil%2Dstatus/register/extracts"
		},
		"an empty query":      func(r *http.Request) { r.URL.ForceQuery = true },
		"a client twice":      func(r *http.Request) { r.Header.Add(headClient, portal) },
		"a message twice":     func(r *http.Request) { r.Header.Add(headMessage, r.Header.Get(headMessage)) },
		"a client re-encoded": func(r *http.Request) { r.Header.Set(headClient, "MA/GOV/portal/dossier%73") },
	} {
		w.rawFault(name, "GOV-portal", "Client.BadRequest", alter)
	}
	if n := w.calls.Load(); n != 0 {
		t.Errorf("the register was called %d times", n)
	}
}
