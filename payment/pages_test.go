package payment

import (
	"bytes"
	"testing"

	"wasl/catalog/catalogapi"
	"wasl/kit/i18n"
	"wasl/kit/web"
	"wasl/kit/web/webtest"
	"wasl/payment/est3dgate"
	"wasl/payment/paymentapi"
)

func TestPagesInFourLanguages(t *testing.T) {
	pages, err := web.Load("payment", files, files)
	if err != nil {
		t.Fatal(err)
	}
	o := opened(t)
	a := Attempt{Number: "K7M29QXD41-1", Nonce: "n"}
	form := purchase(o, a, i18n.French, clientID, "http://portal.test", "http://portal.test/cb").Form(storeKey)
	view := func(state State) payView {
		o := o
		o.State = state
		if state == Captured {
			o.PaidAt = noon
		}
		return payView{Order: o, Rows: orderRows(o), State: state.Public()}
	}
	open := view(Failed)
	open.Gate, open.Form, open.Retry = gate, form, "refused"
	webtest.All(t, pages, map[string]web.Page{
		"pay":    {TitleKey: "pay.title", Data: open},
		"return": {TitleKey: "return.title.paid", Data: view(Captured)},
		"office": {TitleKey: "office.title", Data: viewOffice([]Case{OpenCase(PaidTwice, o, est3dgate.Notice{Amount: o.Amount}, noon)}, 1, 1, false)},
		"case":   {TitleKey: "case.kind.paid_twice", Data: viewCase(OpenCase(PaidTwice, o, est3dgate.Notice{Amount: o.Amount}, noon), nil)},
		"list":   {TitleKey: "list.title", Data: listView{Orders: []web.Card{orderCard(o)}}},
	})
	n := est3dgate.Notice{OrderID: "K7M29QXD41-1", Amount: o.Amount, Transaction: "T1"}
	var cases []Case
	for _, k := range CaseKinds {
		c := OpenCase(k, o, n, noon)
		cases = append(cases, c, c.Found(Released, "26330ABcd1234", noon))
		if !k.OfOrder() {
			cases = append(cases, c.Found(Taken, "26330ABcd1234", noon), c.Found(Refunded, "26330ABcd1234", noon), c.Found(Unfounded, "26330ABcd1234", noon))
		}
	}
	for _, c := range cases {
		webtest.Check(t, pages, "case", web.Page{TitleKey: "case.kind." + string(c.Kind), Data: viewCase(c, nil)})
	}
	webtest.Check(t, pages, "pay", web.Page{TitleKey: "pay.title", Data: payView{Order: o, Rows: orderRows(o), State: paymentapi.Open, Told: told(cases), Retry: "released"}})
	for _, state := range States {
		webtest.Check(t, pages, "pay", web.Page{TitleKey: "pay.title", Data: view(state)})
		webtest.Check(t, pages, "return", web.Page{TitleKey: "return.title." + string(state.Public()), Data: view(state)})
	}
}

func TestQuittanceIsTheSameEveryTime(t *testing.T) {
	pages, err := web.Load("payment", files, files)
	if err != nil {
		t.Fatal(err)
	}
	o := opened(t)
	o.PaidAt, o.Attempt = noon, "K7M29QXD41-1"
	org := catalogapi.Organisation{Code: o.Org, Name: i18n.Text{"ar": "وزارة الداخلية", "fr": "Ministère de l’Intérieur"}}
	first, err := quittancePDF(o, org, pages.Bundle(), "http://portal.test")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := quittancePDF(o, org, pages.Bundle(), "http://portal.test")
	if !bytes.Equal(first, again) || !bytes.HasPrefix(first, []byte("%PDF-")) {
		t.Error("the same order gave other bytes")
	}
	if title := quittanceTitle(o, pages.Bundle()); len(title) != len(i18n.Langs) {
		t.Errorf("title %v", title)
	}
}
