package identity

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"wasl/identity/card"
)

// mac is the installation's keyed hash: what carries it was made here.
type mac func(text string) []byte

// challenge is what a nonce says: for which log-in, in which browser, until when. Nothing is stored for it, since whoever opens
// the card page has proven nothing yet; the nonce vouches for itself by a keyed hash.
type challenge struct {
	Interaction InteractionID // none: the person's own account
	Browser     [16]byte
	Until       time.Time
	Salt        [16]byte // random: no two nonces are the same
}

// browserMark is what a nonce says of the browser that asked: a part of the hash of its cookie.
func browserMark(cookie string) (m [16]byte) {
	copy(m[:], hash(cookie))
	return m
}

const (
	challengeSize = 16 + 16 + 8 + 16
	challengeKind = "identity login nonce\x00"
	ticketKind    = "identity login ticket\x00"
)

func (c challenge) sign(m mac) string {
	b := make([]byte, 0, challengeSize+sha256.Size)
	id := c.Interaction.UUID()
	b = append(append(b, id[:]...), c.Browser[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Until.UnixMilli()))
	b = append(b, c.Salt[:]...)
	return stamp(m, challengeKind, b)
}

// readChallenge reads a nonce of ours; ok is false for any other text.
func readChallenge(m mac, nonce string) (c challenge, ok bool) {
	b, ok := unstamp(m, challengeKind, nonce)
	if !ok || len(b) != challengeSize {
		return c, false
	}
	if err := c.Interaction.Scan(b[:16]); err != nil {
		return c, false
	}
	copy(c.Browser[:], b[16:32])
	c.Until = time.UnixMilli(int64(binary.BigEndian.Uint64(b[32:40])))
	copy(c.Salt[:], b[40:])
	return c, true
}

// ticket is what the connector is given for an answer and carries back through the browser: the log-in goes on only in a browser
// that both asked and came back from the connector. An answer that was obtained from another person's connector does not serve.
type ticket struct {
	Nonce  string
	Reason card.Reason // none: the card is proven
}

func (t ticket) sign(m mac) string {
	return stamp(m, ticketKind, []byte(string(t.Reason)+"\x00"+t.Nonce))
}

// readTicket reads a ticket of ours; ok is false for any other text.
func readTicket(m mac, raw string) (t ticket, ok bool) {
	b, ok := unstamp(m, ticketKind, raw)
	if !ok {
		return t, false
	}
	reason, nonce, ok := strings.Cut(string(b), "\x00")
	return ticket{Nonce: nonce, Reason: card.Reason(reason)}, ok
}

func stamp(m mac, kind string, b []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(b), m(kind+string(b))...))
}

func unstamp(m mac, kind, raw string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(raw)
	if err != nil || len(b) < sha256.Size || len(raw) > 512 {
		return nil, false
	}
	said := b[:len(b)-sha256.Size]
	return said, subtle.ConstantTimeCompare(m(kind+string(said)), b[len(said):]) == 1
}
