package httpx

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestAVisitorCannotChooseTheirAddress(t *testing.T) {
	p, err := ParseProxies("10.0.0.0/8, 192.0.2.1,2001:db8:ffff::/48")
	if err != nil {
		t.Fatal(err)
	}
	const us = "10.0.0.1"
	for _, c := range []struct {
		name, peer string
		h          http.Header
		want       string
	}{
		{"no proxy: the header is the visitor's word", "198.51.100.1", http.Header{"X-Forwarded-For": {"203.0.113.1"}}, "198.51.100.1"},
		{"one proxy", us, http.Header{"X-Forwarded-For": {"203.0.113.1"}}, "203.0.113.1"},
		{"what stands before was written by the visitor", us, http.Header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.1"}}, "203.0.113.1"},
		{"two lines are one list", us, http.Header{"X-Forwarded-For": {"1.1.1.1", "203.0.113.1"}}, "203.0.113.1"},
		{"two proxies", us, http.Header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.1, 192.0.2.1"}}, "203.0.113.1"},
		{"a stranger in the middle ends it", us, http.Header{"X-Forwarded-For": {"1.1.1.1, 10.9.9.9, 203.0.113.1"}}, "203.0.113.1"},
		{"only proxies", us, http.Header{"X-Forwarded-For": {"10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
		{"nothing", us, http.Header{}, us},
		{"nonsense", us, http.Header{"X-Forwarded-For": {"203.0.113.1, <script>"}}, us},
		{"with port", us, http.Header{"X-Forwarded-For": {"[2001:db8::7]:443"}}, "2001:db8::7"},
		{"mapped", "::ffff:10.0.0.1", http.Header{"X-Forwarded-For": {"::ffff:203.0.113.1"}}, "203.0.113.1"},
		{"RFC 7239", us, http.Header{"Forwarded": {`for=1.1.1.1, For="[2001:db8::7]:443";proto=https`}}, "2001:db8::7"},
		{"RFC 7239 unknown", us, http.Header{"Forwarded": {`for=203.0.113.1, for=unknown`}}, us},
		{"RFC 7239 without for", us, http.Header{"Forwarded": {`for=203.0.113.1, proto=https`}}, us},
		{"both agree", us, http.Header{"Forwarded": {"for=203.0.113.1"}, "X-Forwarded-For": {"203.0.113.1"}}, "203.0.113.1"},
		{"both differ: one is the visitor's", us, http.Header{"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"203.0.113.1"}}, us},
	} {
		if got := p.Visitor(netip.MustParseAddr(c.peer), c.h); got != netip.MustParseAddr(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, bad := range []string{"all", "10.0.0.0/33", "10.0.0.1/8/9", "::ffff:10.0.0.0/104"} {
		if _, err := ParseProxies(bad); err == nil {
			t.Errorf("%q is taken for networks", bad)
		}
	}
	if p, err := ParseProxies(""); err != nil || len(p) > 0 || p.Trusts(netip.MustParseAddr("127.0.0.1")) {
		t.Error("somebody is trusted without being named")
	}
}

func TestAnIPv6SubscriberIsOne(t *testing.T) {
	a, b := netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("2001:db8:0:1:ffff::9")
	if Subscriber(a) != Subscriber(b) || Subscriber(a) == Subscriber(netip.MustParseAddr("2001:db8:0:2::1")) {
		t.Error("a /64 is not one subscriber")
	}
	if Subscriber(netip.MustParseAddr("::ffff:192.0.2.1")) != netip.MustParseAddr("192.0.2.1") {
		t.Error("a mapped address is another one")
	}
}

func FuzzForwardedForIsReadFromItsEnd(f *testing.F) {
	f.Add("203.0.113.1, 10.0.0.2", `for=x`)
	f.Add("", `for="[::1]";by=a, for=unknown`)
	f.Fuzz(func(t *testing.T, x, forwarded string) {
		p := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
		peer := netip.MustParseAddr("10.0.0.1")
		// Whatever the visitor wrote: our proxy adds the true address behind it.
		h := http.Header{"X-Forwarded-For": {x + ", 203.0.113.1"}}
		if got := p.Visitor(peer, h); got != netip.MustParseAddr("203.0.113.1") {
			t.Fatalf("%q made it %s", x, got)
		}
		if strings.ContainsAny(forwarded, "\r\n") {
			return
		}
		h.Set("Forwarded", forwarded)
		if got := p.Visitor(peer, h); got != peer && got != netip.MustParseAddr("203.0.113.1") {
			t.Fatalf("%q beside it made it %s", forwarded, got)
		}
	})
}
