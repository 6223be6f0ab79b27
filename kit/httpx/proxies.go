package httpx

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks of the reverse proxies that are believed about whom they speak for.
type Proxies []netip.Prefix

// ParseProxies reads networks or single addresses, separated by commas: "10.0.0.0/8, 2001:db8::1".
func ParseProxies(list string) (Proxies, error) {
	var all Proxies
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if a, err := netip.ParseAddr(item); err == nil {
			all = append(all, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(item)
		if err != nil || p.Addr().Is4In6() {
			return nil, fmt.Errorf("httpx: %q is no network (as 10.0.0.0/8) and no address", item)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// Trusts reports whether an address is one of the proxies.
func (p Proxies) Trusts(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// Visitor returns who asks: the peer of the connection, or, when that is a proxy of ours, the last address of X-Forwarded-For (or
// Forwarded, RFC 7239) that none of our proxies has. The list is read from its end, where our own proxies wrote: what stands
// before is the visitor's word. When both headers stand there and differ, one of them passed our proxy unread, and nobody can
// tell which: then it is the proxy itself.
func (p Proxies) Visitor(peer netip.Addr, h http.Header) netip.Addr {
	peer = peer.Unmap()
	if !p.Trusts(peer) {
		return peer
	}
	x, forwarded := p.last(peer, forwardedFor(h)), p.last(peer, forwardedFields(h))
	switch {
	case len(h.Values("Forwarded")) == 0:
		return x
	case len(h.Values("X-Forwarded-For")) == 0, x == forwarded:
		return forwarded
	}
	return peer
}

// maxHops bounds how far back a list is read.
const maxHops = 16

func (p Proxies) last(at netip.Addr, hops []string) netip.Addr {
	for i := range min(len(hops), maxHops) {
		if !p.Trusts(at) {
			break
		}
		before, ok := hopAddr(hops[len(hops)-1-i])
		if !ok {
			break // "unknown" or nonsense: the proxy that wrote it is all we know
		}
		at = before
	}
	return at
}

func forwardedFor(h http.Header) []string {
	return strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
}

// forwardedFields returns the for= of each element; one without it is "unknown".
func forwardedFields(h http.Header) (hops []string) {
	for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") {
		hop := "unknown"
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(name, "for") {
				hop = strings.Trim(value, `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// hopAddr reads 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1] and [2001:db8::1]:80.
func hopAddr(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// Subscriber returns what limits are counted by: an IPv4 address, or the /64 that one IPv6 subscriber holds whole.
func Subscriber(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	network, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return network.Addr()
}

func peerOf(remote string) netip.Addr {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}
