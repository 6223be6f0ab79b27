package exchange

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/exchange/exchangeapi"
	"wasl/exchange/gateway"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

// others answers for identity, catalog and custody.
type others struct {
	mu       sync.Mutex
	resolved []string
}

func (o *others) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/v1/resolutions":
		o.resolved = append(o.resolved, string(body))
		number := "ZZ100001"
		if strings.Contains(string(body), "sub-unknown") {
			number = "ZZ999999"
		}
		io.WriteString(w, `{"national_number":"`+number+`"}`)
	case strings.HasPrefix(r.URL.Path, "/v1/organisations/"):
		io.WriteString(w, `{"code":"min_interieur","name":{"ar":"وزارة الداخلية","fr":"Ministère de l’Intérieur"}}`)
	case strings.HasPrefix(r.URL.Path, "/v1/procedures/"):
		io.WriteString(w, `{"code":"passeport-biometrique-adulte","title":{"ar":"جواز السفر","fr":"Passeport"}}`)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

type world struct {
	t        *testing.T
	dir      string
	block    *Block
	clock    *clock.Fake
	keys     map[string]*tokens.Keyring
	others   *others
	register http.HandlerFunc
	mu       sync.Mutex
	client   *exchangeapi.Client
}

func (w *world) answer(h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.register = h
}

// civilStatus plays the register: the fields asked for, for one person.
func civilStatus(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		NationalNumber string   `json:"national_number"`
		Fields         []string `json:"fields"`
	}
	json.NewDecoder(r.Body).Decode(&ask)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if ask.NationalNumber != "ZZ100001" {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"code":"evidence_not_found"}`)
		return
	}
	out := map[string]any{}
	for _, f := range ask.Fields {
		out[f] = "value"
	}
	json.NewEncoder(w).Encode(out)
}

// newWorld runs the block with its own gateway, and the register's gateway in front of a register.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: clock.NewFake(time.Now()), keys: tokens.ForTest(t, block.Order...), others: &others{}, register: civilStatus}
	register := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		h := w.register
		w.mu.Unlock()
		h(rw, r)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, err := Setup(w.dir, w.clock, Where{Gateway: l.Addr().String(), Registers: register.URL})
	if err != nil {
		t.Fatal(err)
	}
	c, err := gateway.ReadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	provider, err := gateway.Open(t.Context(), c, w.clock, quiet)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(t.Context(), Config{Member: PortalMember, Subsystem: "portal"}, block.Deps{
		Name: "exchange", Log: quiet, Clock: w.clock, Cluster: pgtest.Cluster(t), Conns: 4, Dir: w.dir, Keys: w.keys["exchange"],
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(w.others), w.keys["exchange"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.block = b
	b.log = slog.New(slog.NewTextHandler(t.Output(), nil))
	w.client = w.clientOf("casework")
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { provider.Serve(ctx, l) })
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
		provider.Close()
		b.db.Close()
		register.Close()
	})
	w.until("the gateway is open", func() bool { return b.gateway.Load() != nil })
	return w
}

func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Fatalf("waited in vain: %s", what)
}

func (w *world) clientOf(caller string) *exchangeapi.Client {
	return exchangeapi.New(wire.New("http://exchange", "exchange", wire.Memory(w.block.Handler()), w.keys[caller]))
}

func ask() exchangeapi.EvidenceRequest {
	return exchangeapi.EvidenceRequest{
		Subject: "sub-amina", Consumer: "min_interieur", Evidence: "civil-status-extract", Procedure: "passeport-biometrique-adulte",
		Purpose: "dossier.passeport-biometrique-adulte", LegalBasis: LegalBasis, Consent: "dos_1/civil-status", Dossier: "dos_0198", Key: "key-1",
	}
}

// get reads a page as the person.
func (w *world) get(path, subject string) *httptest.ResponseRecorder {
	w.t.Helper()
	token, err := w.keys["portal"].SignVisit("exchange", tokens.Visit{Subject: subject})
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set(tokens.VisitHeader, token)
	rec := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rec, r)
	return rec
}
