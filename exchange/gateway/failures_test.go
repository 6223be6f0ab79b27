package gateway

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
)

func TestConnectionsNeedTheExchangesCertificates(t *testing.T) {
	w := newWorld(t)
	dial := func(cert *tls.Certificate, v uint16) error {
		c, err := tls.Dial("tcp", w.address, &tls.Config{
			InsecureSkipVerify: true, NextProtos: []string{"h2"}, MaxVersion: v,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil },
		})
		if err != nil {
			return err
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, err = c.Read(make([]byte, 1)) // TLS 1.3 tells the client of a refusal only here
		return err
	}
	good := w.consumer.identity.Load().tls
	if err := dial(&good, tls.VersionTLS12); err == nil {
		t.Error("TLS 1.2 accepted")
	}
	if err := dial(&good, tls.VersionTLS13); err != nil {
		t.Errorf("a member is refused: %v", err)
	}
	if err := dial(&tls.Certificate{}, tls.VersionTLS13); err == nil {
		t.Error("no certificate accepted")
	}
	foreign := t.TempDir()
	if err := directory.Install(foreign, w.clk, w.plan); err != nil {
		t.Fatal(err)
	}
	other, _ := tls.LoadX509KeyPair(filepath.Join(foreign, "members/GOV-portal/tls.crt"), filepath.Join(foreign, "members/GOV-portal/tls.key"))
	if err := dial(&other, tls.VersionTLS13); err == nil {
		t.Error("another exchange's certificate accepted")
	}
	w.clk.Advance(directory.MemberLife + time.Hour)
	if err := dial(&good, tls.VersionTLS13); err == nil {
		t.Error("expired certificate accepted")
	}
}

func TestAnExpiredAgreementOrDirectoryStopsExchangesMidRun(t *testing.T) {
	w := newWorld(t)
	if _, err := w.send(call()); err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(49 * time.Hour)
	w.refused("agreement over", call(), "Server.ClientProxy.AccessDenied")
	w.clk.Advance(6 * 24 * time.Hour)
	w.refused("directory over", call(), "Server.ClientProxy.OutdatedGlobalConf")
	w.rawFault("directory over, at the provider", "GOV-portal", "Server.ServerProxy.OutdatedGlobalConf", nil)
}

func TestAWithdrawnCertificateEndsAtOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.send(call()); err != nil {
		t.Fatal(err)
	}
	// By hand, before the consumer has its new key: what a thief would do.
	if _, err := directory.Revoke(w.dir, w.clk, w.plan, clientID("MA/GOV/portal"), ""); err != nil {
		t.Fatal(err)
	}
	if err := w.provider.reload(); err != nil {
		t.Fatal(err)
	}
	w.refused("open connection, withdrawn certificate", call(), "Server.ServerProxy.SslAuthenticationFailed")
	if err := w.consumer.reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.send(call()); err != nil {
		t.Errorf("the member's new key: %v", err)
	}
}

func TestAProvidersWithdrawnCertificateEndsOpenConnections(t *testing.T) {
	w := newWorld(t)
	if _, err := w.send(call()); err != nil {
		t.Fatal(err)
	}
	tls, sign := w.provider.identity.Load().tls.Certificate[0], w.provider.identity.Load().signingPrint
	for name, print := range map[string]string{"connection": directory.Fingerprint(tls), "signature": hex.EncodeToString(sign)} {
		was := w.consumer.trust.Load()
		s := *was.Snapshot
		s.Revoked = []directory.Revocation{{Fingerprint: print}}
		revoking, err := newTrust(&s)
		if err != nil {
			t.Fatal(err)
		}
		w.consumer.trust.Store(revoking)
		if _, err := w.send(call()); err == nil {
			t.Errorf("%s: an answer under a withdrawn certificate counts", name)
		}
		w.consumer.trust.Store(was)
	}
	before := w.calls.Load()
	if _, err := directory.Revoke(w.dir, w.clk, w.plan, clientID("MA/GOV/civil-status"), ""); err != nil {
		t.Fatal(err)
	}
	if err := w.consumer.reload(); err != nil {
		t.Fatal(err)
	}
	w.refused("the old connection is not used again", call(), "Server.ClientProxy.SslAuthenticationFailed")
	if w.calls.Load() != before {
		t.Error("a request was sent to a gateway whose key is withdrawn")
	}
}

func TestAnOlderDirectoryIsRefused(t *testing.T) {
	w := newWorld(t)
	old, _ := os.ReadFile(filepath.Join(w.dir, "directory.jws"))
	w.plan.Agreements = w.plan.Agreements[:1]
	w.install()
	w.reload()
	os.WriteFile(filepath.Join(w.dir, "directory.jws"), old, 0o644)
	if err := w.consumer.reload(); !errors.Is(err, directory.ErrRollback) {
		t.Errorf("rollback: %v", err)
	}
	os.WriteFile(filepath.Join(w.dir, "directory.jws"), append(old, 'A'), 0o644)
	if err := w.consumer.reload(); err == nil {
		t.Error("an altered directory was accepted")
	}
	if len(w.consumer.Directory().Agreements) != 1 {
		t.Error("the directory held was lost")
	}
}

func TestAProviderInTroubleIsNamedAndLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.answer(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	x := w.refused("too slow", call(), "Server.ServerProxy.ServiceFailed.Timeout")
	if _, r, err := x.Evidence.Leaves(); err != nil || r.Error == "" {
		t.Error("the failure is not evidence")
	}
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "1000")
		rw.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	})
	w.refused("aborts within the body", call(), "Server.ServerProxy.ServiceFailed.NetworkError")
	w.answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) })
	for range breakAfter {
		w.send(call())
	}
	w.refused("resting", call(), "Server.ServerProxy.ServiceFailed.CircuitOpen")
	w.answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(204) })
	w.clk.Advance(breakFor + time.Second)
	for range 2 {
		if x, err := w.send(call()); err != nil || x.Status != 204 {
			t.Fatalf("did not recover: %v", err)
		}
	}
}

func TestAGatewayThatIsDownIsNamed(t *testing.T) {
	w := newWorld(t)
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	w.plan.Members[1].Listen = l.Addr().String()
	l.Close()
	w.install()
	w.reload()
	x := w.refused("gateway down", call(), "Server.ClientProxy.NetworkError")
	if _, r, err := x.Evidence.Leaves(); err != nil || r.Error != "Server.ClientProxy.NetworkError" || len(w.records(w.consumer)) != 2 {
		t.Error("the attempt is not in the log")
	}
}

func TestAnAnswerToAnotherQuestionIsRefused(t *testing.T) {
	w := newWorld(t)
	first, err := w.send(call())
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.send(call())
	if err != nil {
		t.Fatal(err)
	}
	q, _, _ := first.Evidence.Leaves()
	_, r, _ := second.Evidence.Leaves()
	if answers(first.Evidence.Request, q, r, 200, r.Body) == nil {
		t.Error("the answer of another request passes")
	}
	_, own, _ := first.Evidence.Leaves()
	if answers(first.Evidence.Request, q, own, 200, own.Body) != nil || answers(first.Evidence.Request, q, own, 200, digest(nil)) == nil {
		t.Error("own answer, altered body")
	}
}

func TestALargeBodyStreams(t *testing.T) {
	w := newWorld(t)
	const size = 24 << 20
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		chunk := append([]byte("%PDF-1.7\n"), make([]byte, 64<<10-9)...)
		for range size / len(chunk) {
			rw.Write(chunk)
		}
	})
	c := call()
	c.Service, c.Method, c.Body = serviceID(files), "GET", nil
	a, err := w.consumer.Do(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, a.Body)
	a.Body.Close()
	if _, r, bad := a.Evidence().Leaves(); err != nil || n != size || bad != nil || r.Status != 200 {
		t.Errorf("%d bytes, %v, %v", n, err, bad)
	}
	if _, err := w.consumer.Send(context.Background(), c, 1<<20); err == nil {
		t.Error("the caller's own limit does not hold")
	}
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		rw.Write(append([]byte("%PDF-1.7\n"), make([]byte, 2<<20)...))
		panic(http.ErrAbortHandler)
	})
	if a, err = w.consumer.Do(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, a.Body); err == nil {
		t.Error("a body cut short passes for whole")
	}
	a.Body.Close()
	big := call()
	big.Body = make([]byte, MaxRequestBody+1)
	w.refused("request too large", big, "Client.BodyTooLarge")
}

func TestMessagesOfOneMomentShareASignature(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	sizes := map[string]uint64{}
	for i := range 300 {
		wg.Go(func() {
			s, err := w.consumer.sign(context.Background(), message.Leaf{Role: message.Request, ID: fmt.Sprint(i)})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Proof.Verify(s.Leaf, w.consumer.trust.Load().signing[string(s.Proof.Certificate)].cert); err != nil {
				t.Error(err)
			}
			mu.Lock()
			sizes[hex.EncodeToString(s.Proof.Signature)] = s.Proof.Size
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(sizes) > 200 {
		t.Errorf("300 messages cost %d signatures", len(sizes))
	}
}

func TestALogSurvivesAKilledGateway(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		if _, err := w.send(call()); err != nil {
			t.Fatal(err)
		}
	}
	w.consumer.Close()
	// As after SIGKILL: records in the journal that the tile log does not hold, and a line cut in the middle.
	c := w.config("GOV-portal")
	segments, _ := filepath.Glob(filepath.Join(c.Log, "journal", "*.jsonl"))
	b, _ := os.ReadFile(segments[0])
	lines := strings.SplitAfter(string(b), "\n")
	extra := strings.Replace(lines[5], `"seq":5`, `"seq":6`, 1)
	os.WriteFile(segments[0], []byte(string(b)+extra+extra[:40]), 0o600)
	w.consumer = w.open("GOV-portal")
	records := w.records(w.consumer)
	if len(records) != 7 || w.consumer.journal.next != 7 {
		t.Fatalf("%d records, next %d", len(records), w.consumer.journal.next)
	}
	if st, _, err := w.consumer.tiles.state(); err != nil || st.Size != 7 {
		t.Fatalf("log of %d: %v", st.Size, err)
	}
	if _, err := w.send(call()); err != nil {
		t.Fatal(err)
	}
	records = w.records(w.consumer)
	if !slices.IsSortedFunc(records, func(a, b Record) int { return int(a.Seq) - int(b.Seq) }) || len(records) != 9 {
		t.Errorf("%d records", len(records))
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, r := range records {
		in, err := w.consumer.Inclusion(context.Background(), r.Seq)
		for errors.Is(err, errNotYet) && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond)
			in, err = w.consumer.Inclusion(context.Background(), r.Seq)
		}
		if err != nil || in.Index != r.Seq {
			t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
}

func TestANoisyConsumerIsHeldBack(t *testing.T) {
	var turn turnstiles
	leave, ok := turn.enter("a", 1)
	if _, again := turn.enter("a", 1); !ok || again {
		t.Error("the limit does not hold")
	}
	if _, other := turn.enter("b", 1); !other {
		t.Error("another consumer is held back")
	}
	leave()
	if _, ok := turn.enter("a", 1); !ok {
		t.Error("the place is not free again")
	}
}
