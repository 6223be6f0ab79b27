package card

import (
	"crypto/x509"
	"testing"
	"time"

	"wasl/identity/cardproto"
)

var now = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)

const origin = "http://localhost:8081"

func authority(t testing.TB) Authority {
	t.Helper()
	a, err := NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// answer lets a card of the authority sign, through its APDUs.
func answer(t testing.TB, a Authority, expires time.Time, origin, nonce string) cardproto.Answer {
	t.Helper()
	issued, err := a.Issue("Test", "C1", "123456", now, expires)
	if err != nil {
		t.Fatal(err)
	}
	state, err := cardproto.ParseState(issued.State)
	if err != nil {
		t.Fatal(err)
	}
	chip, err := cardproto.NewCard(state, func(cardproto.State) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	s, err := cardproto.Open(func(b []byte) ([]byte, error) { return chip.Transmit(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	chain, err := s.Certificates()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify("123456"); err != nil {
		t.Fatal(err)
	}
	sig, err := s.Sign(cardproto.Digest(origin, nonce))
	if err != nil {
		t.Fatal(err)
	}
	return cardproto.Answer{Nonce: nonce, Certificates: chain, Signature: sig}
}

func TestAnswers(t *testing.T) {
	a, other := authority(t), authority(t)
	ten := cardproto.Expiry(now)
	good := answer(t, a, ten, origin, "n")
	change := func(f func(*cardproto.Answer)) cardproto.Answer {
		c := good
		f(&c)
		return c
	}
	for name, tc := range map[string]struct {
		answer cardproto.Answer
		want   Reason
	}{
		"good":                    {good, None},
		"another site's origin":   {answer(t, a, ten, "http://evil.example", "n"), BadSignature},
		"another nonce":           {change(func(c *cardproto.Answer) { c.Nonce = "m" }), BadSignature},
		"foreign authority":       {answer(t, other, ten, origin, "n"), Untrusted},
		"expired":                 {answer(t, a, now.Add(-time.Second), origin, "n"), Expired},
		"short signature":         {change(func(c *cardproto.Answer) { c.Signature = c.Signature[:63] }), BadSignature},
		"no certificate":          {change(func(c *cardproto.Answer) { c.Certificates = nil }), Untrusted},
		"the authority as a card": {change(func(c *cardproto.Answer) { c.Certificates = [][]byte{a.Cert.Raw} }), Untrusted},
		"cancelled":               {cardproto.Answer{Failure: cardproto.FailureCancelled}, Cancelled},
		"blocked":                 {cardproto.Answer{Failure: cardproto.FailureBlocked}, Blocked},
	} {
		fingerprint, got := Anchors{a.Cert}.Verify(tc.answer, origin, now)
		if got != tc.want || (got == None) != (fingerprint != nil) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestOnlyAnActiveCardLogsIn(t *testing.T) {
	for status, want := range map[Status]Reason{
		StatusActive: None, StatusIssued: NotActivated, StatusSuspended: Suspended, StatusRevoked: Revoked, "": Revoked,
	} {
		if got := status.Reason(); got != want {
			t.Errorf("%q: %q", status, got)
		}
	}
}

func FuzzVerify(f *testing.F) {
	a := authority(f)
	good := answer(f, a, cardproto.Expiry(now), origin, "n")
	f.Add(good.Certificates[0], good.Certificates[1], good.Signature)
	anchors := Anchors([]*x509.Certificate{a.Cert})
	f.Fuzz(func(t *testing.T, leaf, issuer, sig []byte) {
		anchors.Verify(cardproto.Answer{Nonce: "n", Certificates: [][]byte{leaf, issuer}, Signature: sig}, origin, now)
	})
}
