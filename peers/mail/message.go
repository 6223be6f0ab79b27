package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Message is one mail as a reader would see it.
type Message struct {
	ID      int       `json:"id"`
	From    string    `json:"from"`
	To      []string  `json:"to"`
	At      time.Time `json:"at"`
	Subject string    `json:"subject"`
	Lang    string    `json:"lang"` // Content-Language
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"` // addresses found in Text
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// parse reads what it can; a message that is no MIME keeps its source as text.
func parse(raw []byte) Message {
	src, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{Text: string(raw)}
	}
	m := Message{Lang: src.Header.Get("Content-Language")}
	m.Subject, err = new(mime.WordDecoder).DecodeHeader(src.Header.Get("Subject"))
	if err != nil {
		m.Subject = src.Header.Get("Subject")
	}
	m.read(textproto.MIMEHeader(src.Header), src.Body, 0)
	m.Links = address.FindAllString(m.Text, 20)
	return m
}

// read takes a part, or the parts of a multipart, up to a small depth.
func (m *Message) read(h textproto.MIMEHeader, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < 4 {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.read(p.Header, p, depth+1)
		}
	}
	text, err := io.ReadAll(decoded(h.Get("Content-Transfer-Encoding"), body))
	switch {
	case err != nil && len(text) == 0:
	case kind == "text/plain":
		m.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	case kind == "text/html":
		m.HTML = string(text)
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// box keeps the last messages.
type box struct {
	mu   sync.Mutex
	last int
	kept []Message
}

func (b *box) add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	m.ID = b.last
	if len(b.kept) == maxMessages {
		b.kept = b.kept[1:]
	}
	b.kept = append(b.kept, m)
}

// all lists the messages to an address (all when empty), the newest first.
func (b *box) all(to string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Message{}
	for i := len(b.kept) - 1; i >= 0; i-- {
		if m := b.kept[i]; to == "" || contains(m.To, to) {
			found = append(found, m)
		}
	}
	return found
}

func contains(list []string, to string) bool {
	for _, s := range list {
		if strings.EqualFold(s, to) {
			return true
		}
	}
	return false
}
