package bank

import "testing"

// The vector of the shared facts (§2), the same one the payment block checks:
// computed with openssl, by neither implementation.
func TestSignVector(t *testing.T) {
	got := sign(map[string]string{
		"amount": "150.00", "BillToName": `A|B\C`, "callbackUrl": "https://pay.example/cb",
		"clientid": "600000001", "currency": "504", "email": "a@example.org",
		"failUrl": "https://pay.example/fail", "hashAlgorithm": "ver3", "lang": "fr",
		"oid": "WASL-2026-0001", "okUrl": "https://pay.example/ok", "rnd": "1",
		"storetype": "3D_PAY_HOSTING", "trantype": "PreAuth",
	}, "TEST|key")
	if want := "DXvn6+siN/g58/g76RorQ7FEoD+hsIIoaZIypF/aCyF6/dUy1bDvefkB5vkF+qtwLbW+TQeAdG09x5TxbTVEQw=="; got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}
