package directory

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ClientID names a subsystem of a member: instance/class/member/subsystem. Without subsystem it names the member itself.
type ClientID struct{ Instance, Class, Member, Subsystem string }

// ServiceID names one service of a subsystem.
type ServiceID struct {
	ClientID
	Code string
}

// ParseClient reads instance/class/member[/subsystem]; each segment may be percent-encoded.
func ParseClient(s string) (ClientID, error) {
	parts, err := segments(s)
	if err != nil || len(parts) < 3 || len(parts) > 4 {
		return ClientID{}, fmt.Errorf("directory: %d-part client identifier is malformed", len(parts))
	}
	id := ClientID{Instance: parts[0], Class: parts[1], Member: parts[2]}
	if len(parts) == 4 {
		id.Subsystem = parts[3]
	}
	return id, nil
}

// ParseService reads instance/class/member/subsystem/service.
func ParseService(s string) (ServiceID, error) {
	parts, err := segments(s)
	if err != nil || len(parts) != 5 {
		return ServiceID{}, fmt.Errorf("directory: %d-part service identifier is malformed", len(parts))
	}
	return ServiceID{ClientID{parts[0], parts[1], parts[2], parts[3]}, parts[4]}, nil
}

// segments splits on the literal slash only, so that %2F stays inside its segment, and then decodes each one.
func segments(s string) ([]string, error) {
	parts := strings.Split(s, "/")
	for i, p := range parts {
		d, err := url.PathUnescape(p)
		if err != nil || !legal(d) {
			return parts, fmt.Errorf("directory: malformed segment %d", i+1)
		}
		parts[i] = d
	}
	return parts, nil
}

// maxSegment bounds one segment of an identifier.
const maxSegment = 128

// legal holds a segment to the characters of the X-Road identifier rules: letters, digits and '()+,-.=?
func legal(s string) bool {
	if strings.Trim(s, ".") == "" || len(s) > maxSegment {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("'()+,-.=?", r):
		default:
			return false
		}
	}
	return true
}

// MemberID returns the identifier without its subsystem.
func (c ClientID) MemberID() ClientID {
	c.Subsystem = ""
	return c
}

// PartyID names an organisation on whose behalf a member asks: [class/]code, as X-Road-Represented-Party has it.
type PartyID string

// ParseParty reads the identifier of a represented party; it has one spelling only.
func ParseParty(s string) (PartyID, error) {
	parts := strings.Split(s, "/")
	if len(parts) > 2 || slices.ContainsFunc(parts, func(p string) bool { return !legal(p) }) {
		return "", errors.New("directory: represented party is malformed")
	}
	return PartyID(s), nil
}

// String returns the identifier, its segments percent-encoded.
func (c ClientID) String() string {
	s := url.PathEscape(c.Instance) + "/" + url.PathEscape(c.Class) + "/" + url.PathEscape(c.Member)
	if c.Subsystem != "" {
		s += "/" + url.PathEscape(c.Subsystem)
	}
	return s
}

// String returns the identifier, its segments percent-encoded.
func (s ServiceID) String() string { return s.ClientID.String() + "/" + url.PathEscape(s.Code) }

// LogOrigin names the log of the member's gateway in its checkpoints (C2SP tlog-checkpoint).
func (c ClientID) LogOrigin() string {
	return "exchange/" + strings.ReplaceAll(c.MemberID().String(), "%", "-")
}

// ServerName is the DNS name that a member's TLS certificate carries; gateways are found by address, and proven by this name.
func (c ClientID) ServerName() string {
	return strings.ToLower(c.Member + "." + c.Class + "." + c.Instance + ".exchange.internal")
}

// URI is the subject alternative name that ties a certificate to its member.
func (c ClientID) URI() *url.URL {
	return &url.URL{Scheme: "urn", Opaque: "wasl:member:" + c.MemberID().String()}
}

// MemberOf reads the member from the URIs of a certificate.
func MemberOf(uris []*url.URL) (ClientID, bool) {
	for _, u := range uris {
		if rest, ok := strings.CutPrefix(u.Opaque, "wasl:member:"); ok && u.Scheme == "urn" {
			id, err := ParseClient(rest)
			return id, err == nil && id.Subsystem == ""
		}
	}
	return ClientID{}, false
}

// MarshalText prints the identifier in JSON.
func (c ClientID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the identifier from JSON.
func (c *ClientID) UnmarshalText(b []byte) (err error) { *c, err = ParseClient(string(b)); return err }

// MarshalText prints the identifier in JSON.
func (s ServiceID) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the identifier from JSON.
func (s *ServiceID) UnmarshalText(b []byte) (err error) {
	*s, err = ParseService(string(b))
	return err
}
