package payment

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/keyfile"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/payment"
	"wasl/payment/paymentapi"
	"wasl/peers/bank"
)

// serveBlock is the payment block as a process that can be killed. It finds its
// database, its keys and everybody else where the test has put them.
func serveBlock() error {
	ctx := context.Background()
	cluster, err := pg.Open(ctx, pg.Config{URL: os.Getenv("WASL_TEST_PG"), Migrate: true})
	if err != nil {
		return err
	}
	keys, err := tokens.Open(os.Getenv("WASL_TEST_KEYS"), "payment")
	if err != nil {
		return err
	}
	world := os.Getenv("WASL_TEST_WORLD") // bank's service and the other blocks, where a process may be stopped half-way
	b, err := payment.New(ctx, payment.Config{
		Provider: payment.Est3DGate, ClientID: "600000001", StoreKey: storeKey, Days: 30, AskEvery: 200 * time.Millisecond,
		CaptureWithin: 24 * time.Hour, GateURL: os.Getenv("WASL_TEST_BANK_AT") + "/fim/est3Dgate", CenterURL: world + "/fim/center",
	}, block.Deps{
		Name: "payment", Log: slog.New(slog.DiscardHandler), Clock: clock.System(nil), Cluster: cluster, Conns: 4, Keys: keys,
		PortalURL: os.Getenv("WASL_TEST_PORTAL"),
		Peer:      func(name string) *wire.Client { return wire.New(world, name, http.DefaultTransport, keys) },
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, _ = os.Stdout.WriteString("http://" + l.Addr().String() + "\n")
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }() // the parent is gone
	go func() { _ = http.Serve(l, b.Handler()) }()
	return b.Run(ctx)
}

// mortal is an installation whose payment block is a process that dies at a
// given point.
type mortal struct {
	*world
	keyDir, pgURL string
	self          string // where the portal forwards to
	front         *httptest.Server
	mu            sync.Mutex
	cmd           *exec.Cmd
	stdin         io.Closer
	deadly        func(r *http.Request, answered bool) bool // kill here
	died          chan struct{}
}

func startMortal(t *testing.T) *mortal {
	t.Helper()
	m := &mortal{world: &world{t: t, bank: startBank(t), clock: clock.NewFake(time.Now())}, keyDir: filepath.Join(t.TempDir(), "keys"), pgURL: pgtest.URL(t)}
	record, err := keyfile.OpenFileRecord(filepath.Join(t.TempDir(), "record"), true)
	if err == nil {
		err = tokens.Ensure(t.Context(), record, m.keyDir, block.Order...)
	}
	if err != nil {
		t.Fatal(err)
	}
	m.keys = map[string]*tokens.Keyring{}
	for _, name := range []string{"portal", "casework"} {
		ring, err := tokens.Open(m.keyDir, name)
		if err != nil {
			t.Fatal(err)
		}
		m.keys[name] = ring
	}
	m.portal = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		token, err := m.keys["portal"].SignVisit("payment", tokens.Visit{Subject: "sub-amina", NameFr: "Amina"})
		if err != nil {
			t.Error(err)
		}
		r.Header.Set(tokens.VisitHeader, token)
		m.forward(m.at()).ServeHTTP(rw, r)
	}))
	t.Cleanup(m.portal.Close)
	m.front = httptest.NewServer(http.HandlerFunc(m.outside))
	t.Cleanup(m.front.Close)
	m.orders = paymentapi.New(wire.New(m.portal.URL, "payment", http.DefaultTransport, m.keys["casework"]))
	m.live()
	t.Cleanup(m.kill)
	cluster, err := pg.Open(t.Context(), pg.Config{URL: m.pgURL})
	if err != nil {
		t.Fatal(err)
	}
	if m.db, err = cluster.Block(t.Context(), "payment", nil, 2); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.db.Close(); _ = cluster.Close() })
	return m
}

func (m *mortal) forward(to string) http.Handler {
	u, err := url.Parse(to)
	if err != nil {
		m.t.Fatal(err)
	}
	p := httputil.NewSingleHostReverseProxy(u)
	p.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	return p
}

func (m *mortal) at() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.self
}

// outside is everybody the block calls. At the deadly point the block's process
// is killed before it can hear the answer.
func (m *mortal) outside(rw http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if m.strikes(r, false) {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/fim/") {
		res, err := http.PostForm(m.bank+r.URL.Path, r.PostForm)
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		if m.strikes(r, true) {
			return
		}
		rw.WriteHeader(res.StatusCode)
		_, _ = io.Copy(rw, res.Body)
		return
	}
	if m.strikes(r, true) {
		return
	}
	m.others(rw, r)
}

func (m *mortal) strikes(r *http.Request, answered bool) bool {
	m.mu.Lock()
	hit := m.deadly != nil && m.deadly(r, answered)
	if hit {
		m.deadly = nil
	}
	died := m.died
	m.mu.Unlock()
	if hit {
		m.kill()
		close(died)
	}
	return hit
}

func (m *mortal) live() {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "WASL_TEST_BLOCK=1", "WASL_TEST_PG="+m.pgURL, "WASL_TEST_KEYS="+m.keyDir, "WASL_TEST_WORLD="+m.front.URL,
		"WASL_TEST_BANK_AT="+m.bank, "WASL_TEST_PORTAL="+m.portal.URL)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	stdin, _ := cmd.StdinPipe()
	stdout, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		m.t.Fatal("the block does not start")
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		m.t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cmd, m.stdin, m.self, m.died = cmd, stdin, strings.TrimSpace(line), make(chan struct{})
}

// kill is kill -9.
func (m *mortal) kill() {
	m.mu.Lock()
	cmd := m.cmd
	m.cmd = nil
	m.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// The process is killed with -9 in the middle of a payment: money at the bank,
// rows and ledger agree once it is back, and the fee is paid once.
func TestKilledInTheMiddleOfAPaymentNothingIsLostOrTwice(t *testing.T) {
	center := func(operation string, after bool) func(*http.Request, bool) bool {
		return func(r *http.Request, answered bool) bool {
			return r.URL.Path == "/fim/center" && r.PostForm.Get("operation") == operation && answered == after
		}
	}
	for name, c := range map[string]struct {
		fault bank.Fault
		at    func(r *http.Request, answered bool) bool
	}{
		"before it asks whether the amount was taken": {bank.None, center("status", false)},
		"before it hears that the amount was taken":   {bank.None, center("status", true)},
		"before the bank is told to take the amount":  {bank.AnswerLost, center("capture", false)},
		"after the bank was told to take the amount":  {bank.AnswerLost, center("capture", true)},
		"before the quittance is sealed":              {bank.None, func(r *http.Request, a bool) bool { return r.URL.Path == "/v1/seals" && !a }},
		"before it knows where the quittance lies":    {bank.None, func(r *http.Request, a bool) bool { return r.URL.Path == "/v1/documents" && a }},
	} {
		t.Run(name, func(t *testing.T) {
			m := startMortal(t)
			o := m.order("k1")
			m.fault(c.fault)
			m.mu.Lock()
			m.deadly = c.at
			died := m.died
			m.mu.Unlock()
			m.payAndDie(o)
			m.until("the deadly point", func() bool {
				select {
				case <-died:
					return true
				default:
					m.hurry()
					time.Sleep(300 * time.Millisecond)
					return false
				}
			})
			m.fault(bank.None)
			m.hurry()
			m.live()
			m.until("paid once, sealed, and the same at the bank", func() bool {
				m.hurry()
				time.Sleep(300 * time.Millisecond)
				return m.status(o) == paymentapi.Paid && m.captures() == 1 && m.revenue() == 500_00 &&
					m.number("SELECT count(*) FROM orders WHERE document IS NOT NULL") == 1
			})
			if n := m.number("SELECT count(*) FROM entries"); n != 2 {
				t.Errorf("%d entries", n)
			}
			if n := m.number("SELECT coalesce(sum(amount), 0)::bigint FROM lines WHERE account IN ('card_holds', 'awaiting_capture')"); n != 0 {
				t.Errorf("the clearing holds %d", n)
			}
			if n := m.number("SELECT count(*) FROM cases"); n != 0 {
				t.Errorf("%d cases", n)
			}
		})
	}
}

// payAndDie pays like a person; the page they come back to may never come.
func (m *mortal) payAndDie(o paymentapi.Order) {
	m.t.Helper()
	m.submit(m.atTheBank(o), url.Values{"number": {"4000000000000010"}, "expiry": {"12/28"}, "code": {"000"}}) // and closes the browser there
}

// hurry makes due what a real installation would come to in its own time: the
// sweeps' patience, and the queue's rescue of a dead process's job.
func (m *mortal) hurry() {
	m.t.Helper()
	m.number(`WITH a AS (UPDATE attempts SET ask_at = now() WHERE ask_at IS NOT NULL RETURNING 1), o AS (
		UPDATE orders SET held_at = CASE WHEN held_at > now() - interval '30 seconds' THEN held_at - interval '1 minute' ELSE held_at END,
			paid_at = CASE WHEN paid_at > now() - interval '5 minutes' THEN paid_at - interval '11 minutes' ELSE paid_at END
		WHERE held_at > now() - interval '30 seconds' OR paid_at > now() - interval '5 minutes' RETURNING 1)
		SELECT count(*) FROM a, o`)
}
