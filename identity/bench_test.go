package identity

import (
	"net/http"
	"testing"
)

// BenchmarkLogin is a whole log-in over HTTP: pushed request, card answer, session, code, ID token, userinfo. Browser, connector,
// card and relying party share the cores with the server, and the test database does not wait for the disk.
func BenchmarkLogin(b *testing.B) {
	s := newStage(b)
	s.code(params()) // consent stands from now on
	b.ReportAllocs()
	for b.Loop() {
		status, out := s.rp.redeem(s.code(params()), nil)
		if status != http.StatusOK || s.userinfo(out["access_token"].(string)) != http.StatusOK {
			b.Fatal(status)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

// BenchmarkPushedRequest is the first call of a relying party: assertion verified and consumed, request stored.
func BenchmarkPushedRequest(b *testing.B) {
	s := newStage(b)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			s.rp.push(params())
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
