package casework

import (
	"net/http"
	"testing"

	"wasl/payment/paymentapi"
)

// order changes what payment says of an order.
func (w *world) order(id string, status paymentapi.Status) paymentapi.Order {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders[id]
	o.Status = status
	w.orders[id] = o
	return o
}

func (w *world) announce(o paymentapi.Order) {
	w.t.Helper()
	if status := w.call("payment", "POST", "/v1/payment-events", paymentapi.Event{Order: o}); status != http.StatusNoContent {
		w.t.Fatalf("payment event: %d", status)
	}
}

func TestAPersonWhoChoseTheWrongTerritoryPaysTheRightAdministration(t *testing.T) {
	w := newWorld(t)
	path := w.start("passeport")
	wrong := []string{"field.territory", "04.501.01.01", "field.email", "amina@example.ma"}
	right := []string{"field.territory", "Agdal", "field.email", "amina@example.ma"}
	w.post(amina, path, append(wrong, "do", "pay")...).leads(t, "pay the wrong one", "/fr/payments/ord_1")
	w.post(amina, path, append(right, "do", "save")...).leads(t, "correct the territory", path)
	w.announce(w.order("ord_1", paymentapi.Paid))
	w.post(amina, path, append(right, "do", "deposit")...).is(t, "what another administration got is not this one's fee", 422, "Payez les frais")
	w.post(amina, path, append(right, "do", "pay")...).leads(t, "pay the right one", "/fr/payments/ord_2")
	w.post(amina, path, append(right, "do", "pay")...).leads(t, "the same order again", "/fr/payments/ord_2")
}

func TestAnExpiredOrderIsFollowedByAnotherHoweverOften(t *testing.T) {
	w := newWorld(t)
	path := w.start("passeport")
	fields := []string{"field.territory", "Agdal", "field.email", "amina@example.ma", "do", "pay"}
	for _, id := range []string{"ord_1", "ord_2", "ord_3"} {
		w.post(amina, path, fields...).leads(t, "pay", "/fr/payments/"+id)
		w.order(id, paymentapi.Expired)
	}
}

// An authorisation is the bank's word that it holds the amount; the fee is paid when it took it.
func TestAPersonWhosePaymentIsBeingConfirmedIsNotAskedToPayAgainAndDoesNotDepositYet(t *testing.T) {
	w := newWorld(t)
	path := w.start("passeport")
	fields := []string{"field.territory", "Agdal", "field.email", "amina@example.ma"}
	w.post(amina, path, append(fields, "do", "pay")...).leads(t, "pay", "/fr/payments/ord_1")
	w.announce(w.order("ord_1", paymentapi.Confirming))
	w.get(amina, path).is(t, "the draft", 200, "en cours de confirmation")
	w.post(amina, path, append(fields, "do", "deposit")...).is(t, "deposit before the bank took the amount", 422, "attendez que la banque")
	w.announce(w.order("ord_1", paymentapi.Paid))
	w.get(amina, path).is(t, "the draft once it is paid", 200, "ok")
}
