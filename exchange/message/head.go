package message

import (
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"io"
	"slices"
	"strings"
)

// Hop lists the headers that concern one connection or one program and never pass a gateway (lower case).
var Hop = []string{
	"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
	"upgrade", "host", "user-agent", "server", "content-length", "expect", "accept-encoding", "x-road-request-hash",
	"wasl-message", "proxy-connection", "http2-settings",
}

// Passes says whether a header may pass a gateway.
func Passes(name string) bool { return !slices.Contains(Hop, strings.ToLower(name)) }

// HeadDigest is SHA-512 over the head of a request: method, raw path and query, then each passing header as name:value,
// names in lower case and sorted, values in their order, lines ended by CRLF.
func HeadDigest(method, target string, header map[string][]string) []byte {
	names := make([]string, 0, len(header))
	for n := range header {
		if Passes(n) {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	h := sha512.New()
	write(h, method, "\r\n", target, "\r\n")
	for _, n := range names {
		for _, v := range header[n] {
			write(h, strings.ToLower(n), ":", v, "\r\n")
		}
	}
	return h.Sum(nil)
}

func write(h hash.Hash, parts ...string) {
	for _, p := range parts {
		io.WriteString(h, p)
	}
}

// RequestHash is the value of X-Road-Request-Hash: base64 of SHA-512(head digest ‖ body digest), or of the head digest
// alone when there is no body.
func RequestHash(headDigest, body []byte) string {
	if len(body) == 0 {
		return base64.StdEncoding.EncodeToString(headDigest)
	}
	digest := sha512.Sum512(body)
	sum := sha512.Sum512(append(slices.Clone(headDigest), digest[:]...))
	return base64.StdEncoding.EncodeToString(sum[:])
}
