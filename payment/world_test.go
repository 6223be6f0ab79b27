package payment

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/jobs/jobstest"
	"wasl/kit/money"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

const (
	clientID = "600000001"
	storeKey = "a-key|with a pipe"
	gate     = "http://bank.test/fim/est3Dgate"
)

// others answers for every other block, and remembers what it was sent.
type others struct {
	mu    sync.Mutex
	calls map[string][]string // method and path → bodies
	down  bool
}

func (o *others) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	o.calls[r.Method+" "+r.URL.Path] = append(o.calls[r.Method+" "+r.URL.Path], string(body))
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1/organisations/"):
		_, _ = io.WriteString(w, `{"code":"min_interieur","name":{"ar":"وزارة الداخلية","fr":"Ministère de l’Intérieur"},"level":"central"}`)
	case strings.HasPrefix(r.URL.Path, "/v1/revisions/"):
		o.revision(w, strings.TrimPrefix(r.URL.Path, "/v1/revisions/"))
	case r.URL.Path == "/v1/seals":
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "sea_1", "sha256": "00", "pdf": body})
	case r.URL.Path == "/v1/documents":
		_, _ = io.WriteString(w, `{"id":"doc_1"}`)
	default:
		_, _ = io.WriteString(w, `{}`)
	}
}

// revision answers as the catalogue: rev_1 publishes 500 dirhams.
func (o *others) revision(w http.ResponseWriter, id string) {
	rev := catalogapi.Revision{ID: id, Procedure: "passeport", Status: "published"}
	rev.Sheet.Fee = catalogapi.Fee{Known: true, Amount: 500_00}
	switch id {
	case "rev_listed":
		rev.Status = "listed"
	case "rev_free":
		rev.Sheet.Fee.Amount = 0
	case "rev_unknown":
		rev.Sheet.Fee.Known = false
	case "rev_none":
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"code":"revision_unknown","status":404}`)
		return
	}
	_ = json.NewEncoder(w).Encode(rev)
}

func (o *others) got(call string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls[call]
}

func (o *others) setDown(down bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = down
}

// center is a merchant service that says what the test has set.
type center struct {
	mu       sync.Mutex
	standing map[string]est3dgate.Standing // by order number
	txn      map[string]string             // its transaction, by order number; T1 otherwise
	notice   map[string]string             // fields of its replies, by name
	declines bool                          // neither captures nor releases
	down     bool
	asked    []string
}

func (c *center) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	op, oid := r.PostFormValue("operation"), r.PostFormValue("oid")
	c.asked = append(c.asked, op)
	if c.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if c.standing[oid] == est3dgate.Held && !c.declines {
		switch op {
		case "capture":
			c.standing[oid] = est3dgate.Taken
		case "void":
			c.standing[oid] = est3dgate.Released
		}
	}
	fields := map[string]string{
		"clientid": clientID, "oid": oid, "rnd": r.PostFormValue("rnd"), "state": string(c.standing[oid]),
		"amount": "500.00", "currency": "504", "ProcReturnCode": "00", "TransId": cmp.Or(r.PostFormValue("TransId"), c.txn[oid], "T1"),
	}
	if fields["state"] == "" {
		fields["state"] = "none"
	}
	maps.Copy(fields, c.notice)
	fields["HASH"] = est3dgate.Hash(fields, storeKey, est3dgate.CallbackValue)
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	_, _ = io.WriteString(w, form.Encode())
}

func (c *center) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *center) stands(oid string, s est3dgate.Standing) { c.set(func() { c.standing[oid] = s }) }

func (c *center) was(oid string) est3dgate.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standing[oid]
}

// logBook keeps what was logged, a line each.
type logBook struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type world struct {
	t      *testing.T
	center *center
	log    *logBook
	block  *Block
	clock  *clock.Fake
	keys   map[string]*tokens.Keyring
	others *others
	client *paymentapi.Client
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{
		t: t, center: &center{standing: map[string]est3dgate.Standing{}, txn: map[string]string{}}, log: &logBook{}, clock: clock.NewFake(noon), others: &others{calls: map[string][]string{}},
		keys: tokens.ForTest(t, block.Order...),
	}
	bank := httptest.NewServer(w.center)
	t.Cleanup(bank.Close)
	cfg := Config{
		Provider: Est3DGate, ClientID: clientID, StoreKey: storeKey, GateURL: gate, CenterURL: bank.URL, Days: 30, AskEvery: time.Hour,
		CaptureWithin: 24 * time.Hour,
	}
	if change != nil {
		change(&cfg)
	}
	custody := envelopetest.New()
	b, err := New(t.Context(), cfg, block.Deps{
		Name: "payment", Log: slog.New(slog.NewTextHandler(w.log, nil)), Clock: w.clock, Cluster: pgtest.ClusterWith(t, "payment", migrations), Conns: 4,
		Keys: w.keys["payment"], PortalURL: "http://portal.test",
		Peer: func(name string) *wire.Client {
			if name == "custody" {
				return wire.New("http://"+name, name, wire.Memory(custody), w.keys["payment"])
			}
			return wire.New("http://"+name, name, wire.Memory(w.others), w.keys["payment"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	w.block = b
	w.client = w.clientOf("casework")
	return w
}

func (w *world) clientOf(caller string) *paymentapi.Client {
	return paymentapi.New(wire.New("http://payment", "payment", wire.Memory(w.block.Handler()), w.keys[caller]))
}

func (w *world) order() paymentapi.Order {
	w.t.Helper()
	o, err := w.client.CreateOrder(w.t.Context(), demand(nil))
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// get reads a page as the person.
func (w *world) get(path string, visit tokens.Visit) *httptest.ResponseRecorder {
	w.t.Helper()
	token, err := w.keys["portal"].SignVisit("payment", visit)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set(tokens.VisitHeader, token)
	rec := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rec, r)
	return rec
}

var amina = tokens.Visit{Subject: "sub-amina", NameAr: "أمينة", NameFr: "Amina"}

// redirected opens the pay page, as a person does before the bank can call.
func (w *world) redirected(o paymentapi.Order) string {
	w.t.Helper()
	rec := w.get("/fr"+o.PayPath, amina)
	_, after, ok := strings.Cut(rec.Body.String(), `name="oid" value="`)
	if rec.Code != http.StatusOK || !ok {
		w.t.Fatalf("pay page %d:\n%s", rec.Code, rec.Body)
	}
	number, _, _ := strings.Cut(after, `"`)
	return number
}

// call posts a callback, signed unless change says otherwise.
func (w *world) call(number string, change map[string]string) string {
	w.t.Helper()
	return w.callback(number, change).Body.String()
}

func (w *world) callback(number string, change map[string]string) *httptest.ResponseRecorder {
	w.t.Helper()
	fields := map[string]string{
		"clientid": clientID, "oid": number, "amount": "500.00", "currency": "504",
		"ProcReturnCode": "00", "Response": "Approved", "TransId": "T1",
	}
	maps.Copy(fields, change)
	if _, ok := fields["HASH"]; !ok {
		fields["HASH"] = est3dgate.Hash(fields, storeKey, est3dgate.CallbackValue)
	}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	r := httptest.NewRequest(http.MethodPost, "/payment/callback", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rec, r)
	return rec
}

// paid has the payer pay: the bank calls, is told to capture, and does.
func (w *world) paid(o paymentapi.Order) (number string) {
	w.t.Helper()
	number = w.redirected(o)
	if got := w.call(number, nil); got != "ACTION=POSTAUTH" {
		w.t.Fatalf("answer %s", got)
	}
	w.center.stands(number, est3dgate.Taken)
	w.confirm(number)
	return number
}

// confirm does what the job after a callback does.
func (w *world) confirm(number string) {
	w.t.Helper()
	if err := w.block.confirm(w.t.Context(), Confirmation{Attempt: number}); err != nil {
		w.t.Fatal(err)
	}
}

// sweep lets the time pass and asks the bank.
func (w *world) sweep(after time.Duration) {
	w.t.Helper()
	w.clock.Advance(after)
	if err := w.block.askBank(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// balance is what stands on an account, debits less credits.
func (w *world) balance(a Account) money.Centimes {
	w.t.Helper()
	return money.Centimes(w.query(`SELECT coalesce(sum(amount), 0)::bigint FROM lines WHERE account = '` + string(a) + `'`))
}

// cases lists kind, remedy and finding of every case, the oldest first.
func (w *world) cases() (list []string) {
	w.t.Helper()
	err := w.block.db.Tx(w.t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT concat_ws(' ', kind, remedy, nullif(finding, ''), CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END)
			FROM cases ORDER BY opened_at, id`)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) status(id string) paymentapi.Status {
	w.t.Helper()
	o, err := w.client.Order(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return o.Status
}

// query reads one number as the system.
func (w *world) query(sql string) (n int64) {
	w.t.Helper()
	err := w.block.db.Tx(w.t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, sql).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// revenue checks that the ledger holds what was paid, and sums to zero.
func (w *world) revenue(want money.Centimes) {
	w.t.Helper()
	if got := w.query(`SELECT coalesce(-sum(amount), 0)::bigint FROM lines WHERE account = 'fee_revenue'`); got != int64(want) {
		w.t.Errorf("revenue %d, want %d", got, want)
	}
	if sum := w.query(`SELECT coalesce(sum(amount), 0)::bigint FROM lines`); sum != 0 {
		w.t.Errorf("ledger sums to %d", sum)
	}
}

// work runs the jobs until done says so.
func (w *world) work(done func() bool) {
	w.t.Helper()
	jobstest.Until(w.t, w.block.jobs, done)
}

func (w *world) id(o paymentapi.Order) (id OrderID) {
	w.t.Helper()
	if err := id.UnmarshalText([]byte(o.ID)); err != nil {
		w.t.Fatal(err)
	}
	return id
}
