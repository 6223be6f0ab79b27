package portal

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wasl/casework/caseworkapi"
	"wasl/catalog/catalogapi"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/money"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
)

var nine = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// bench is a portal with fake blocks behind it.
type bench struct {
	*Block
	t      *testing.T
	clock  *clock.Fake
	keys   map[string]*tokens.Keyring
	blocks map[string]http.Handler
	server *httptest.Server
	issuer *provider
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewFake(nine), keys: tokens.ForTest(t, block.Order...), blocks: map[string]http.Handler{}}
	b.blocks["catalog"] = b.fakeCatalog()
	b.blocks["casework"] = b.fakeCasework()
	b.blocks["custody"] = envelopetest.New()
	b.server = httptest.NewUnstartedServer(nil)
	portal := "http://" + b.server.Listener.Addr().String()
	b.issuer = newProvider(t, portal+"/login/callback")
	var err error
	b.Block, err = New(t.Context(), Config{Identity: http.DefaultTransport}, block.Deps{
		Name: "portal", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: b.clock, Cluster: pgtest.Cluster(t), Conns: 4,
		Keys: b.keys["portal"], Dir: t.TempDir(), PortalURL: portal, IdentityURL: b.issuer.url, Demo: true,
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := b.blocks[name]
				if h == nil {
					panic("the block " + name + " is down")
				}
				h.ServeHTTP(w, r)
			})), b.keys["portal"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.db.Close)
	b.issuer.keys = b.Party().Keys
	b.server.Config.Handler = httpx.Middleware(slog.New(slog.DiscardHandler), b.Handler())
	b.server.Start()
	t.Cleanup(b.server.Close)
	return b
}

func (b *bench) fakeCatalog() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/search", func(w http.ResponseWriter, r *http.Request) {
		if _, err := b.keys["catalog"].VerifyService(httpx.Bearer(r)); err != nil {
			b.t.Errorf("catalog: %v", err)
		}
		json.NewEncoder(w).Encode(catalogapi.Found{Total: 2, Hits: []catalogapi.Hit{{Procedure: catalogapi.Procedure{
			Code: "passport", Status: "published", Title: i18n.Text{"ar": "جواز السفر البيومتري", "fr": "Passeport biométrique"},
			Delay: catalogapi.Delay{Known: true, Days: 15}, Fee: catalogapi.Fee{Known: true, Amount: money.Centimes(50000)},
		}}, {Procedure: catalogapi.Procedure{
			Code: "building-permit", Status: "published", Title: i18n.Text{"ar": "رخصة البناء", "fr": "Permis de construire"},
			Delay: catalogapi.Delay{Known: true, Days: 30, Demonstration: true},
		}}}})
	})
	return mux
}

func (b *bench) fakeCasework() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/people/{subject}/dossiers", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"dossiers": []caseworkapi.Summary{{
			ID: "dos_1", Reference: "K7M2-9QXD-67", Title: i18n.Text{"ar": "رخصة البناء", "fr": "Permis de construire"}, State: "deposited",
			LastDay: b.clock.Today().AddDays(20), DaysLeft: 20, Next: "administration", Path: "/dossiers/dos_1",
		}}})
	})
	mux.HandleFunc("/{lang}/dossiers/{id}", func(w http.ResponseWriter, r *http.Request) {
		visit, err := b.keys["casework"].VerifyVisit(r.Header.Get(tokens.VisitHeader))
		if err != nil {
			b.t.Errorf("casework: %v", err)
		}
		body, _ := io.ReadAll(r.Body)
		forged := ""
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, ""), "forged") {
				forged += name + " "
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		http.SetCookie(w, &http.Cookie{Name: "own", Value: "1"})
		json.NewEncoder(w).Encode(map[string]any{
			"path": r.URL.RequestURI(), "method": r.Method, "body": string(body), "subject": visit.Subject, "org": visit.Org, "roles": visit.Roles,
			"lang": visit.Lang, "name": visit.NameAr, "cookie": r.Header.Get("Cookie"), "auth": r.Header.Get("Authorization"),
			"banner": r.Header.Get("Wasl-Banner"), "trace": r.Header.Get("Traceparent") != "", "session": visit.Session != "", "forged": forged,
		})
	})
	return mux
}

// browser follows redirects and keeps cookies, as people's browsers do.
func (b *bench) browser() *http.Client {
	jar := newJar()
	return &http.Client{Jar: jar}
}

func (b *bench) get(c *http.Client, path string) (int, string) {
	b.t.Helper()
	resp, err := c.Get(b.server.URL + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
