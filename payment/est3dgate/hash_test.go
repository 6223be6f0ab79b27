package est3dgate

import (
	"slices"
	"testing"
)

// The vector of the shared facts (§2), computed by hand with openssl:
//
//	printf '%s' '150.00|A\|B\\C|…|TEST\|key' | openssl dgst -sha512 -binary | base64
func TestHashVector(t *testing.T) {
	fields := map[string]string{
		"amount": "150.00", "BillToName": `A|B\C`, "callbackUrl": "https://pay.example/cb",
		"clientid": "600000001", "currency": "504", "email": "a@example.org",
		"failUrl": "https://pay.example/fail", "hashAlgorithm": "ver3", "lang": "fr",
		"oid": "WASL-2026-0001", "okUrl": "https://pay.example/ok", "rnd": "1",
		"storetype": "3D_PAY_HOSTING", "trantype": "PreAuth",
		"encoding": "UTF-8", "HASH": "not covered",
	}
	const want = "DXvn6+siN/g58/g76RorQ7FEoD+hsIIoaZIypF/aCyF6/dUy1bDvefkB5vkF+qtwLbW+TQeAdG09x5TxbTVEQw=="
	if got := Hash(fields, "TEST|key", RequestValue); got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
}

func TestNamesSortWithoutCaseAndDigitsAsNumbers(t *testing.T) {
	want := []string{"amount", "BillToName", "BillToStreet2", "BillToStreet12", "CallbackURL", "clientid", "EXTRA_CARDBRAND", "oid", "okUrl"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareNames)
	if !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
}

func TestValuesAreTreatedByKindOfMessage(t *testing.T) {
	for _, c := range []struct {
		treat    func(string) string
		in, want string
	}{
		{RequestValue, " 150.00 \n", "150.00"},
		{RequestValue, "A&amp;B", "A&amp;B"},
		{CallbackValue, "A&amp;B\n", "A&B"},
		{CallbackValue, " kept \n\n", " kept \n"},
		{trimmedCallbackValue, " &#39;x&#39;\r\n", "'x'"},
	} {
		if got := c.treat(c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}
