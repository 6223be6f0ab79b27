package est3dgate

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"maps"
	"net/url"
	"testing"
)

const testKey = "TEST|key"

func notice(change func(map[string]string)) map[string]string {
	fields := map[string]string{
		"clientid": "600000001", "oid": "K7M29QXD41-1", "amount": "500.00", "currency": "504",
		"ProcReturnCode": "00", "Response": "Approved", "TransId": "T1", "mdStatus": "1",
		"EXTRA_CARDBRAND": "VISA", "cardHolderName": "A &amp; B", "encoding": "UTF-8",
	}
	if change != nil {
		change(fields)
	}
	return fields
}

func signed(fields map[string]string, key string) url.Values {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	form.Set("HASH", Hash(fields, key, CallbackValue))
	return form
}

func TestNoticeIsRead(t *testing.T) {
	got, err := ParseNotice(signed(notice(nil), testKey), "600000001", testKey)
	want := Notice{OrderID: "K7M29QXD41-1", Amount: 50000, Authorised: true, Transaction: "T1"}
	if err != nil || got != want {
		t.Fatalf("notice = %+v, %v; want %+v", got, err, want)
	}
}

// Only ProcReturnCode 00 is a success; a friendly Response without it is not.
func TestResponseIsNotAFallback(t *testing.T) {
	for name, change := range map[string]func(map[string]string){
		"refused": func(f map[string]string) { f["ProcReturnCode"] = "05" },
		"absent":  func(f map[string]string) { delete(f, "ProcReturnCode") },
		"padded":  func(f map[string]string) { f["ProcReturnCode"] = "000" },
	} {
		got, err := ParseNotice(signed(notice(change), testKey), "600000001", testKey)
		if err != nil || got.Authorised {
			t.Errorf("%s: notice = %+v, %v", name, got, err)
		}
	}
}

// The wrong integrations seen in the open (facts §2, traps): each is refused.
func TestWrongIntegrationsAreRefused(t *testing.T) {
	form := func(change func(url.Values)) url.Values {
		f := signed(notice(nil), testKey)
		change(f)
		return f
	}
	for _, c := range []struct {
		name string
		form url.Values
		key  string
		want error
	}{
		{"store key forgotten", signed(notice(nil), ""), testKey, ErrHash},
		{"no store key configured", signed(notice(nil), ""), "", ErrHash},
		{"another key", signed(notice(nil), "other"), testKey, ErrHash},
		{"SHA-1 under the name ver3", form(func(f url.Values) {
			sum := sha1.Sum([]byte(covered(notice(nil), testKey, CallbackValue)))
			f.Set("HASH", base64.StdEncoding.EncodeToString(sum[:]))
		}), testKey, ErrHash},
		{"no hash", form(func(f url.Values) { f.Del("HASH") }), testKey, ErrHash},
		{"amount changed", form(func(f url.Values) { f.Set("amount", "1.00") }), testKey, ErrHash},
		{"unknown field added", form(func(f url.Values) { f.Set("new", "x") }), testKey, ErrHash},
		{"unknown field removed", form(func(f url.Values) { f.Del("mdStatus") }), testKey, ErrHash},
		{"name given twice", form(func(f url.Values) { f.Add("amount", "1.00") }), testKey, ErrMalformed},
		{"name given in two cases", form(func(f url.Values) { f.Set("AMOUNT", "1.00") }), testKey, ErrMalformed},
		{"another merchant", signed(notice(func(f map[string]string) { f["clientid"] = "600000002" }), testKey), testKey, ErrMerchant},
		{"euros", signed(notice(func(f map[string]string) { f["currency"] = "978" }), testKey), testKey, ErrCurrency},
		{"amount not a number", signed(notice(func(f map[string]string) { f["amount"] = "5OO" }), testKey), testKey, ErrAmount},
		{"no order", signed(notice(func(f map[string]string) { delete(f, "oid") }), testKey), testKey, ErrMalformed},
	} {
		if _, err := ParseNotice(c.form, "600000001", c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestTrimmedAndEncodedValuesAreAccepted(t *testing.T) {
	fields := notice(func(f map[string]string) { f["Response"] = " Approved \n" })
	form := signed(fields, testKey)
	trimmed := maps.Clone(fields)
	trimmed["Response"] = "Approved"
	form.Set("HASH", Hash(trimmed, testKey, CallbackValue))
	if _, err := ParseNotice(form, "600000001", testKey); err != nil {
		t.Error(err)
	}
}

func TestFormCarriesItsHash(t *testing.T) {
	p := Purchase{ClientID: "600000001", OrderID: "K7M29QXD41-1", Amount: 50000, OKURL: "https://p/ok", FailURL: "https://p/fail", CallbackURL: "https://p/cb", Lang: "ar", Nonce: "n"}
	form := p.Form(testKey)
	fields := map[string]string{}
	for _, f := range form {
		fields[f.Name] = f.Value
	}
	if fields["amount"] != "500.00" || fields["currency"] != "504" || fields["HASH"] != Hash(fields, testKey, RequestValue) {
		t.Errorf("form = %v", form)
	}
}
