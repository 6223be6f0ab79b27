package bank

import (
	"encoding/json"
	"net/http"

	"wasl/kit/i18n"
)

// home shows people what the simulator holds and how it misbehaves.
func (b *Bank) home(w http.ResponseWriter, r *http.Request) {
	b.page(w, r, http.StatusOK, "home", view{
		Lang: i18n.Accept(r.Header.Get("Accept-Language")), Title: "home.title",
		List: b.book.all(), Fault: b.faults.current(), Faults: faults,
	})
}

func (b *Bank) listPayments(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(b.book.all())
}

func (b *Bank) showFault(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]Fault{"fault": b.faults.current()})
}

func (b *Bank) setFault(w http.ResponseWriter, r *http.Request) {
	if !b.SetFault(Fault(r.PostFormValue("fault"))) {
		http.Error(w, "unknown fault", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// SetFault puts one fault in force, or None; false when it is not known.
func (b *Bank) SetFault(f Fault) bool { return b.faults.set(f) }
