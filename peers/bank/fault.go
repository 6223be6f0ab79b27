package bank

import (
	"slices"
	"sync"
	"time"
)

// Fault is one way in which the simulator misbehaves, until it is set to none.
type Fault string

// The faults that can be switched on.
const (
	None               Fault = ""
	CallbackLost       Fault = "callback_lost"        // never sent
	CallbackDuplicated Fault = "callback_duplicated"  // sent twice at once
	CallbackLate       Fault = "callback_late"        // sent after the browser went back
	FailureThenSuccess Fault = "failure_then_success" // a refusal first, then the success
	WrongAmount        Fault = "wrong_amount"         // one centime too much, well signed
	WrongCurrency      Fault = "wrong_currency"       // euros, well signed
	WrongHash          Fault = "wrong_hash"           // signed with another key
	KeylessHash        Fault = "keyless_hash"         // signed without the key
	UnknownOrder       Fault = "unknown_order"        // another order number, well signed
	EntityEncoded      Fault = "entity_encoded"       // values with HTML entities
	AnswerLost         Fault = "answer_lost"          // the merchant's answer never arrives
	CaptureIgnored     Fault = "capture_ignored"      // answered, but not captured
	CaptureDeclined    Fault = "capture_declined"     // neither the answer nor the merchant service captures; the amount stays held
	CaptureLate        Fault = "capture_late"         // captured only some time after the browser went back
	NoTransaction      Fault = "no_transaction"       // a success that names no transaction, well signed
	SameTransaction    Fault = "same_transaction"     // a success under the number of the last payment, well signed
	CenterDown         Fault = "center_down"          // the merchant service does not answer
	ReplyLost          Fault = "reply_lost"           // the merchant service does what it is asked and does not answer
)

var faults = []Fault{
	None, CallbackLost, CallbackDuplicated, CallbackLate, FailureThenSuccess, WrongAmount, WrongCurrency,
	WrongHash, KeylessHash, UnknownOrder, EntityEncoded, AnswerLost, CaptureIgnored, CaptureDeclined, CaptureLate,
	NoTransaction, SameTransaction, CenterDown, ReplyLost,
}

// lateness is how long a late callback or capture waits.
const lateness = 2 * time.Second

// switchboard holds the fault in force.
type switchboard struct {
	mu    sync.Mutex
	fault Fault
}

func (s *switchboard) current() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// set reports whether the fault is a known one.
func (s *switchboard) set(f Fault) bool {
	if !slices.Contains(faults, f) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	return true
}
