package bank

import (
	"net/http"
	"net/url"
)

// center is the merchant service: it tells where a payment stands, captures
// late what an answer that got lost did not, and releases what the merchant
// does not want. Question and reply are signed like every other message; the
// reply repeats the question's nonce. A question may name the transaction, for
// two payments under one order number are two payments.
func (b *Bank) center(w http.ResponseWriter, r *http.Request) {
	ask, ok := readFields(r)
	if !ok || !b.believes(ask) {
		http.Error(w, "refused", http.StatusForbidden)
		return
	}
	fault := b.faults.current()
	if fault == CenterDown {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	reply := map[string]string{"clientid": b.cfg.ClientID, "oid": ask["oid"], "rnd": ask["rnd"], "state": "none"}
	if p, ok := b.book.settled(ask["oid"], ask["TransId"]); ok {
		switch {
		case ask["operation"] == "capture" && fault != CaptureDeclined:
			p = b.book.change(p.ID, capture)
		case ask["operation"] == "void":
			p = b.book.change(p.ID, release)
		}
		reply["state"] = string(p.State)
		reply["amount"], reply["currency"] = p.fields["amount"], p.fields["currency"]
		reply["ProcReturnCode"], reply["TransId"] = "00", p.Transaction
	}
	if fault == ReplyLost && ask["operation"] != "status" {
		http.Error(w, "lost", http.StatusBadGateway)
		return
	}
	reply["HASH"] = sign(reply, b.cfg.StoreKey)

	form := url.Values{}
	for name, value := range reply {
		form.Set(name, value)
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	_, _ = w.Write([]byte(form.Encode()))
}

// release gives up a hold; what was captured stays captured.
func release(p *Payment) {
	if p.State == PreAuth {
		p.State = Voided
	}
}

// capture takes a held amount once, whoever asks how often.
func capture(p *Payment) {
	if p.State == PreAuth {
		p.State = Captured
		p.Captures++
	}
}
