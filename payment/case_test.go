package payment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/kit/errs"
	"wasl/payment/est3dgate"
)

func caseOf(k CaseKind) Case {
	return OpenCase(k, Order{Reference: "K7M2-9QXD-67", Org: "min_interieur", Payer: "sub-amina", Amount: 500_00},
		est3dgate.Notice{OrderID: "N-1", Transaction: "T2", Amount: 500_00}, noon)
}

// One row per kind: what is ordered, and what a treasurer may find.
func TestWhatIsOrderedAboutEachKindOfCase(t *testing.T) {
	for kind, want := range map[CaseKind]string{
		PaidTwice: "void released taken", LateSuccess: "void released taken", CaptureOverdue: "void taken released",
		CaptureUnconfirmed: "check taken released", AmountDiffers: "check unfounded released taken",
		TransactionMissing: "check unfounded released taken", TransactionUsed: "check unfounded released taken",
	} {
		c := caseOf(kind)
		got := string(c.Remedy)
		for _, f := range c.Offers() {
			got += " " + string(f)
		}
		if got != want || !c.Open() {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func TestATakenPaymentThatNobodyNeedsStaysOpenUntilItIsRefunded(t *testing.T) {
	for _, kind := range CaseKinds {
		c, err := caseOf(kind).Find(Taken, "X1", noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if kind.OfOrder() {
			if c.Open() || c.Offers() != nil {
				t.Errorf("%s: the order's own payment is taken, and the case is open", kind)
			}
			continue
		}
		if !c.Open() || c.Remedy != Refund || !slices.Equal(c.Offers(), []Finding{Refunded}) {
			t.Errorf("%s: %+v", kind, c)
		}
		if c, err = c.Find(Refunded, "X2", noon.Add(2*time.Hour)); err != nil || c.Open() || c.Finding != Refunded || c.Proof != "X2" || !c.ClosedAt.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("%s: %+v %v", kind, c, err)
		}
		if _, err := c.Find(Refunded, "X3", noon); errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: refunded twice: %v", kind, err)
		}
	}
}

func TestAFindingNeedsItsProof(t *testing.T) {
	for proof, ok := range map[string]bool{
		"X": true, strings.Repeat("X", 64): true, "REF 12/3": true, " X ": true,
		"": false, "  ": false, strings.Repeat("X", 65): false, "a\x00b": false, "a\nb": false, "مرجع": false, "\xff": false, "a\x7fb": false,
	} {
		c, err := caseOf(PaidTwice).Find(Released, proof, noon)
		if (err == nil) != ok || ok && c.Proof != strings.TrimSpace(proof) {
			t.Errorf("%q: %v", proof, err)
		}
		if got := errs.FieldsOf(err); !ok && (len(got) != 1 || got[0].Name != "proof") {
			t.Errorf("%q blames %v", proof, got)
		}
	}
}

// No sequence of findings made of arbitrary words closes a case otherwise than
// by what was offered, nor moves money twice.
func TestNoWordOfATreasurerMovesMoneyTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := caseOf(rapid.SampledFrom(CaseKinds).Draw(t, "kind"))
		owed := 0
		for range rapid.IntRange(1, 10).Draw(t, "acts") {
			f := Finding(rapid.OneOf(rapid.SampledFrom(words(Findings)), rapid.String()).Draw(t, "finding"))
			offered := slices.Contains(c.Offers(), f)
			next, err := c.Find(f, "X1", noon)
			if (err == nil) != offered {
				t.Fatalf("%q on %s %s: %v", f, c.Kind, c.Remedy, err)
			}
			if err == nil && !c.Kind.OfOrder() {
				owed += map[Finding]int{Taken: 1, Refunded: -1}[f]
			}
			if c = next; owed < 0 || owed > 1 || !c.Open() && owed != 0 {
				t.Fatalf("owed %d on %+v", owed, c.Remedy)
			}
		}
	})
}

func TestWhatTheBanksWordCallsForAboutACase(t *testing.T) {
	for standing, want := range map[est3dgate.Standing]Step{
		est3dgate.Held: AskVoid, est3dgate.Released: Undo, est3dgate.Taken: Collect, est3dgate.None: Wait, est3dgate.Unknown: Wait,
	} {
		for _, kind := range CaseKinds {
			want := want
			if kind != PaidTwice && kind != LateSuccess {
				want = NotWanted
			}
			c := caseOf(kind)
			if got := RemedyStep(c, reply(standing)); got != want {
				t.Errorf("%s, %s: %s, want %s", kind, standing, got, want)
			}
			if got := RemedyStep(c.Found(Released, "X", noon), reply(standing)); got != NotWanted {
				t.Errorf("%s closed, %s: %s", kind, standing, got)
			}
			if got := RemedyStep(c.Found(Taken, "X", noon), reply(standing)); got != NotWanted {
				t.Errorf("%s to be refunded, %s: %s", kind, standing, got)
			}
		}
	}
}

func TestTheSamePaymentHasOneCaseOfAKind(t *testing.T) {
	if CaseIDOf(PaidTwice, "N-1", "T1") == caseOf(PaidTwice).ID || caseOf(PaidTwice).ID == caseOf(LateSuccess).ID || CaseIDOf(PaidTwice, "N-1", "T2") != caseOf(PaidTwice).ID {
		t.Error("cases are mixed up")
	}
	if s := fmt.Sprintf("%+v", caseOf(PaidTwice)); strings.Contains(s, "amina") {
		t.Errorf("a case prints %s", s)
	}
}

func TestWhoKeepsTheAccounts(t *testing.T) {
	if !KeepsAccounts("o", []string{"officer", "treasurer"}) || KeepsAccounts("", []string{"treasurer"}) || KeepsAccounts("o", []string{"officer", "Treasurer"}) || KeepsAccounts("o", nil) {
		t.Error("another role keeps the accounts")
	}
}
