package casework

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/catalog/catalogapi"
	"wasl/exchange/exchangeapi"
	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/envelope/envelopetest"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/locker/lockerapi"
	"wasl/payment/paymentapi"
	"wasl/signature/signatureapi"
	"wasl/support/supportapi"
)

// world is casework with small stand-ins for the institutions on its right.
type world struct {
	t     *testing.T
	clock *clock.Fake
	block *Block
	keys  map[string]*tokens.Keyring

	mu       sync.Mutex
	sealed   [][]byte
	locker   map[string][]byte
	meta     map[string]lockerapi.NewDocument
	opened   []string
	mails    []supportapi.Message
	breaks   bool // the locker's contents break off
	orders   map[string]paymentapi.Order
	asked    map[string]paymentapi.NewOrder // by key; Dossier is the order's id
	registry bool                           // the register answers
	during   func()                         // happens while the register answers
	reads    []exchangeapi.Read             // announced
	away     bool                           // the exchange takes no announcement
	last     []byte                         // body of the last service call
}

const (
	subject = "sub-amina"
	commune = "com_04.421.01.01"
)

var (
	amina    = tokens.Visit{Subject: subject, NameAr: "أمينة العلوي", NameFr: "Amina Alaoui", ACR: "high"}
	officerV = tokens.Visit{Subject: "sub-karim", NameFr: "Karim", Org: commune, Unit: commune, Roles: []string{"officer"}}
	foreign  = tokens.Visit{Subject: "sub-other", NameFr: "Other", Org: "com_04.501.01.01", Unit: "com_04.501.01.01", Roles: []string{"officer"}}
	governor = tokens.Visit{Subject: "sub-gov", NameFr: "Wali", Org: "min_interieur", Unit: "prov_04.421", Roles: []string{"governor"}}
	prefect  = tokens.Visit{Subject: "sub-pref", NameFr: "Agent", Org: "min_interieur", Unit: "prov_04.421", Roles: []string{"officer"}}
)

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, clock: clock.On("2026-09-01"), locker: map[string][]byte{}, meta: map[string]lockerapi.NewDocument{},
		orders: map[string]paymentapi.Order{}, asked: map[string]paymentapi.NewOrder{}, registry: true,
	}
	w.keys = tokens.ForTest(t, block.Order...)
	peers := map[string]http.Handler{
		"catalog": w.catalog(), "payment": w.payment(), "exchange": w.exchange(), "locker": w.lockerBlock(),
		"signature": w.signature(), "support": w.support(), "custody": envelopetest.New(),
	}
	b, err := New(t.Context(), Config{}, block.Deps{
		Name: "casework", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.clock,
		Cluster: pgtest.Cluster(t), Conns: 8, Keys: w.keys["casework"], PortalURL: "http://localhost:8080",
		Peer: func(name string) *wire.Client {
			return wire.New("http://"+name, name, wire.Memory(peers[name]), w.keys["casework"])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.block = b
	if err := b.desk.Jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.desk.Jobs.Stop(); b.desk.DB.Close() })
	return w
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func text(s string) i18n.Text { return i18n.Text{"fr": s, "ar": "«" + s + "»", "en": s, "zgh": s} }

var territory = catalogapi.Field{Name: "territory", Type: "territory", Kind: "commune", Label: text("Commune")}

var email = catalogapi.Field{Name: "email", Type: "email", Label: text("Adresse")}

var sheets = map[string]catalogapi.Sheet{
	"permis-construire": {
		Code: "permis-construire", Title: text("Permis de construire"), Lists: []catalogapi.List{"local-silence"},
		Silence: catalogapi.Silence{Effect: "approval"}, Expertise: catalogapi.Expertise{Case: "none"},
		Delay: catalogapi.Delay{Known: true, Days: 30, Unit: "calendar"},
		Fee:   catalogapi.Fee{Known: true}, Fields: []catalogapi.Field{territory, email},
		Pieces: []catalogapi.Piece{
			{Code: "plan", Title: text("Plan"), From: "user", Accept: []string{"application/pdf"}},
			{Code: "land-title", Title: text("Titre"), From: "user"},
		},
	},
	"passeport": {
		Code: "passeport", Title: text("Passeport"), Silence: catalogapi.Silence{Effect: "appeal"}, Expertise: catalogapi.Expertise{Case: "none"},
		Delay: catalogapi.Delay{Known: true, Days: 15}, Fee: catalogapi.Fee{Known: true, Amount: 50000}, Fields: []catalogapi.Field{territory, email},
		Pieces: []catalogapi.Piece{
			{Code: "civil-status", Title: text("État civil"), From: "administration", Evidence: "civil-status-extract"},
			{Code: "photo", Title: text("Photo"), From: "user", Accept: []string{"image/png", "image/jpeg"}, MaxBytes: 1 << 20},
		},
	},
}

func (w *world) catalog() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/procedures/{code}", func(rw http.ResponseWriter, r *http.Request) {
		s, ok := sheets[r.PathValue("code")]
		if !ok {
			httpx.Problem(rw, r, errs.New(errs.NotFound, "procedure_unknown"))
			return
		}
		answer(rw, catalogapi.Procedure{Code: s.Code, Status: "published", Revision: "rev_" + s.Code, Title: s.Title})
	})
	mux.HandleFunc("GET /v1/revisions/{id}", func(rw http.ResponseWriter, r *http.Request) {
		code := strings.TrimPrefix(r.PathValue("id"), "rev_")
		answer(rw, catalogapi.Revision{ID: r.PathValue("id"), Procedure: code, Status: "published", Sheet: sheets[code], Seal: &catalogapi.Seal{ID: "seal_1"}})
	})
	mux.HandleFunc("GET /v1/territories", func(rw http.ResponseWriter, r *http.Request) {
		list := []catalogapi.Territory{}
		if r.URL.Query().Get("prefix") == "Agdal" {
			list = append(list, catalogapi.Territory{Code: "04.421.01.01", Name: text("Agdal")})
		}
		answer(rw, map[string]any{"territories": list})
	})
	mux.HandleFunc("GET /v1/territories/{code}", func(rw http.ResponseWriter, r *http.Request) {
		answer(rw, catalogapi.Territory{Code: r.PathValue("code"), Name: text("Agdal")})
	})
	mux.HandleFunc("GET /v1/competence", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("procedure") == "passeport" {
			answer(rw, catalogapi.Competence{
				Org:  catalogapi.Organisation{Code: passportOrg(r.URL.Query().Get("territory")), Name: text("Intérieur"), Level: "central"},
				Unit: catalogapi.Unit{Code: "prov_04.421", Org: "min_interieur", Name: text("Préfecture de Rabat"), Territory: "04.421"},
			})
			return
		}
		answer(rw, catalogapi.Competence{
			Org:      catalogapi.Organisation{Code: commune, Name: text("Commune d’Agdal"), Level: "communal"},
			Unit:     catalogapi.Unit{Code: commune, Org: commune, Name: text("Commune d’Agdal")},
			Governor: &catalogapi.Unit{Code: "prov_04.421", Org: "min_interieur", Name: text("Wali de Rabat")},
		})
	})
	return mux
}

// passportOrg is the administration of a territory: two, so that a person can choose the wrong one first.
func passportOrg(territory string) string {
	if territory == "04.501.01.01" {
		return "another_administration"
	}
	return "min_interieur"
}

func (w *world) payment() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/orders", func(rw http.ResponseWriter, r *http.Request) {
		var o paymentapi.NewOrder
		_ = json.NewDecoder(r.Body).Decode(&o)
		w.mu.Lock()
		defer w.mu.Unlock()
		known, ok := w.asked[o.Key]
		if ok && known.Org != o.Org {
			httpx.Problem(rw, r, errs.New(errs.Conflict, "order_key_reused"))
			return
		}
		id := known.Dossier
		if !ok {
			id = fmt.Sprint("ord_", len(w.orders)+1)
			w.asked[o.Key] = paymentapi.NewOrder{Org: o.Org, Dossier: id}
			w.orders[id] = paymentapi.Order{ID: id, Reference: "PAY-1", Status: paymentapi.Open, Dossier: o.Dossier, Amount: o.Amount, PayPath: "/payments/" + id}
		}
		answer(rw, w.orders[id])
	})
	mux.HandleFunc("GET /v1/orders/{id}", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		answer(rw, w.orders[r.PathValue("id")])
	})
	return mux
}

func (w *world) exchange() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/reads", func(rw http.ResponseWriter, r *http.Request) {
		var in exchangeapi.Reads
		_ = json.NewDecoder(r.Body).Decode(&in)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.away {
			httpx.Problem(rw, r, errs.New(errs.Unavailable, "upstream_unavailable"))
			return
		}
		for _, r := range in.Reads { // telling it twice changes nothing
			if !slices.ContainsFunc(w.reads, func(known exchangeapi.Read) bool { return known.ID == r.ID }) {
				w.reads = append(w.reads, r)
			}
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /v1/evidence-requests", func(rw http.ResponseWriter, r *http.Request) {
		if w.during != nil {
			w.during()
		}
		var q exchangeapi.EvidenceRequest
		_ = json.NewDecoder(r.Body).Decode(&q)
		switch {
		case q.Consent == "" || q.LegalBasis == "":
			httpx.Problem(rw, r, errs.New(errs.Forbidden, "exchange_not_allowed"))
		case !w.registry:
			httpx.Problem(rw, r, errs.New(errs.NotFound, "evidence_not_found"))
		default:
			answer(rw, exchangeapi.Evidence{ID: "msg_1", Evidence: q.Evidence, Provider: "MA/GOV/civil", Content: json.RawMessage(`{"birth_date":"1990-05-04","father":"Ahmed"}`)})
		}
	})
	return mux
}

func (w *world) lockerBlock() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/documents", func(rw http.ResponseWriter, r *http.Request) {
		var d lockerapi.NewDocument
		raw, _ := url.QueryUnescape(r.Header.Get(lockerapi.MetaHeader))
		_ = json.Unmarshal([]byte(raw), &d)
		data, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		id := "doc_" + d.Type + "_" + regexp.MustCompile(`\W`).ReplaceAllString(d.Key, "")
		w.locker[id], w.meta[id] = data, d
		answer(rw, lockerapi.Document{ID: id, Owner: d.Owner, Kind: d.Kind, Type: d.Type})
	})
	mux.HandleFunc("GET /v1/documents/{id}/content", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.opened = append(w.opened, r.URL.Query().Get("org")+" "+r.URL.Query().Get("purpose"))
		_, _ = rw.Write(w.locker[r.PathValue("id")])
		if w.breaks {
			_ = http.NewResponseController(rw).Flush()
			panic(http.ErrAbortHandler)
		}
	})
	return mux
}

func (w *world) signature() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sealed = append(w.sealed, data)
		answer(rw, signatureapi.SealedPDF{Seal: signatureapi.Seal{ID: "seal_x", KeyID: "key_1", SHA256: "ab"}, PDF: data})
	})
}

func (w *world) support() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var m supportapi.Message
		_ = json.NewDecoder(r.Body).Decode(&m)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.mails = append(w.mails, m)
		answer(rw, supportapi.Sent{ID: "msg", Status: "queued"})
	})
}

// page is an answer as a person sees it.
type page struct {
	status   int
	location string
	body     string
}

func (w *world) do(v tokens.Visit, method, path string, form url.Values, files map[string]upload) page {
	w.t.Helper()
	var body io.Reader
	contentType := "application/x-www-form-urlencoded"
	if files != nil {
		var buf bytes.Buffer
		m := multipart.NewWriter(&buf)
		for name, values := range form {
			for _, value := range values {
				_ = m.WriteField(name, value)
			}
		}
		for name, f := range files {
			part, _ := m.CreateFormFile(name, f.name)
			_, _ = part.Write(f.data)
		}
		_ = m.Close()
		body, contentType = &buf, m.FormDataContentType()
	} else if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if body != nil {
		r.Header.Set("Content-Type", contentType)
	}
	token, err := w.keys["portal"].SignVisit("casework", v)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set(tokens.VisitHeader, token)
	rw := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rw, r)
	return page{rw.Code, rw.Header().Get("Location"), rw.Body.String()}
}

type upload struct {
	name string
	data []byte
}

func (w *world) get(v tokens.Visit, path string) page { return w.do(v, "GET", path, nil, nil) }

func (w *world) post(v tokens.Visit, path string, pairs ...string) page {
	return w.do(v, "POST", path, values(pairs), nil)
}

func values(pairs []string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// start begins a dossier and returns its path.
func (w *world) start(procedure string) string {
	w.t.Helper()
	p := w.post(amina, "/fr/dossiers", "procedure", procedure, "do", "start")
	if p.status != http.StatusSeeOther {
		w.t.Fatalf("start: %d %s", p.status, p.body)
	}
	return p.location
}

// until waits for background work.
func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for range 200 {
		w.mu.Lock()
		ok := done()
		w.mu.Unlock()
		if ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	w.t.Fatalf("never: %s", what)
}

func (w *world) sweep() int {
	w.t.Helper()
	n, err := w.block.desk.Sweep(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// on moves the legal date to a day.
func (w *world) on(day string) {
	d := w.clock.Today()
	target := clock.On(day).Today()
	w.clock.Shift(target.Sub(d))
}
