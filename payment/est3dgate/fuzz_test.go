package est3dgate

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func seeds(f *testing.F) {
	for _, change := range []func(map[string]string){
		nil, func(m map[string]string) { m["TransId"] = "" }, func(m map[string]string) { m["TransId"] = "&#84;1" },
		func(m map[string]string) { m["oid"] = "a b" }, func(m map[string]string) { m["amount"] = "1e3" },
		func(m map[string]string) { m["state"], m["rnd"] = "preauth", "n" }, func(m map[string]string) { m["state"], m["rnd"] = "none", "n" },
	} {
		form := signed(notice(change), testKey)
		f.Add(form.Encode())
		form.Del("HASH")
		f.Add(form.Encode())
	}
	for _, s := range []string{"", "%zz", "a=%00", "a=%ff", "a=1&A=1", "HASH=x", "%00=1"} {
		f.Add(s)
	}
}

// sign again whatever comes, so that the reader behind the hash is reached.
func resign(form url.Values) {
	fields := map[string]string{}
	for name, values := range form {
		if strings.ToLower(name) == "hash" {
			form.Del(name)
			continue
		}
		fields[name] = values[0]
	}
	form.Set("HASH", Hash(fields, testKey, CallbackValue))
}

func checkNotice(t *testing.T, n Notice) {
	t.Helper()
	if n.OrderID == "" || n.Amount <= 0 || !isToken(n.OrderID) || n.Transaction != "" && !isToken(n.Transaction) {
		t.Fatalf("%+v", n)
	}
}

// A notice that is believed was signed with the key, and names order, amount
// and transaction in a form that every reader reads the same.
func FuzzNotice(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		if _, err := ParseNotice(form, "600000001", ""); err == nil {
			t.Fatal("believed without a key")
		}
		resign(form)
		n, err := ParseNotice(form, "600000001", testKey)
		if err != nil {
			if !Refusal(err) {
				t.Fatalf("a refusal without a name: %v", err)
			}
			return
		}
		checkNotice(t, n)
		for name, values := range form {
			if len(values) != 1 || !utf8.ValidString(name) || !utf8.ValidString(values[0]) || strings.ContainsRune(name+values[0], 0) {
				t.Fatalf("believed %q=%q", name, values)
			}
		}
		form.Set("HASH", Hash(nil, testKey, CallbackValue))
		if _, err := ParseNotice(form, "600000001", testKey); err == nil && len(form) > 1 {
			t.Fatal("believed with another hash")
		}
	})
}

// A reply is believed only about what was asked, and says money only with a
// notice that names it.
func FuzzReply(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		resign(form)
		for _, transaction := range []string{"", "T1"} {
			r, err := ParseReply(form, "600000001", "K7M29QXD41-1", transaction, "n", testKey)
			if err != nil {
				continue
			}
			if !r.Standing.Known() || form.Get("rnd") != "n" || form.Get("oid") != "K7M29QXD41-1" {
				t.Fatalf("%+v", r)
			}
			if money := r.Standing == Held || r.Standing == Taken; money != (r.Notice != Notice{}) {
				t.Fatalf("%+v", r)
			} else if money {
				if checkNotice(t, r.Notice); !r.Authorised || transaction != "" && r.Transaction != transaction {
					t.Fatalf("%+v", r)
				}
			}
		}
	})
}

// The order of names is total, as sorting demands, whatever the names.
func FuzzNames(f *testing.F) {
	f.Add("BillToStreet2", "BillToStreet12", "billtostreet02")
	f.Add("", "0", "00")
	f.Add("a\xff", "A", "İ")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if x, y := compareNames(a, b), compareNames(b, a); x != -y || (x == 0) != (a == b) {
			t.Fatalf("%q %q: %d %d", a, b, x, y)
		}
		names := []string{a, b, c}
		slices.SortFunc(names, compareNames)
		if compareNames(names[0], names[2]) > 0 {
			t.Fatalf("not transitive: %q", names)
		}
	})
}
