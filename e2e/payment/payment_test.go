package payment

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/payment"
	"wasl/payment/paymentapi"
	"wasl/peers/bank"
)

const storeKey = "shared|with the bank"

// TestMain is the bank, or the payment block, when the test starts itself again
// as one.
func TestMain(m *testing.M) {
	if os.Getenv("WASL_TEST_BANK") != "" {
		serveBank()
		return
	}
	if os.Getenv("WASL_TEST_BLOCK") != "" {
		if err := serveBlock(); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func serveBank() {
	b, err := bank.New(bank.Config{ClientID: "600000001", StoreKey: storeKey}, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString("http://" + l.Addr().String() + "\n")
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }() // the parent is gone
	panic(http.Serve(l, b.Handler()))
}

func startBank(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "WASL_TEST_BANK=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, _ := cmd.StdinPipe()
	stdout, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		t.Fatal("bank does not start")
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// world is an installation: the block behind a small portal, and the bank.
type world struct {
	t      *testing.T
	bank   string
	portal *httptest.Server
	keys   map[string]*tokens.Keyring
	db     *pg.DB
	clock  *clock.Fake
	orders *paymentapi.Client
	sealed atomic.Int64
	told   atomic.Int64
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bank: startBank(t), keys: tokens.ForTest(t, block.Order...)}
	w.clock = clock.NewFake(clock.System(nil).Now())
	cluster := pgtest.Cluster(t)

	var handler http.Handler
	w.portal = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		token, err := w.keys["portal"].SignVisit("payment", tokens.Visit{Subject: "sub-amina", NameFr: "Amina"})
		if err != nil {
			t.Error(err)
		}
		r.Header.Set(tokens.VisitHeader, token)
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.portal.Close)

	ctx, cancel := context.WithCancel(context.Background())
	b, err := payment.New(ctx, payment.Config{
		Provider: "est3dgate", ClientID: "600000001", StoreKey: storeKey, Days: 30, AskEvery: 200 * time.Millisecond, CaptureWithin: 24 * time.Hour,
		GateURL: w.bank + "/fim/est3Dgate", CenterURL: w.bank + "/fim/center",
	}, block.Deps{
		Name: "payment", Log: slog.New(slog.DiscardHandler), Clock: w.clock, Cluster: cluster, Conns: 6,
		Keys: w.keys["payment"], PortalURL: w.portal.URL,
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(http.HandlerFunc(w.others)), w.keys["payment"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = b.Handler()
	w.orders = paymentapi.New(wire.New(w.portal.URL, "payment", http.DefaultTransport, w.keys["casework"]))
	if w.db, err = cluster.Block(ctx, "payment", nil, 2); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.db.Close()
	})
	return w
}

// others stands for catalog, signature, locker, support, casework and custody.
func (w *world) others(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/keys/") {
		envelopetest.New().ServeHTTP(rw, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	rw.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/organisations/"):
		_, _ = io.WriteString(rw, `{"code":"min_interieur","name":{"ar":"وزارة الداخلية","fr":"Ministère de l’Intérieur"}}`)
	case strings.HasPrefix(r.URL.Path, "/v1/revisions/"):
		_, _ = io.WriteString(rw, `{"id":"rev_1","status":"published","sheet":{"fee":{"known":true,"amount":50000}}}`)
	case r.URL.Path == "/v1/seals":
		_ = json.NewEncoder(rw).Encode(map[string]any{"id": "sea_1", "pdf": body})
	case r.URL.Path == "/v1/documents":
		w.sealed.Add(1)
		_, _ = io.WriteString(rw, `{"id":"doc_1"}`)
	case r.URL.Path == "/v1/payment-events":
		w.told.Add(1)
		_, _ = io.WriteString(rw, `{}`)
	default:
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (w *world) order(key string) paymentapi.Order {
	w.t.Helper()
	o, err := w.orders.CreateOrder(w.t.Context(), paymentapi.NewOrder{
		Payer: "sub-amina", Org: "min_interieur", Dossier: "dos_1", Amount: 500_00, Revision: "rev_1", Key: key,
		Label: i18n.Text{"ar": "واجب جواز السفر", "fr": "Droit du passeport"}, ReturnPath: "/dossiers/dos_1", Notify: "casework",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) fault(f bank.Fault) {
	w.t.Helper()
	res, err := http.PostForm(w.bank+"/sim/fault", url.Values{"fault": {string(f)}})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = res.Body.Close()
}

var (
	formTag  = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	inputTag = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// submit posts the last form of a page (the layout's come first) with its hidden fields, as a browser
// without JavaScript does, and returns the page it leads to.
func (w *world) submit(page string, typed url.Values) (at *url.URL, next string) {
	w.t.Helper()
	forms := strings.Split(page, "<form ")
	page = "<form " + forms[len(forms)-1]
	action := formTag.FindStringSubmatch(page)
	if action == nil {
		w.t.Fatalf("no form on\n%s", page)
	}
	form := url.Values{}
	for name, values := range typed {
		form[name] = values
	}
	for _, m := range inputTag.FindAllStringSubmatch(page, -1) {
		form.Set(unescape(m[1]), unescape(m[2]))
	}
	target := unescape(action[1])
	if strings.HasPrefix(target, "/") {
		target = w.bank + target
	}
	res, err := http.PostForm(target, form)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.Request.URL, string(body)
}

// pay walks from the portal's page through the bank and back.
func (w *world) pay(o paymentapi.Order, card, code string) (last string) {
	w.t.Helper()
	return w.card(o, w.atTheBank(o), card, code)
}

// atTheBank walks from the portal's page to the bank's card page.
func (w *world) atTheBank(o paymentapi.Order) (page string) {
	w.t.Helper()
	res, err := http.Get(w.portal.URL + "/fr" + o.PayPath)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	shown, _ := io.ReadAll(res.Body)
	_, page = w.submit(string(shown), nil)
	return page
}

// card pays on the bank's card page and goes back to the portal.
func (w *world) card(o paymentapi.Order, page, card, code string) (last string) {
	w.t.Helper()
	_, next := w.submit(page, url.Values{"number": {card}, "expiry": {"12/28"}, "code": {"000"}})
	if code != "" {
		_, next = w.submit(next, url.Values{"otp": {code}})
	}
	at, last := w.submit(next, nil)
	if want := "/fr" + o.PayPath + "/return"; at.Path != want {
		w.t.Errorf("the browser ends at %s, want %s", at, want)
	}
	return last
}

func (w *world) payments() (list []bank.Payment) {
	w.t.Helper()
	res, err := http.Get(w.bank + "/sim/payments")
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// captures is what the bank took, in number.
func (w *world) captures() (n int) {
	for _, p := range w.payments() {
		n += p.Captures
	}
	return n
}

func (w *world) number(sql string) (n int64) {
	w.t.Helper()
	err := w.db.Tx(w.t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, sql).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) revenue() int64 {
	if sum := w.number("SELECT coalesce(sum(amount), 0)::bigint FROM lines"); sum != 0 {
		w.t.Errorf("ledger sums to %d", sum)
	}
	return w.number("SELECT coalesce(-sum(amount), 0)::bigint FROM lines WHERE account = 'fee_revenue'")
}

func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for range 1500 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("never happened: %s", what)
}

func (w *world) status(o paymentapi.Order) paymentapi.Status {
	w.t.Helper()
	got, err := w.orders.Order(w.t.Context(), o.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return got.Status
}

func TestFromOrderToQuittance(t *testing.T) {
	w := start(t)
	o := w.order("k1")
	last := w.pay(o, "5191 6301 0000 4896", "123")
	w.until("captured and confirmed", func() bool { return w.status(o) == paymentapi.Paid })
	if !strings.Contains(last, o.Reference) {
		t.Errorf("status %s, page\n%s", w.status(o), last)
	}
	if w.captures() != 1 || w.revenue() != 500_00 {
		t.Errorf("bank took %d, ledger has %d", w.captures(), w.revenue())
	}
	w.until("quittance and two announcements", func() bool { return w.sealed.Load() == 1 && w.told.Load() == 2 })
}

func TestDeclinedThenPaid(t *testing.T) {
	w := start(t)
	o := w.order("k1")
	w.pay(o, "4111111111111111", "")
	if w.status(o) != paymentapi.Failed {
		t.Errorf("status %s", w.status(o))
	}
	w.pay(o, "4000000000000010", "")
	w.until("captured and confirmed", func() bool { return w.status(o) == paymentapi.Paid })
	if w.captures() != 1 || w.revenue() != 500_00 {
		t.Errorf("status %s, bank took %d, ledger has %d", w.status(o), w.captures(), w.revenue())
	}
}
