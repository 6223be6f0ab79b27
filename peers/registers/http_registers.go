package registers

import (
	"embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"wasl/kit/errs"
	"wasl/peers/sim"
)

//go:embed pages locales
var files embed.FS

// Config is what the process is started with.
type Config struct {
	Seed       string // file of the demonstration's persons (JSON array of Person); may be empty
	Population int    // how many more persons are drawn; 1000 when zero
}

// Registers is the running simulator.
type Registers struct {
	log     *slog.Logger
	pages   *sim.Pages
	persons map[string]Person
	served  atomic.Int64
	down    atomic.Bool
}

// New reads the seed and draws the population.
func New(c Config, log *slog.Logger) (*Registers, error) {
	if c.Population == 0 {
		c.Population = 1000
	}
	r := &Registers{log: log, persons: map[string]Person{}}
	for _, p := range Population(c.Population) {
		r.persons[p.NationalNumber] = p
	}
	if c.Seed != "" {
		b, err := os.ReadFile(c.Seed)
		if err != nil {
			return nil, fmt.Errorf("registers: seed: %w", err)
		}
		seeded, err := ReadSeed(b)
		if err != nil {
			return nil, err
		}
		for _, p := range seeded {
			r.persons[p.NationalNumber] = p
		}
	}
	var err error
	r.pages, err = sim.Load(files, log)
	return r, err
}

// Handler answers the gateway (/civil-status/…) and a person who looks at the simulator (/).
func (s *Registers) Handler() http.Handler {
	mux := http.NewServeMux()
	sim.Style(mux)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /sim/state", s.setState)
	mux.HandleFunc("GET /civil-status", s.describe)
	mux.HandleFunc("POST /civil-status/extracts", s.extract)
	return mux
}

type ask struct {
	NationalNumber string   `json:"national_number"`
	Fields         []string `json:"fields"`
}

// extract answers one person's fields. The log says how it ended, never for whom.
func (s *Registers) extract(w http.ResponseWriter, r *http.Request) {
	if s.down.Load() {
		s.refuse(w, errs.New(errs.Unavailable, "register_closed"))
		return
	}
	var a ask
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		s.refuse(w, errs.New(errs.Invalid, "request_malformed"))
		return
	}
	p, ok := s.persons[strings.ToUpper(strings.TrimSpace(a.NationalNumber))]
	if !ok {
		s.refuse(w, errs.New(errs.NotFound, "evidence_not_found"))
		return
	}
	out, err := p.Extract(a.Fields)
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.served.Add(1)
	s.log.Info("extract served", "fields", len(out), "request", r.Header.Get("X-Road-Request-Id"), "purpose", r.Header.Get("Wasl-Purpose"))
	reply(w, http.StatusOK, out)
}

// describe says what the register holds; preview tells whether it shows the evidence to the person itself before it is sent
// (OOTS, possibility for preview): this one does not, so the administration that asks must show it (law 55-19 art. 24).
func (s *Registers) describe(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"evidence": "birth-extract", "fields": Fields, "preview": false})
}

func (s *Registers) refuse(w http.ResponseWriter, err error) {
	s.log.Info("extract refused", "code", errs.CodeOf(err))
	reply(w, errs.KindOf(err).Status(), map[string]string{"code": errs.CodeOf(err)})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type homeView struct {
	Persons int
	Served  int64
	Down    bool
}

func (s *Registers) home(w http.ResponseWriter, r *http.Request) {
	s.pages.Render(w, r, http.StatusOK, "home", sim.View{Title: "title", Data: homeView{len(s.persons), s.served.Load(), s.down.Load()}})
}

// setState closes or opens the register, to see what the exchange makes of one that is down.
func (s *Registers) setState(w http.ResponseWriter, r *http.Request) {
	s.down.Store(r.PostFormValue("state") == "down")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
