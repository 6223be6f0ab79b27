package locker

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/custody/custodyapi"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/locker/lockerapi"
	"wasl/signature/signatureapi"
)

const (
	fatima = "sub-fatima"
	other  = "sub-other"
)

var pdf = []byte("%PDF-1.7 a sealed decision, in full: " + strings.Repeat("0123456789", 20_000))

// neighbours stand for custody, signature and the catalogue: the contract's other end, over the in-memory wire.
type neighbours struct {
	mu   sync.Mutex
	keys map[string][]byte // blob → data key
}

func (n *neighbours) handler() http.Handler {
	mux := http.NewServeMux()
	type key struct {
		Key   []byte `json:"key,omitempty"`
		AAD   []byte `json:"aad,omitempty"`
		KeyID string `json:"key_id,omitempty"`
		Blob  []byte `json:"blob,omitempty"`
	}
	mux.HandleFunc("POST /v1/keys/locker/wrap", func(w http.ResponseWriter, r *http.Request) {
		var k key
		_ = json.NewDecoder(r.Body).Decode(&k)
		n.mu.Lock()
		defer n.mu.Unlock()
		blob := sha256.Sum256(append(k.Key, k.AAD...))
		n.keys[string(blob[:])+string(k.AAD)] = k.Key
		_ = json.NewEncoder(w).Encode(custodyapi.Wrapped{KeyID: "kek:locker:1", Blob: blob[:]})
	})
	mux.HandleFunc("POST /v1/keys/locker/unwrap", func(w http.ResponseWriter, r *http.Request) {
		var k key
		_ = json.NewDecoder(r.Body).Decode(&k)
		n.mu.Lock()
		defer n.mu.Unlock()
		_ = json.NewEncoder(w).Encode(key{Key: n.keys[string(k.Blob)+string(k.AAD)]})
	})
	mux.HandleFunc("POST /v1/validations", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		report := signatureapi.Report{Verdict: "tampered", Signatures: []signatureapi.SignatureReport{{
			Verdict: "tampered", Signer: "Commune de Rabat", Findings: []signatureapi.Finding{{Code: "hash_mismatch"}, {Code: "from_the_future"}},
		}}}
		if bytes.Equal(b, pdf) {
			report = signatureapi.Report{Verdict: "intact", Signatures: []signatureapi.SignatureReport{{
				Verdict: "intact", Signer: "Commune de Rabat", StampAt: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC),
			}}}
		}
		_ = json.NewEncoder(w).Encode(report)
	})
	mux.HandleFunc("GET /v1/seals/{id}/proof", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"format":"wasl-evidence-proof/1"}`)
	})
	mux.HandleFunc("GET /v1/log/verifier", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"verifier":""}`) })
	mux.HandleFunc("GET /v1/organisations/{code}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"code": r.PathValue("code"), "name": i18n.Text{"fr": "Commune de Rabat", "ar": "جماعة الرباط"}})
	})
	return mux
}

// room is a locker with its clock, its callers and a browser.
type room struct {
	*Block
	clock *clock.Fake
	keys  map[string]*tokens.Keyring
	api   *lockerapi.Client
	dir   string

	cluster *pg.Cluster
	near    *neighbours
}

func open(t *testing.T) *room {
	t.Helper()
	return openOn(t, pgtest.ClusterWith(t, "locker", migrations), t.TempDir(), &neighbours{keys: map[string][]byte{}})
}

// openOn starts a locker on what another left: its database, its folder and custody's keys.
func openOn(t *testing.T, cluster *pg.Cluster, dir string, n *neighbours) *room {
	t.Helper()
	keys := tokens.ForTest(t, "locker", "casework", "portal", "custody", "signature", "catalog", "support")
	clk := clock.NewFake(time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC))
	b, err := New(t.Context(), Config{}, block.Deps{
		Name: "locker", Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Clock: clk, Cluster: cluster, Conns: 4, Keys: keys["locker"], Dir: dir,
		PortalURL: "https://portal.test",
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(n.handler()), keys["locker"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.store.db.Close)
	api := lockerapi.New(wire.New("http://locker", "locker", wire.Memory(b.Handler()), keys["casework"]))
	return &room{b, clk, keys, api, dir, cluster, n}
}

func decision(key string) lockerapi.NewDocument {
	return lockerapi.NewDocument{
		Owner: fatima, Kind: lockerapi.Issued, Type: "decision", Title: i18n.Text{"fr": "Permis de construire", "ar": "رخصة البناء"},
		Issuer: "com_1", Reference: reference, Seal: "sea_1", ContentType: "application/pdf", Key: key,
	}
}

// reference is a reference whose check digits hold.
var reference = ids.NewReference()

func (r *room) put(t *testing.T, d lockerapi.NewDocument, content []byte) lockerapi.Document {
	t.Helper()
	doc, err := r.api.Put(t.Context(), d, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// as sends a request of a person (nobody: "") as the portal forwards it.
func (r *room) as(t *testing.T, subject, method, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r.send(t, subject, req)
}

func (r *room) send(t *testing.T, subject string, req *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	visit, err := r.keys["portal"].SignVisit("locker", tokens.Visit{Subject: subject, NameFr: "Fatima"})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(tokens.VisitHeader, visit)
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, req)
	return w
}

func expect(t *testing.T, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	_, main, _ := strings.Cut(w.Body.String(), "<main")
	if w.Code != status {
		t.Errorf("status %d, want %d\n%.1500s", w.Code, status, main)
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("%q is missing in\n%.1500s", word, main)
		}
	}
}
