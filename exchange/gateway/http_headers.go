package gateway

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"wasl/exchange/message"
)

// The headers of the exchange. Those that begin with Wasl- are ours; Wasl-Message travels between gateways only.
const (
	headClient      = "X-Road-Client"
	headService     = "X-Road-Service"
	headID          = "X-Road-Id"
	headRequestID   = "X-Road-Request-Id"
	headRequestHash = "X-Road-Request-Hash"
	headRepresented = "X-Road-Represented-Party"
	headError       = "X-Road-Error"
	headMessage     = "Wasl-Message"
	headPurpose     = "Wasl-Purpose"
	headBasis       = "Wasl-Legal-Basis"
	headFields      = "Wasl-Fields"
	headProcedure   = "Wasl-Procedure"
	headSubject     = "Wasl-Subject"
)

// ofThisRequest are words in the names of headers by which programs are told of another method, address, sender or person than
// those of the request itself, as X-HTTP-Method-Override and X-Original-URL.
var ofThisRequest = []string{
	"auth", "authenticated", "authorization", "cert", "cookie", "forwarded", "host", "ip", "method", "original", "override", "path", "prefix",
	"proto", "proxy", "remote", "rewrite", "scheme", "ssl", "uri", "url", "user", "via",
}

// passesOn says whether a client's header goes to the service: not those of a connection, nor those that the gateways set, nor any
// that could make the service do something else than what was judged. A name with an underscore is another one's double (CGI).
func passesOn(name string) bool {
	name = http.CanonicalHeaderKey(name)
	if strings.HasPrefix(name, "X-Road-") || strings.HasPrefix(name, "Wasl-") {
		return name == "X-Road-Userid" || name == "X-Road-Issue"
	}
	other := func(word string) bool { return slices.Contains(ofThisRequest, strings.ToLower(word)) }
	return strings.Trim(name, headerChars) == "" && !slices.ContainsFunc(strings.Split(name, "-"), other) && message.Passes(name)
}

const headerChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

// answerHead is what a consumer's system gets of an answer's head: what the gateways say, and the type of the body.
func answerHead(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range []string{headClient, headService, headID, headRequestID, headRequestHash, "Content-Type", "Date"} {
		if v := h.Values(name); len(v) > 0 {
			out.Set(name, v[0])
		}
	}
	return out
}

// looksLike holds a document that is agreed whole to its own first bytes: data by the name of a picture is refused.
func looksLike(body []byte, kind string) error {
	if http.DetectContentType(body) != kind {
		return errContent.Cause(errors.New("the body is not of the type that it is said to be"))
	}
	return nil
}
