package bank

import (
	"net/http"
	"net/url"
)

// center is the merchant service: it tells the state of an order and captures
// late what an answer that got lost did not. Question and reply are signed
// like every other message; the reply repeats the question's nonce.
func (b *Bank) center(w http.ResponseWriter, r *http.Request) {
	ask, ok := readFields(r)
	if !ok || !b.believes(ask) {
		http.Error(w, "refused", http.StatusForbidden)
		return
	}
	reply := map[string]string{"clientid": b.cfg.ClientID, "oid": ask["oid"], "rnd": ask["rnd"], "state": "none"}
	if p, ok := b.book.settled(ask["oid"]); ok {
		if ask["operation"] == "capture" && p.State == PreAuth {
			p = b.book.change(p.ID, capture)
		}
		reply["state"] = string(p.State)
		reply["amount"], reply["currency"] = p.fields["amount"], p.fields["currency"]
		reply["ProcReturnCode"], reply["TransId"] = "00", p.Transaction
	}
	reply["HASH"] = sign(reply, b.cfg.StoreKey)

	form := url.Values{}
	for name, value := range reply {
		form.Set(name, value)
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	_, _ = w.Write([]byte(form.Encode()))
}

// capture takes a held amount once, whoever asks how often.
func capture(p *Payment) {
	if p.State == PreAuth {
		p.State = Captured
		p.Captures++
	}
}
