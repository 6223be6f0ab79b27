package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"wasl/exchange/directory"
	"wasl/exchange/message"
	"wasl/kit/strictjson"
)

// Call is what a consumer asks of a service.
type Call struct {
	Client      directory.ClientID
	Service     directory.ServiceID
	Method      string
	Path        string              // after the service code, percent-encoded; "" for none
	Query       string              // raw
	Header      map[string][]string // passed on to the service
	Body        []byte
	ID          string // X-Road-Id; drawn when empty
	Represented string // class/code of the organisation on whose behalf the client asks
	Purpose     string
	LegalBasis  string
	Procedure   string
	Subject     string // pseudonym of the person asked about, never a number of the person
	Fields      []string
}

// Evidence is what both gateways signed about one exchange.
type Evidence struct {
	Request  message.Signed `json:"request"`
	Response message.Signed `json:"response"`
}

// Leaves reads the two leaves; the second is zero when no response was signed.
func (e Evidence) Leaves() (request, response message.Leaf, err error) {
	if request, err = message.ParseLeaf(e.Request.Leaf); err != nil || e.Response.Leaf == nil {
		return request, message.Leaf{}, err
	}
	response, err = message.ParseLeaf(e.Response.Leaf)
	return request, response, err
}

func (c Call) ask(now time.Time) directory.Ask {
	return directory.Ask{
		Consumer: c.Client, Service: c.Service, Method: c.Method, Path: c.Path,
		Purpose: c.Purpose, LegalBasis: c.LegalBasis, Fields: c.Fields, Represented: directory.PartyID(c.Represented), At: now,
	}
}

// target is the path and query that the request line carries and the request hash covers.
func (c Call) target() string {
	t := "/r1/" + c.Service.String() + c.Path
	if c.Query != "" {
		t += "?" + c.Query
	}
	return t
}

// requestLeaf states a request under the agreement that allows it.
func requestLeaf(c Call, requestID, requestHash, agreement string, now time.Time) message.Leaf {
	return message.Leaf{
		Role: message.Request, ID: c.ID, RequestID: requestID, Client: c.Client.String(), Service: c.Service.String(),
		Represented: c.Represented, RequestHash: requestHash, Body: digest(c.Body), Time: now, Salt: salt(), Agreement: agreement,
		Purpose: c.Purpose, LegalBasis: c.LegalBasis, Procedure: c.Procedure, Subject: c.Subject, Fields: c.Fields,
	}
}

// responseLeaf answers a request's leaf.
func responseLeaf(request message.Signed, l message.Leaf, status int, body, fault string, now time.Time) message.Leaf {
	return message.Leaf{
		Role: message.Response, ID: l.ID, RequestID: l.RequestID, Client: l.Client, Service: l.Service, RequestHash: l.RequestHash,
		Body: body, Time: now, Salt: salt(), Answers: hex.EncodeToString(message.Hash(request.Leaf)), Status: status, Error: fault,
	}
}

// answers checks that a response's leaf belongs to the request and describes what arrived.
func answers(request message.Signed, q, r message.Leaf, status int, body string) error {
	switch {
	case r.Role != message.Response, r.Answers != hex.EncodeToString(message.Hash(request.Leaf)),
		r.ID != q.ID, r.RequestID != q.RequestID, r.Client != q.Client, r.Service != q.Service, r.RequestHash != q.RequestHash:
		return errMismatch.Cause(errors.New("leaf answers another request"))
	case r.Status != status, r.Body != body:
		return errMismatch.Cause(errors.New("leaf describes another answer"))
	}
	return nil
}

// describes checks that a request's leaf states what arrived.
func describes(l message.Leaf, c Call, requestID, requestHash string) error {
	if l.Role != message.Request || l.ID != c.ID || l.RequestID != requestID || l.Client != c.Client.String() ||
		l.Service != c.Service.String() || l.Represented != c.Represented || l.RequestHash != requestHash || l.Body != digest(c.Body) {
		return errSignature.Cause(errors.New("leaf describes another request"))
	}
	return nil
}

// fresh refuses a message from too long ago, or from the future.
func fresh(l message.Leaf, now time.Time) error {
	if age := now.Sub(l.Time); age > freshness || age < -freshness {
		return errStale
	}
	return nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func salt() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// encode writes a signed leaf for a header.
func encode(s message.Signed) (string, error) {
	b, err := s.Encode()
	return base64.RawURLEncoding.EncodeToString(b), err
}

// decode reads a signed leaf from a header.
func decode(s string) (message.Signed, message.Leaf, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) == 0 || strings.ContainsAny(s, "\r\n") {
		return message.Signed{}, message.Leaf{}, errSignature.Cause(errors.New("message is not signed"))
	}
	m, err := message.DecodeSigned(b)
	if err != nil {
		return m, message.Leaf{}, errSignature.Cause(err)
	}
	l, err := message.ParseLeaf(m.Leaf)
	if err != nil {
		return m, l, errSignature.Cause(err)
	}
	return m, l, nil
}

// faultIn reads a gateway's fault from the body of an answer that carries X-Road-Error.
func faultIn(kind string, body []byte) *Fault {
	var f Fault
	if strictjson.Unmarshal(body, &f) != nil || f.Type != kind || !slices.Contains(details, f.Detail) {
		return &Fault{Type: kind, Detail: errPeer.Code, Message: "the provider's gateway failed"}
	}
	return &f
}

// details are the codes that have a sentence; any other becomes "unreachable".
var details = func() []string {
	var out []string
	for code := range messages {
		out = append(out, code)
	}
	return out
}()
