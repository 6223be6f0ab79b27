package bank

import (
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"wasl/peers/sim"
)

// Config says which merchant the simulator serves.
type Config struct {
	ClientID string `env:"WASL_BANK_CLIENT_ID,default=600000001"`
	StoreKey string `env:"WASL_BANK_STORE_KEY"` // shared with the merchant
	Fault    Fault  `env:"WASL_BANK_FAULT"`     // in force from the start
}

//go:embed pages locales
var files embed.FS

// Bank is the simulator. It holds its payments in memory.
type Bank struct {
	cfg    Config
	log    *slog.Logger
	book   *book
	faults switchboard
	client *http.Client
	pages  *sim.Pages
	late   sync.WaitGroup
	closed chan struct{}
}

// New prepares a simulator; serve its Handler on an address of its own.
func New(cfg Config, log *slog.Logger) (*Bank, error) {
	pages, err := sim.Load(files, log)
	if err != nil {
		return nil, err
	}
	b := &Bank{
		cfg: cfg, log: log, book: newBook(), pages: pages, closed: make(chan struct{}),
		client: &http.Client{
			Timeout:       15 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	b.faults.set(cfg.Fault)
	return b, nil
}

// Close drops callbacks that wait and ends with the last one under way.
func (b *Bank) Close() {
	close(b.closed)
	b.late.Wait()
}

// Handler serves the gateway, the merchant service and the switches.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fim/est3Dgate", b.gate)
	mux.HandleFunc("GET /fim/pay/{id}", b.card)
	mux.HandleFunc("POST /fim/pay/{id}", b.pay)
	mux.HandleFunc("POST /fim/3ds/{id}", b.secure)
	mux.HandleFunc("POST /fim/center", b.center)
	mux.HandleFunc("GET /sim/payments", b.listPayments)
	mux.HandleFunc("GET /sim/fault", b.showFault)
	mux.HandleFunc("POST /sim/fault", b.setFault)
	sim.Style(mux)
	mux.HandleFunc("GET /{$}", b.home)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return http.MaxBytesHandler(mux, 64<<10)
}
