package card

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"wasl/identity/cardproto"
	"wasl/peers/sim"
)

//go:embed pages locales
var files embed.FS

// Wallet is a drawer of software cards and one reader: a page on which a person lays a card on the reader or takes it away.
type Wallet struct {
	dir   string
	addr  string
	out   io.Writer
	pages *sim.Pages

	mu      sync.Mutex
	serial  string // of the card on the reader
	pull    context.CancelFunc
	removed chan struct{}
}

// NewWallet opens the drawer dir, which holds one state file (*.json) for each card, before the reader at addr.
func NewWallet(dir, addr string, out io.Writer, log *slog.Logger) (*Wallet, error) {
	pages, err := sim.Load(files, log)
	if err != nil {
		return nil, err
	}
	return &Wallet{dir: dir, addr: addr, out: out, pages: pages}, nil
}

// Handler shows the drawer at / and takes POST /insert (field serial) and POST /remove.
func (w *Wallet) Handler() http.Handler {
	mux := http.NewServeMux()
	sim.Style(mux)
	mux.HandleFunc("GET /{$}", w.home)
	mux.HandleFunc("POST /insert", w.insert)
	mux.HandleFunc("POST /remove", func(rw http.ResponseWriter, r *http.Request) {
		w.Remove()
		http.Redirect(rw, r, "/", http.StatusSeeOther)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

type lying struct {
	cardproto.State
	On bool
}

func (w *Wallet) home(rw http.ResponseWriter, r *http.Request) {
	cards, err := w.cards()
	if err != nil {
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.pages.Render(rw, r, http.StatusOK, "wallet", sim.View{Title: "title", Data: cards})
}

func (w *Wallet) insert(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
	if err := w.Insert(r.PostFormValue("serial")); err != nil {
		http.Error(rw, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	}
	http.Redirect(rw, r, "/", http.StatusSeeOther)
}

// Insert lays the card with that serial number on the reader, in place of the one that lies there.
func (w *Wallet) Insert(serial string) error {
	cards, err := w.cards()
	if err != nil {
		return err
	}
	for _, c := range cards {
		if c.Serial != serial {
			continue
		}
		w.Remove()
		ctx, pull := context.WithCancel(context.Background())
		removed := make(chan struct{})
		w.mu.Lock()
		w.serial, w.pull, w.removed = serial, pull, removed
		w.mu.Unlock()
		go func() {
			defer close(removed)
			if err := Run(ctx, Config{Addr: w.addr, StateFile: w.path(serial), Out: w.out}); err != nil {
				fmt.Fprintln(w.out, "card:", err)
			}
		}()
		return nil
	}
	return errors.New("card: no card with that serial number in the drawer")
}

// Remove takes the card off the reader and waits until it is gone.
func (w *Wallet) Remove() {
	w.mu.Lock()
	pull, removed := w.pull, w.removed
	w.serial, w.pull, w.removed = "", nil, nil
	w.mu.Unlock()
	if pull != nil {
		pull()
		<-removed
	}
}

func (w *Wallet) path(serial string) string { return filepath.Join(w.dir, serial+".json") }

func (w *Wallet) cards() ([]lying, error) {
	names, err := filepath.Glob(filepath.Join(w.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	on := w.serial
	w.mu.Unlock()
	var cards []lying
	for _, n := range names {
		s, err := readState(n)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("card: %s: %w", filepath.Base(n), err)
		}
		if s.Serial == strings.TrimSuffix(filepath.Base(n), ".json") {
			cards = append(cards, lying{s, s.Serial == on})
		}
	}
	sort.Slice(cards, func(i, j int) bool { return cards[i].Serial < cards[j].Serial })
	return cards, nil
}
