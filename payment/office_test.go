package payment

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"wasl/kit/tokens"
)

var treasurer = tokens.Visit{Subject: "sub-treasurer", Org: "min_interieur", Unit: "u1", Roles: []string{Treasurer}}

// post sends a form as the person.
func (w *world) post(path string, visit tokens.Visit, pairs ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	token, err := w.keys["portal"].SignVisit("payment", visit)
	if err != nil {
		w.t.Fatal(err)
	}
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(tokens.VisitHeader, token)
	rec := httptest.NewRecorder()
	w.block.Handler().ServeHTTP(rec, r)
	return rec
}

// twice has an order paid twice and returns the path of its case.
func (w *world) twice() string {
	w.t.Helper()
	o := w.order()
	w.paid(o)
	second := AttemptNumber(o.Reference, 1)
	if got := w.call(second, map[string]string{"TransId": "T2"}); got != "APPROVED" {
		w.t.Fatalf("answer %s", got)
	}
	return "/payments/office/cases/" + CaseIDOf(PaidTwice, second, "T2").String()
}

func TestOnlyTheTreasurerOfTheOrganisationSeesItsCases(t *testing.T) {
	w := newWorld(t, nil)
	path := w.twice()
	officer, other, citizen := treasurer, treasurer, treasurer
	officer.Roles = []string{"officer", "head", "governor"}
	other.Org = "com_other"
	citizen.Org = ""
	for name, c := range map[string]struct {
		visit      tokens.Visit
		list, page int
		shown      bool
	}{
		"treasurer":          {treasurer, 200, 200, true},
		"another role":       {officer, 403, 403, false},
		"another treasurer":  {other, 200, 404, false},
		"without a function": {citizen, 403, 403, false},
		"the payer":          {amina, 403, 403, false},
		"nobody":             {tokens.Visit{}, 303, 303, false},
	} {
		list := w.get("/fr/payments/office", c.visit)
		if list.Code != c.list || strings.Contains(list.Body.String(), path) != c.shown {
			t.Errorf("%s: list %d, shown %v", name, list.Code, !c.shown)
		}
		if rec := w.get("/fr"+path, c.visit); rec.Code != c.page {
			t.Errorf("%s: case %d, want %d", name, rec.Code, c.page)
		}
		want := c.page
		if c.page == 200 || c.page == 303 {
			continue
		}
		if rec := w.post("/fr"+path, c.visit, "finding", "released", "proof", "X"); rec.Code != want {
			t.Errorf("%s: may find: %d", name, rec.Code)
		}
	}
	if rec := w.post("/fr"+path, tokens.Visit{}, "finding", "released", "proof", "X"); rec.Code != http.StatusUnauthorized {
		t.Errorf("nobody may find: %d", rec.Code)
	}
	if got := w.cases(); got[0] != "paid_twice void open" {
		t.Errorf("cases %q", got)
	}
}

func TestTheTreasurerStatesWhatTheBankDid(t *testing.T) {
	w := newWorld(t, nil)
	path := w.twice()
	for name, form := range map[string][]string{
		"nothing":          {},
		"no proof":         {"finding", "released"},
		"a made-up word":   {"finding", "forgiven", "proof", "X1"},
		"not offered":      {"finding", "refunded", "proof", "X1"},
		"an endless proof": {"finding", "released", "proof", strings.Repeat("X", 65)},
		"not Latin":        {"finding", "released", "proof", "مرجع"},
	} {
		rec := w.post("/fr"+path, treasurer, form...)
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "summary-box") {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	if rec := w.post("/fr"+path, treasurer, "finding", "taken", "proof", " 26330ABcd1234 "); rec.Code != http.StatusSeeOther {
		t.Fatalf("taken: %d %s", rec.Code, rec.Body)
	}
	if got := w.cases(); got[0] != "paid_twice refund taken open" || w.balance(RefundsPayable) != -500_00 {
		t.Errorf("cases %q, owed %d", got, w.balance(RefundsPayable))
	}
	if rec := w.get("/ar"+path, treasurer); !strings.Contains(rec.Body.String(), "26330ABcd1234") || strings.Contains(rec.Body.String(), `value="released"`) {
		t.Error("the page does not say what was found, or offers what cannot be any more")
	}
	if rec := w.post("/fr"+path, treasurer, "finding", "refunded", "proof", "TGR-1"); rec.Code != http.StatusSeeOther {
		t.Fatalf("refunded: %d", rec.Code)
	}
	if rec := w.post("/fr"+path, treasurer, "finding", "refunded", "proof", "TGR-2"); rec.Code != http.StatusConflict {
		t.Errorf("refunded twice: %d", rec.Code)
	}
	w.revenue(500_00)
	if w.balance(RefundsPayable) != 0 || w.query(`SELECT count(*) FROM entries WHERE kind = 'refund'`) != 1 {
		t.Errorf("owed %d", w.balance(RefundsPayable))
	}
	if rec := w.get("/fr/payments/office?closed=1", treasurer); !strings.Contains(rec.Body.String(), path) {
		t.Error("a closed case is not found again")
	}
	if n := w.query(`SELECT count(*) FROM audit WHERE act = 'payment.case_found' AND detail->>'by' = 'treasurer'`); n != 2 {
		t.Errorf("%d entries in the evidence", n)
	}
}
