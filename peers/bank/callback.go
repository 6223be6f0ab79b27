package bank

import (
	"context"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// result builds what the bank says about a payment: everything the merchant
// sent, the outcome, and the hash over all of it.
func (b *Bank) result(p Payment) map[string]string {
	m := maps.Clone(p.fields)
	for name := range m {
		if strings.EqualFold(name, "hash") {
			delete(m, name)
		}
	}
	m["TransId"], m["EXTRA_CARDBRAND"] = p.Transaction, p.brand
	if p.State == Declined {
		m["ProcReturnCode"], m["Response"], m["mdStatus"], m["ErrMsg"] = "05", "Declined", "0", "Do not honour"
	} else {
		m["ProcReturnCode"], m["Response"], m["mdStatus"], m["ErrMsg"] = "00", "Approved", "1", ""
	}
	m["HASH"] = sign(m, b.cfg.StoreKey)
	return m
}

// announce sends the callbacks of a payment and obeys the merchant's answer,
// with the fault in force.
func (b *Bank) announce(ctx context.Context, p Payment) {
	m := b.result(p)
	switch b.faults.current() {
	case CallbackLost:
		return
	case CallbackLate:
		ctx = context.WithoutCancel(ctx)
		b.late.Go(func() {
			select {
			case <-time.After(lateness):
				b.obey(p.ID, b.post(ctx, p, m))
			case <-b.closed:
			}
		})
		return
	case CallbackDuplicated:
		twin := make(chan string)
		go func() { twin <- b.post(ctx, p, m) }()
		b.obey(p.ID, b.post(ctx, p, m))
		b.obey(p.ID, <-twin)
		return
	case FailureThenSuccess:
		refused := p
		refused.State = Declined
		b.post(ctx, p, b.result(refused))
	case WrongAmount:
		m["amount"] += "1"
		if whole, _, dotted := strings.Cut(p.Amount, "."); dotted {
			m["amount"] = whole + ".99"
		}
		m["HASH"] = sign(m, b.cfg.StoreKey)
	case WrongCurrency:
		m["currency"] = "978"
		m["HASH"] = sign(m, b.cfg.StoreKey)
	case WrongHash:
		m["HASH"] = sign(m, b.cfg.StoreKey+"x")
	case KeylessHash:
		m["HASH"] = sign(m, "")
	case UnknownOrder:
		m["oid"] = "NOBODY-1"
		m["HASH"] = sign(m, b.cfg.StoreKey)
	case EntityEncoded:
		m["ErrMsg"] = "l'acquéreur & la banque"
		m["HASH"] = sign(m, b.cfg.StoreKey)
		m["ErrMsg"] = html.EscapeString(m["ErrMsg"])
	case NoTransaction:
		m["TransId"] = ""
		m["HASH"] = sign(m, b.cfg.StoreKey)
	case SameTransaction:
		m["TransId"] = b.book.lastTransaction(p.ID)
		m["HASH"] = sign(m, b.cfg.StoreKey)
	case AnswerLost:
		b.post(ctx, p, m)
		return
	}
	b.obey(p.ID, b.post(ctx, p, m))
}

// post delivers one callback; without any answer it tries twice more.
func (b *Bank) post(ctx context.Context, p Payment, fields map[string]string) string {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	for range 3 {
		b.book.change(p.ID, func(p *Payment) { p.Callbacks++ })
		if answer, ok := b.postOnce(ctx, p.fields["callbackUrl"], form); ok {
			return answer
		}
	}
	return ""
}

func (b *Bank) postOnce(ctx context.Context, target string, form url.Values) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return "", false
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(req)
	if err != nil {
		return "", false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	return string(body), err == nil && res.StatusCode == http.StatusOK
}

// obey does what an exact answer says; anything else changes nothing.
func (b *Bank) obey(id, answer string) {
	ignore := false
	switch b.faults.current() {
	case CaptureIgnored, CaptureDeclined:
		ignore = true
	case CaptureLate:
		ignore = true
		b.late.Go(func() {
			select {
			case <-time.After(lateness):
				b.book.change(id, capture)
			case <-b.closed:
			}
		})
	}
	b.book.change(id, func(p *Payment) {
		p.Answer = answer
		switch {
		case p.State != PreAuth:
		case answer == "ACTION=POSTAUTH" && !ignore:
			capture(p)
		case answer == "FAILURE":
			p.State = Voided
		}
	})
}
