package gateway

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wasl/exchange/directory"
	"wasl/kit/clock"
)

// world is two members with their gateways and one register, on loopback.
type world struct {
	t                  testing.TB
	dir                string
	clk                *clock.Fake
	plan               directory.Plan
	register           atomic.Pointer[http.HandlerFunc]
	calls              atomic.Int64
	consumer, provider *Gateway
	address            string
	theirs             skewed // the provider's clock
	watch              time.Duration
	logged             lines // what both gateways logged
}

// lines takes what several loggers write.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// skewed is a clock that differs from another.
type skewed struct {
	clock.Clock
	by *atomic.Int64
}

func (s skewed) Now() time.Time { return s.Clock.Now().Add(time.Duration(s.by.Load())) }

func clientID(s string) directory.ClientID {
	c, err := directory.ParseClient(s)
	if err != nil {
		panic(err)
	}
	return c
}

func serviceID(s string) directory.ServiceID {
	v, err := directory.ParseService(s)
	if err != nil {
		panic(err)
	}
	return v
}

const (
	portal   = "MA/GOV/portal/dossiers"
	extracts = "MA/GOV/civil-status/register/extracts"
	files    = "MA/GOV/civil-status/register/files"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newWorld(t testing.TB) *world {
	t.Helper()
	if test, ok := t.(*testing.T); ok {
		test.Parallel() // each has its own folder and addresses, and waits for the disk most of the time
	}
	dir, err := os.MkdirTemp("", "gateway") // not t.TempDir: tessera may still write when it has ended
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	w := &world{t: t, dir: dir, clk: clock.NewFake(time.Now()), watch: time.Hour}
	w.theirs = skewed{w.clk, new(atomic.Int64)}
	w.answer(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		io.WriteString(rw, `{"birth_date":"1990-01-02","birth_place":"Fès"}`)
	})
	backend := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.calls.Add(1)
		(*w.register.Load())(rw, r)
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = listener.Addr().String()
	from, until := w.clk.Now().Add(-time.Hour), w.clk.Now().Add(48*time.Hour)
	agree := func(id, service string, ops ...directory.Operation) directory.Agreement {
		return directory.Agreement{
			ID: id, Consumer: clientID(portal), Service: serviceID(service), Operations: ops, Purposes: []string{"passport"},
			LegalBases: []string{"law 55-19 art. 24"}, Fields: []string{"birth_date", "birth_place"}, From: from, Until: until,
			Parties: []directory.PartyID{"GOV/min-interieur"},
		}
	}
	w.plan = directory.Plan{
		Instance: "MA",
		Members: []directory.PlannedMember{
			{Member: directory.Member{ID: clientID("MA/GOV/portal"), Subsystems: []string{"dossiers", "other"}}},
			{
				Member: directory.Member{ID: clientID("MA/GOV/civil-status"), Subsystems: []string{"register"}}, Listen: w.address,
				Upstream: map[string]string{"register/extracts": backend.URL, "register/files": backend.URL},
			},
			{Member: directory.Member{ID: clientID("MA/GOV/stranger"), Subsystems: []string{"x"}}},
		},
		Parties:  []directory.Party{{ID: "GOV/min-interieur"}, {ID: "GOV/min-sante"}},
		Services: []directory.Service{{ID: serviceID(extracts)}, {ID: serviceID(files)}},
		Agreements: []directory.Agreement{
			agree("agr-1", extracts, directory.Operation{Method: "POST", Path: ""}, directory.Operation{Method: "GET", Path: "/status/*"}),
			agree("agr-2", files, directory.Operation{Method: "GET", Path: ""}),
		},
	}
	w.plan.Agreements[1].Contents = []directory.Content{directory.PDF}
	w.install()
	w.consumer, w.provider = w.open("GOV-portal"), w.open("GOV-civil-status")
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() { defer close(served); w.provider.Serve(ctx, listener) }()
	t.Cleanup(func() {
		w.consumer.Close()
		cancel()
		<-served
		w.provider.Close()
		backend.Close()
	})
	return w
}

func (w *world) answer(h http.HandlerFunc) { w.register.Store(&h) }

func (w *world) install() {
	w.t.Helper()
	if err := directory.Install(w.dir, w.clk, w.plan); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) config(folder string) Config {
	w.t.Helper()
	c, err := ReadConfig(filepath.Join(w.dir, "members", folder, "gateway.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	c.Timeout, c.checkpoint, c.watch = Duration(1500*time.Millisecond), 100*time.Millisecond, w.watch
	return c
}

func (w *world) open(folder string) *Gateway {
	w.t.Helper()
	var clk clock.Clock = w.clk
	if folder == "GOV-civil-status" {
		clk = w.theirs
	}
	g, err := Open(context.Background(), w.config(folder), clk, slog.New(slog.NewTextHandler(&w.logged, nil)))
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// reload makes both gateways read the directory, as they do by themselves every two seconds.
func (w *world) reload() {
	w.t.Helper()
	for _, g := range []*Gateway{w.consumer, w.provider} {
		if err := g.reload(); err != nil {
			w.t.Fatal(err)
		}
	}
}

func call() Call {
	return Call{
		Client: clientID(portal), Service: serviceID(extracts), Method: "POST", Body: []byte(`{"national_number":"AB1"}`),
		Header: map[string][]string{"Content-Type": {"application/json"}}, Purpose: "passport", LegalBasis: "law 55-19 art. 24",
		Procedure: "passport", Subject: "subject-1", Represented: "GOV/min-interieur", Fields: []string{"birth_date", "birth_place"},
	}
}

func (w *world) send(c Call) (*Exchange, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return w.consumer.Send(ctx, c, Buffered)
}

// refused sends and expects a fault of this type, returning what evidence there is.
func (w *world) refused(name string, c Call, kind string) *Exchange {
	w.t.Helper()
	x, err := w.send(c)
	f, ok := err.(*Fault)
	if !ok || f.Type != kind {
		w.t.Errorf("%s: got %v, want %s", name, err, kind)
	}
	return x
}

func (w *world) records(g *Gateway) (out []Record) {
	w.t.Helper()
	if err := g.journal.Read(0, func(r Record) error { out = append(out, r); return nil }); err != nil {
		w.t.Fatal(err)
	}
	return out
}

func TestAnExchangeIsProvenAndLoggedOnBothSides(t *testing.T) {
	w := newWorld(t)
	seen := make(chan http.Header, 1)
	w.answer(func(rw http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("X-Road-Client", "MA/GOV/liar/x")
		io.WriteString(rw, `{"birth_date":"1990-01-02"}`)
	})
	c := call()
	c.ID = "client-chosen-1"
	x, err := w.send(c)
	if err != nil {
		t.Fatal(err)
	}
	if x.Status != 200 || string(x.Body) != `{"birth_date":"1990-01-02"}` || x.Header.Get(headClient) != portal {
		t.Errorf("%+v", x)
	}
	h := <-seen
	if h.Get(headPurpose) != "passport" || h.Get(headID) != "client-chosen-1" || h.Get(headFields) != "birth_date,birth_place" || h.Get(headMessage) != "" {
		t.Errorf("the register saw %v", h)
	}
	q, r, err := x.Evidence.Leaves()
	if err != nil || q.Subject != "subject-1" || q.Agreement != "agr-1" || r.Status != 200 || r.Body != digest(x.Body) || q.Represented != "GOV/min-interieur" {
		t.Errorf("%v %+v %+v", err, q, r)
	}
	for _, g := range []*Gateway{w.consumer, w.provider} {
		records := w.records(g)
		if len(records) != 2 || string(records[0].Leaf) != string(x.Evidence.Request.Leaf) || string(records[1].Leaf) != string(x.Evidence.Response.Leaf) {
			t.Errorf("%s logged %d messages", g.config.Member, len(records))
		}
	}
	if strings.Contains(string(x.Evidence.Request.Leaf), "AB1") {
		t.Error("the national number is in the evidence")
	}
}

func TestRightsAreCheckedOnBothSides(t *testing.T) {
	w := newWorld(t)
	with := func(alter func(*Call)) Call { c := call(); alter(&c); return c }
	cases := []struct {
		name, kind string
		c          Call
	}{
		{"unknown service", "Server.ClientProxy.UnknownService", with(func(c *Call) { c.Service.Code = "none" })},
		{"another member's name", "Server.ClientProxy.UnknownMember", with(func(c *Call) { c.Client.Member = "civil-status" })},
		{"no agreement", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Client.Subsystem = "other" })},
		{"wrong path", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Path = "/all" })},
		{"dots", "Client.BadRequest", with(func(c *Call) { c.Method, c.Path = "GET", "/status/%2e%2e" })},
		{"encoded slash and dots", "Client.BadRequest", with(func(c *Call) { c.Method, c.Path = "GET", "/status/a%2F..%2Fb" })},
		{"no purpose", "Client.BadRequest", with(func(c *Call) { c.Purpose = "" })},
		{"other purpose", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Purpose = "curiosity" })},
		{"field outside", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Fields = []string{"religion"} })},
		{"a party that nobody registered", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Represented = "GOV/anybody" })},
		{"a party outside the agreement", "Server.ClientProxy.AccessDenied", with(func(c *Call) { c.Represented = "GOV/min-sante" })},
		{"a party that is any text", "Client.BadRequest", with(func(c *Call) { c.Represented = "the Minister, in person" })},
		{"a party in other letters", "Client.BadRequest", with(func(c *Call) { c.Represented = "GOV/min%2Dinterieur" })},
		{"a party of many letters", "Client.BadRequest", with(func(c *Call) { c.Represented = "GOV/" + strings.Repeat("a", 200) })},
		{"a field twice", "Client.BadRequest", with(func(c *Call) { c.Fields = []string{"birth_date", "birth_date"} })},
		{"a long message id", "Client.BadRequest", with(func(c *Call) { c.ID = strings.Repeat("a", maxID+1) })},
		{"a message id of other letters", "Client.BadRequest", with(func(c *Call) { c.ID = "\u0623" })},
		{"a long subject", "Client.BadRequest", with(func(c *Call) { c.Subject = strings.Repeat("a", maxTerm+1) })},
		{"a procedure on two lines", "Client.BadRequest", with(func(c *Call) { c.Procedure = "a\nb" })},
		{"a parameter in the path", "Client.BadRequest", with(func(c *Call) { c.Method, c.Path = "GET", "/status/..;" })},
		{"a query with NUL", "Client.BadRequest", with(func(c *Call) { c.Query = "a=%00" })},
		{"header injection", "Client.BadRequest", with(func(c *Call) { c.ID = "a\r\nX-Evil: 1" })},
	}
	for _, c := range cases {
		w.refused(c.name, c.c, c.kind)
	}
	if n := w.calls.Load(); n != 0 {
		t.Errorf("the register was called %d times", n)
	}
	w.plan.Services[1].Disabled = "maintenance until noon"
	w.install()
	w.reload()
	off := with(func(c *Call) { c.Service, c.Method, c.Body = serviceID(files), "GET", nil })
	if _, err := w.send(off); err == nil || !strings.Contains(err.(*Fault).Message, "until noon") {
		t.Errorf("a service switched off must give its notice: %v", err)
	}
	// A consumer with a directory of its own making still meets the provider's check.
	lax := *w.consumer.trust.Load().Snapshot
	lax.Agreements = append([]directory.Agreement{}, lax.Agreements...)
	lax.Agreements[0].Fields = append(lax.Agreements[0].Fields, "religion")
	forged, _ := newTrust(&lax)
	w.consumer.trust.Store(forged)
	x := w.refused("provider's own check", with(func(c *Call) { c.Fields = []string{"religion"} }), "Server.ServerProxy.AccessDenied")
	if _, r, err := x.Evidence.Leaves(); err != nil || r.Error != "Server.ServerProxy.AccessDenied" {
		t.Errorf("the refusal is not evidence: %v %+v", err, r)
	}
}

func TestClientSideSpeaksTheRestProtocol(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.consumer.Clients())
	defer srv.Close()
	do := func(method, path string, alter func(http.Header)) *http.Response {
		t.Helper()
		req, _ := http.NewRequest(method, srv.URL, strings.NewReader(`{"national_number":"AB1"}`))
		req.URL.Opaque = path
		req.Header = http.Header{"X-Road-Client": {portal}, "Content-Type": {"application/json"}, "Wasl-Purpose": {"passport"}, "Wasl-Legal-Basis": {"law 55-19 art. 24"}, "Wasl-Fields": {"birth_date, birth_place"}}
		if alter != nil {
			alter(req.Header)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	ok := do("POST", "/r1/"+extracts, nil)
	if b, _ := io.ReadAll(ok.Body); ok.StatusCode != 200 || len(b) == 0 || ok.Header.Get(headService) != extracts || ok.Header.Get(headRequestHash) == "" || ok.Header.Get(headID) == "" {
		t.Errorf("%d %s %v", ok.StatusCode, b, ok.Header)
	}
	if r := do("POST", "/r1/"+extracts, func(h http.Header) { h["X-Road-Client"] = []string{"MA/GOV/nobody/x", portal} }); r.StatusCode != 200 {
		t.Errorf("of duplicate clients the last wins: %d", r.StatusCode)
	}
	for _, c := range []struct {
		name, method, path, kind string
		status                   int
		alter                    func(http.Header)
	}{
		{"client missing", "POST", "/r1/" + extracts, "Client.BadRequest", 400, func(h http.Header) { h.Del("X-Road-Client") }},
		{"four segments", "POST", "/r1/MA/GOV/civil-status/register", "Client.BadRequest", 400, nil},
		{"other protocol version", "POST", "/r2/" + extracts, "Client.BadRequest", 400, nil},
		{"purpose missing", "POST", "/r1/" + extracts, "Client.BadRequest", 400, func(h http.Header) { h.Del("Wasl-Purpose") }},
		{"dots", "GET", "/r1/" + extracts + "/status/..", "Client.BadRequest", 400, nil},
		{"encoded dots", "GET", "/r1/" + extracts + "/status/%2E%2e", "Client.BadRequest", 400, nil},
		{"a dot at the end", "GET", "/r1/" + extracts + "/status/a.", "Client.BadRequest", 400, nil},
		{"a dot at a segment's end", "GET", "/r1/" + extracts + "/status./a", "Client.BadRequest", 400, nil},
		{"NUL", "GET", "/r1/" + extracts + "/status/a%00", "Client.BadRequest", 400, nil},
		{"an encoded letter", "GET", "/r1/" + extracts + "/status/%61", "Client.BadRequest", 400, nil},
		{"a backslash", "GET", "/r1/" + extracts + `/status/a\..\b`, "Client.BadRequest", 400, nil},
		{"a fraction slash of many bytes", "GET", "/r1/" + extracts + "/status/%e2%81%84", "Client.BadRequest", 400, nil},
		{"a parameter", "GET", "/r1/" + extracts + "/status/a;v=1", "Client.BadRequest", 400, nil},
		{"other letters", "GET", "/r1/" + extracts + "/Status/a", "Server.ClientProxy.AccessDenied", 500, nil},
		{"the service in other letters", "POST", "/r1/" + strings.ToUpper(extracts), "Server.ClientProxy.UnknownService", 500, nil},
		{"a query that breaks off", "GET", "/r1/" + extracts + "/status/a?x=%2", "Client.BadRequest", 400, nil},
		{"a fragment", "GET", "/r1/" + extracts + "/status/a%23b", "Client.BadRequest", 400, nil},
		{"dots with a parameter", "GET", "/r1/" + extracts + "/status/..;/x", "Client.BadRequest", 400, nil},
		{"dots encoded twice", "GET", "/r1/" + extracts + "/status/%252e%252e/x", "Client.BadRequest", 400, nil},
		{"an encoded slash", "GET", "/r1/" + extracts + "/status/a%2Fb", "Client.BadRequest", 400, nil},
		{"an encoded backslash", "GET", "/r1/" + extracts + "/status/a%5cb", "Client.BadRequest", 400, nil},
		{"an empty segment", "GET", "/r1/" + extracts + "//status/a", "Client.BadRequest", 400, nil},
		{"a slash at the end", "GET", "/r1/" + extracts + "/", "Client.BadRequest", 400, nil},
		{"an empty query", "GET", "/r1/" + extracts + "/status/a?", "Client.BadRequest", 400, nil},
		{"an overlong dot", "GET", "/r1/" + extracts + "/status/%c0%ae", "Client.BadRequest", 400, nil},
		{"dots in the service", "POST", "/r1/MA/GOV/civil-status/register/%2e%2e", "Client.BadRequest", 400, nil},
		{"any text as party", "POST", "/r1/" + extracts, "Client.BadRequest", 400, func(h http.Header) { h.Set("X-Road-Represented-Party", "Forger & Sons") }},
		{"an absolute address", "GET", "http://elsewhere/r1/" + extracts + "/status/a", "Client.BadRequest", 400, nil},
		{"unknown service", "POST", "/r1/" + extracts + "x", "Server.ClientProxy.UnknownService", 500, nil},
		{"unknown client", "POST", "/r1/" + extracts, "Server.ClientProxy.UnknownMember", 500, func(h http.Header) { h.Set("X-Road-Client", "MA/GOV/nobody/x") }},
	} {
		r := do(c.method, c.path, c.alter)
		var f Fault
		err := json.NewDecoder(r.Body).Decode(&f)
		if err != nil || r.StatusCode != c.status || r.Header.Get(headError) != c.kind || f.Type != c.kind || f.Message == "" || !strings.Contains(r.Header.Get("Content-Type"), "charset=") {
			t.Errorf("%s: %d %s %+v %v", c.name, r.StatusCode, r.Header.Get(headError), f, err)
		}
	}
}
