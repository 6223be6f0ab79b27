package gateway

import (
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"

	"wasl/exchange/directory"
)

// readBody reads the body of a request, which is signed whole and hence bounded.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, errBodyLimit
	}
	if err != nil {
		return nil, errRequest.Cause(err)
	}
	return body, nil
}

// sameSpelling holds a message of another gateway to the one form in which ours writes it: nothing twice, the line as signed.
func sameSpelling(r *http.Request, c Call) error {
	for _, name := range []string{headClient, headID, headRequestID, headRepresented, headMessage} {
		if len(r.Header.Values(name)) > 1 {
			return errRequest.Cause(errors.New(name + " stands twice"))
		}
	}
	if r.RequestURI != c.target() || lastOf(r, headClient) != c.Client.String() {
		return errRequest.Cause(errors.New("identifiers are not in their usual spelling"))
	}
	return nil
}

func peerCertificates(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

// memberIn is the member that a connection's certificate names, rightly or not, for the log.
func memberIn(certs []*x509.Certificate) string {
	if len(certs) == 0 {
		return ""
	}
	member, ok := directory.MemberOf(certs[0].URIs)
	if !ok {
		return ""
	}
	return member.String()
}

// readCall reads path and headers. The path is refused unless it is in its one spelling, so what is compared with the agreement,
// signed and forwarded are the same bytes.
func readCall(r *http.Request) (Call, error) {
	raw, query, asked := strings.Cut(r.RequestURI, "?")
	if asked && query == "" {
		return Call{}, directory.ErrPathNotAccepted
	}
	rest, ok := strings.CutPrefix(raw, "/r1/")
	if !ok {
		return Call{}, errRequest
	}
	parts := strings.SplitN(rest, "/", 6)
	if len(parts) < 5 {
		return Call{}, errRequest
	}
	service, err := directory.ParseService(strings.Join(parts[:5], "/"))
	if err != nil {
		return Call{}, errRequest.Cause(err)
	}
	c := Call{Service: service, Method: r.Method, Query: query, Header: r.Header, ID: lastOf(r, headID), Represented: lastOf(r, headRepresented)}
	if len(parts) == 6 {
		c.Path = "/" + parts[5]
	}
	if err := errors.Join(directory.CheckPath(c.Path), directory.CheckQuery(c.Query)); err != nil {
		return Call{}, directory.ErrPathNotAccepted
	}
	if c.Client, err = directory.ParseClient(lastOf(r, headClient)); err != nil {
		return Call{}, errRequest.Cause(err)
	}
	return c, nil
}

// lastOf returns the last value of a header: of duplicates the last one wins, as the protocol says.
func lastOf(r *http.Request, name string) string {
	if v := r.Header.Values(name); len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}
