package support

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/support/supportapi"
)

type messageKind struct{}

func (messageKind) Prefix() string { return "msg" }

// MessageID identifies a message; it derives from the caller and its key.
type MessageID = ids.ID[messageKind]

// State is where a message stands.
type State string

// The states of a message.
const (
	Queued State = "queued"
	Sent   State = "sent"   // taken by the mail server
	Failed State = "failed" // given up
)

// Templates lists the messages that can be sent. Each has its texts in the
// locales: mail.<template>.subject and mail.<template>.text.
var Templates = []string{
	"receipt", "being-deposited", "complement", "decision", "silence", "attestation", "payment", "payment-released", "payment-case",
	"payment-settled", "share",
}

// anonymous lists the templates whose text names no reference.
var anonymous = []string{"share"}

// Message is one letter to one person. Reference and Link are all it tells.
type Message struct {
	ID        MessageID
	Caller    string
	Template  string
	Lang      i18n.Lang
	To        string
	Reference string
	Link      string
	State     State
	Failures  int
	CreatedAt time.Time
}

// Format keeps the address out of logs and messages.
func (m Message) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "message %s", m.ID) }

const (
	maxAddress = 254 // RFC 5321, section 4.5.3.1.3, less the brackets
	maxValue   = 500
)

// Accept checks a demand. The link must lead into this installation: a letter
// in the State's name with a foreign link would be the perfect lure.
func Accept(in supportapi.Message, caller string, origins []string, now time.Time) (Message, error) {
	bad := errs.New(errs.Invalid, "message_invalid")
	m := Message{
		ID: ids.Derive[messageKind](caller, in.Key), Caller: caller, Template: in.Template, To: in.To, State: Queued, CreatedAt: now,
		Reference: in.Params["reference"], Link: in.Params["link"],
	}
	m.Lang, _ = i18n.ParseLang(in.Lang) // Arabic when none is known
	if !isAddress(in.To) {
		bad = bad.Field("to", "email_invalid")
	}
	if !slices.Contains(Templates, in.Template) {
		bad = bad.Field("template", "message_template_unknown")
	}
	if in.Key == "" {
		bad = bad.Field("key", "required")
	}
	if m.Reference == "" && !slices.Contains(anonymous, in.Template) || !isLine(m.Reference) {
		bad = bad.Field("params.reference", "message_param_invalid")
	}
	if !isLine(m.Link) || !slices.ContainsFunc(origins, func(o string) bool { return strings.HasPrefix(m.Link, o+"/") }) {
		bad = bad.Field("params.link", "message_link_foreign")
	}
	return m, bad.OrNil()
}

// isAddress takes a bare address only: no name, comment or list.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && len(s) <= maxAddress
}

func isLine(s string) bool { return len(s) <= maxValue && !strings.ContainsAny(s, "\r\n\x00") }

// maxFailures is after how many tries a message is given up: with pauses that
// double up to ten minutes, more than two hours.
const maxFailures = 20

// AfterFailure says how a message stands when a try failed, and whether the
// mail server said that no other will succeed.
func (m Message) AfterFailure(permanent bool) Message {
	m.Failures++
	if permanent || m.Failures >= maxFailures {
		m.State = Failed
	}
	return m
}
