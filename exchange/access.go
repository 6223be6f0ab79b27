package exchange

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"wasl/exchange/message"
)

// Outcome says in a word how an exchange ended; each has a sentence in four languages.
type Outcome string

// The outcomes of an exchange.
const (
	Sent     Outcome = "sent"     // no answer is in the journal yet
	Answered Outcome = "answered" // the fields were handed over
	NotFound Outcome = "not_found"
	Refused  Outcome = "refused" // by a gateway: agreement, signature …
	Failed   Outcome = "failed"  // the register or its gateway did not answer
)

// Access is one exchange about a person, as the gateway's journal tells it.
type Access struct {
	ID                   uuid.UUID // the message's request id
	Request              RequestID
	Subject              string
	Org                  string // on whose behalf
	Provider             string // member that answered
	Service              string
	Fields               []string
	Purpose, LegalBasis  string
	Procedure, Agreement string
	Dossier              string
	Outcome              Outcome
	Error                string
	Status               int
	AskedAt              time.Time
	AnsweredAt           time.Time // zero while Sent
	Seq                  int64     // of the request in the journal, -1 while not read from there
}

// EndOf reads the outcome from the response's leaf.
func EndOf(r message.Leaf) Outcome {
	switch {
	case r.Error != "" && (strings.Contains(r.Error, "ServiceFailed") || strings.Contains(r.Error, "NetworkError") || strings.Contains(r.Error, "Logging")):
		return Failed
	case r.Error != "":
		return Refused
	case r.Status >= 200 && r.Status < 300:
		return Answered
	case r.Status == 404:
		return NotFound
	}
	return Failed
}

// AccessOf makes the row of one exchange from its request's leaf and the explicit request behind it.
func AccessOf(q message.Leaf, r Request) (Access, error) {
	id, err := uuid.Parse(q.RequestID)
	if err != nil {
		return Access{}, err
	}
	member := q.Service
	if parts := strings.Split(q.Service, "/"); len(parts) > 3 {
		member = strings.Join(parts[:3], "/")
	}
	return Access{
		ID: id, Request: r.ID, Subject: r.Subject, Org: r.Org, Provider: member, Service: q.Service, Fields: q.Fields, Purpose: q.Purpose,
		LegalBasis: q.LegalBasis, Procedure: q.Procedure, Agreement: q.Agreement, Dossier: r.Dossier, Outcome: Sent, AskedAt: q.Time, Seq: -1,
	}, nil
}

// End completes the row with the answer.
func (a Access) End(r message.Leaf) Access {
	a.Outcome, a.Error, a.Status, a.AnsweredAt = EndOf(r), r.Error, r.Status, r.Time
	return a
}
