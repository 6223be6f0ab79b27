package witness

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"

	"wasl/peers/sim"
)

//go:embed pages locales
var files embed.FS

// Config is what a witness is started with: its folder, its name in co-signatures, and the verifier key (note format) of the only
// log that it watches.
type Config struct {
	Dir, Name, Log string
}

// Witness is the simulator.
type Witness struct {
	log     note.Verifier
	key     string
	seen    *lastSeen
	witness *witness.HTTPHandler
	pages   *sim.Pages
	slog    *slog.Logger
}

// New opens a witness; its key is made at the first start.
func New(ctx context.Context, c Config, log *slog.Logger) (*Witness, error) {
	pages, err := sim.Load(files, log)
	if err != nil {
		return nil, err
	}
	w := &Witness{pages: pages, slog: log}
	if w.log, err = note.NewVerifier(c.Log); err != nil {
		return nil, fmt.Errorf("witness: key of the log: %w", err)
	}
	pair, err := openKey(c.Dir, c.Name)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(pair.Secret)
	if err != nil {
		return nil, fmt.Errorf("witness: key: %w", err)
	}
	own, err := fnote.NewVerifierForCosignatureV1(pair.Verifier)
	if err != nil {
		return nil, fmt.Errorf("witness: key: %w", err)
	}
	w.key = pair.Verifier
	w.seen = &lastSeen{path: filepath.Join(c.Dir, lastFile), log: w.log, own: own}
	public, err := witness.New(ctx, witness.Opts{Persistence: w.seen, Signers: []note.Signer{signer}, VerifierForLog: w.verifier})
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	w.witness = witness.NewHTTPHandler(public)
	return w, nil
}

// verifier knows one log; another's checkpoint is answered as the protocol says.
func (w *Witness) verifier(_ context.Context, origin string) (note.Verifier, bool, error) {
	return w.log, origin == w.log.Name(), nil
}

// Handler answers the protocol, publishes what was co-signed last, and shows the page.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.home)
	mux.HandleFunc("GET /key", func(rw http.ResponseWriter, _ *http.Request) { plain(rw, []byte(w.key+"\n")) })
	mux.HandleFunc("GET /checkpoint", w.checkpoint)
	mux.HandleFunc("POST /add-checkpoint", w.witness.AddCheckpoint)
	sim.Style(mux)
	return mux
}
