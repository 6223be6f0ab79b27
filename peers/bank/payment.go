package bank

import (
	"crypto/rand"
	"maps"
	"slices"
	"sync"
)

// State is where a payment stands at the simulated bank.
type State string

// The states of a payment.
const (
	Started  State = "started"  // on the card page
	Declined State = "declined" // the card's bank said no
	PreAuth  State = "preauth"  // amount held, not taken
	Captured State = "captured" // amount taken
	Voided   State = "voided"   // released: the merchant did not believe the callback, or asked for it
)

// Payment is one attempt as the bank knows it. The card number is never kept.
type Payment struct {
	ID          string `json:"id"`
	OrderID     string `json:"oid"`
	Amount      string `json:"amount"`
	State       State  `json:"state"`
	Transaction string `json:"transaction"`
	Answer      string `json:"answer"` // the merchant's last answer
	Captures    int    `json:"captures"`
	Callbacks   int    `json:"callbacks"`

	fields map[string]string // as the merchant sent them
	brand  string
}

// book remembers the last payments, the oldest falling out.
type book struct {
	mu   sync.Mutex
	byID map[string]*Payment
	ids  []string
}

const bookSize = 10_000

func newBook() *book { return &book{byID: map[string]*Payment{}} }

// open starts a payment from the fields of a redirect.
func (b *book) open(fields map[string]string) Payment {
	p := &Payment{ID: rand.Text(), OrderID: fields["oid"], Amount: fields["amount"], State: Started, fields: maps.Clone(fields)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ids) == bookSize {
		delete(b.byID, b.ids[0])
		b.ids = b.ids[1:]
	}
	b.byID[p.ID] = p
	b.ids = append(b.ids, p.ID)
	return *p
}

// get returns a copy.
func (b *book) get(id string) (Payment, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.byID[id]; ok {
		return *p, true
	}
	return Payment{}, false
}

// change applies f under the lock and returns the result.
func (b *book) change(id string, f func(*Payment)) Payment {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.byID[id]
	if !ok {
		return Payment{}
	}
	f(p)
	return *p
}

// claim moves a started payment on; false when another request did already.
func (b *book) claim(id string, to State, brand string) (Payment, bool) {
	claimed := false
	p := b.change(id, func(p *Payment) {
		if p.State == Started {
			p.State, p.brand, p.Transaction, claimed = to, brand, rand.Text(), true
		}
	})
	return p, claimed
}

// settled finds the newest payment of an order that holds, took or released
// money; of the named transaction when one is named.
func (b *book) settled(oid, transaction string) (Payment, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range slices.Backward(b.ids) {
		p := b.byID[id]
		if p.OrderID == oid && (transaction == "" || p.Transaction == transaction) && p.State != Started && p.State != Declined {
			return *p, true
		}
	}
	return Payment{}, false
}

// lastTransaction is the number of the newest other payment, "" when there is
// none.
func (b *book) lastTransaction(but string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range slices.Backward(b.ids) {
		if p := b.byID[id]; id != but && p.Transaction != "" {
			return p.Transaction
		}
	}
	return ""
}

// all lists copies, the newest first.
func (b *book) all() []Payment {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Payment, 0, len(b.ids))
	for _, id := range slices.Backward(b.ids) {
		list = append(list, *b.byID[id])
	}
	return list
}
