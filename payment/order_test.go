package payment

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wasl/catalog/catalogapi"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/payment/paymentapi"
)

var noon = time.Date(2026, 9, 1, 11, 0, 0, 0, time.UTC)

func demand(change func(*paymentapi.NewOrder)) paymentapi.NewOrder {
	n := paymentapi.NewOrder{
		Payer: "sub-amina", Org: "min_interieur", Dossier: "dos_1", Amount: 500_00, Revision: "rev_1",
		Label:      i18n.Text{"ar": "واجب جواز السفر", "fr": "Droit du passeport"},
		ReturnPath: "/dossiers/dos_1", Notify: "casework", Email: "amina@example.ma", Lang: "fr", Key: "dos_1/fee",
	}
	if change != nil {
		change(&n)
	}
	return n
}

func opened(t testing.TB) Order {
	t.Helper()
	o, err := OpenOrder(demand(nil), "casework", Est3DGate, noon, 30)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrderIsRefusedWithTheFieldNamed(t *testing.T) {
	for field, change := range map[string]func(*paymentapi.NewOrder){
		"payer":       func(n *paymentapi.NewOrder) { n.Payer = "" },
		"org":         func(n *paymentapi.NewOrder) { n.Org = "" },
		"revision":    func(n *paymentapi.NewOrder) { n.Revision = "" }, // an unpublished fee cannot be charged
		"dossier":     func(n *paymentapi.NewOrder) { n.Dossier = "" },
		"key":         func(n *paymentapi.NewOrder) { n.Key = "" },
		"amount":      func(n *paymentapi.NewOrder) { n.Amount = 0 },
		"label":       func(n *paymentapi.NewOrder) { n.Label = nil },
		"return_path": func(n *paymentapi.NewOrder) { n.ReturnPath = "//evil.example" },
		"notify":      func(n *paymentapi.NewOrder) { n.Notify = "locker" }, // only the block that asks is told
	} {
		_, err := OpenOrder(demand(change), "casework", Est3DGate, noon, 30)
		if got := errs.FieldsOf(err); len(got) != 1 || got[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// The amount is the catalogue's word, not the caller's.
func TestNobodyIsChargedWhatIsNotPublished(t *testing.T) {
	published := catalogapi.Revision{ID: "rev_1", Status: "published"}
	published.Sheet.Fee = catalogapi.Fee{Known: true, Amount: 500_00}
	if err := CheckFee(demand(nil), published); err != nil {
		t.Errorf("the published fee: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*catalogapi.Revision)
		field  string
	}{
		"another revision":  {func(r *catalogapi.Revision) { r.ID = "rev_2" }, "revision"},
		"a listed revision": {func(r *catalogapi.Revision) { r.Status = "listed" }, "revision"},
		"a centime more":    {func(r *catalogapi.Revision) { r.Sheet.Fee.Amount++ }, "amount"},
		"an unknown fee":    {func(r *catalogapi.Revision) { r.Sheet.Fee.Known = false }, "amount"},
	} {
		rev := published
		c.change(&rev)
		if got := errs.FieldsOf(CheckFee(demand(nil), rev)); len(got) != 1 || got[0].Name != c.field {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSameKeyIsTheSameOrder(t *testing.T) {
	a, b := opened(t), opened(t)
	if a.ID != b.ID {
		t.Error("two orders from one key")
	}
	other, _ := OpenOrder(demand(nil), "portal", Est3DGate, noon, 30)
	if other.ID == a.ID {
		t.Error("two callers share a key")
	}
	same := demand(func(n *paymentapi.NewOrder) { n.Email = "new@example.ma" })
	if Fingerprint(same) != Fingerprint(demand(nil)) {
		t.Error("a new e-mail address made another fact")
	}
	if Fingerprint(demand(func(n *paymentapi.NewOrder) { n.Amount++ })) == Fingerprint(demand(nil)) {
		t.Error("another amount is the same fact")
	}
}

func TestReferenceHoldsItsCheckDigits(t *testing.T) {
	o := opened(t)
	if canonical, ok := ids.CheckReference(strings.ToLower(o.Reference)); !ok || canonical != o.Reference {
		t.Errorf("reference %s", o.Reference)
	}
	if len(o.Reference) > 20 {
		t.Error("too long for a bill number")
	}
}

func TestUnpaidOrderExpires(t *testing.T) {
	o := opened(t)
	for _, state := range []State{Open, Failed, Voided} {
		o.State = state
		if o.At(o.ExpiresAt.Add(-time.Second)).State != state || o.At(o.ExpiresAt).State != Expired {
			t.Errorf("%s does not expire on time", state)
		}
	}
	o.State = Authorised
	if o.At(o.ExpiresAt.AddDate(1, 0, 0)).State != Authorised {
		t.Error("a paid order expired")
	}
}

func TestPublicStates(t *testing.T) {
	for state, want := range map[State]string{
		Open: "open", Failed: "failed", Authorised: "confirming", Captured: "paid", Voided: "failed", Expired: "expired",
	} {
		if got := string(state.Public()); got != want || !state.Public().Known() {
			t.Errorf("%s shown as %s", state, got)
		}
	}
}

func TestOrderHidesItsPeople(t *testing.T) {
	o := opened(t)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, o); strings.Contains(s, "amina") {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func TestAttempts(t *testing.T) {
	o := opened(t)
	if got := AttemptNumber("K7M2-9QXD-67", 2); got != "K7M29QXD67-2" {
		t.Errorf("attempt number %s", got)
	}
	for lang, want := range map[i18n.Lang]string{"ar": "ar", "fr": "fr", "en": "en", "zgh": "ar"} {
		if p := purchase(o, Attempt{Number: "N-1"}, lang, "c", "https://portal", "https://cb"); p.Lang != want || p.Amount != o.Amount {
			t.Errorf("%s: %+v", lang, p)
		}
	}
}
