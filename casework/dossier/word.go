package dossier

import (
	"slices"

	"wasl/law"
)

// The closed vocabularies of a dossier. Each stands here once, and again as a CHECK of the rows (migrations/).

// States are all states, in the order of doc.go.
var States = []State{
	Draft, BeingDeposited, Deposited, Approved, Silent, Claimed, Escalated, Attested, Accepted, Refused, Returned, Withdrawn,
}

// Known tells whether the state is one of them.
func (s State) Known() bool { return slices.Contains(States, s) }

// PaperKinds are all documents that a dossier issues.
var PaperKinds = []PaperKind{ReceiptBeing, ReceiptDeposited, AcceptedDecision, RefusedDecision, ReturnDecision, Attestation}

// Known tells whether the document is one of them.
func (k PaperKind) Known() bool { return slices.Contains(PaperKinds, k) }

// Actor is whose act an event is.
type Actor string

// The actors.
const (
	ByCitizen        Actor = "citizen"
	ByAdministration Actor = "administration"
	ByGovernor       Actor = "governor"
	ByLaw            Actor = "law"
)

// Actors are all of them.
var Actors = []Actor{ByCitizen, ByAdministration, ByGovernor, ByLaw}

// Known tells whether the actor is one of them.
func (a Actor) Known() bool { return slices.Contains(Actors, a) }

// EventCode is what happened; its sentence is event.<code>.
type EventCode string

// The events that are neither a state nor a request nor a silence.
const (
	PiecesBrought     EventCode = "pieces_brought"
	Answered          EventCode = "answered"
	ExplanationsAsked EventCode = "explanations_asked"
	RequestVoid       EventCode = "request_void" // a request of a kind that the law does not know was struck out
)

// EventCodes are all events.
func EventCodes() []EventCode {
	out := []EventCode{PiecesBrought, Answered, ExplanationsAsked, RequestVoid, silenceEvent(law.Approval), silenceEvent(law.OpenAppeal)}
	for _, s := range []State{BeingDeposited, Deposited, Claimed, Escalated, Attested, Accepted, Refused, Returned, Withdrawn} {
		out = append(out, EventCode(s))
	}
	for _, a := range law.Asks {
		out = append(out, askedEvent(a))
	}
	return out
}

// Known tells whether the event is one of them.
func (c EventCode) Known() bool { return slices.Contains(EventCodes(), c) }

func askedEvent(a law.Ask) EventCode { return EventCode("asked_" + string(a)) }

func silenceEvent(e law.Effect) EventCode { return EventCode("silence_" + string(e)) }
