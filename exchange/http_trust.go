package exchange

import (
	"encoding/json"
	"net/http"

	"wasl/kit/errs"
)

// trust serves anyone the file with which `wasl verify --exchange-trust` checks the proofs of this installation. It holds public
// keys only; who relies on it should get it once, by a way he trusts, and keep it.
func (b *Block) trust(w http.ResponseWriter, r *http.Request) {
	if b.gateway.Load() == nil { // its log may have no key yet
		b.pages.Fail(w, r, errs.New(errs.Unavailable, "upstream_unavailable"))
		return
	}
	trust, err := TrustOf(b.cfg.Dir)
	if err != nil {
		b.pages.Fail(w, r, errs.Wrap("exchange: trust", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="exchange-trust.json"`)
	h.Set("Cache-Control", "no-cache")
	_ = json.NewEncoder(w).Encode(trust)
}
