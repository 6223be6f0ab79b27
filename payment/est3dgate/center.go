package est3dgate

import (
	"net/url"
	"slices"
)

// Operation is a question to the merchant service.
type Operation string

// The operations. Capture on a captured payment and Void on a released one
// change nothing, so each may be asked again after a lost reply.
const (
	Status  Operation = "status"
	Capture Operation = "capture" // take what is held
	Void    Operation = "void"    // release what is held
)

// Standing is where a payment stands at the bank.
type Standing string

// The standings. The zero value is that of a provider who cannot be asked.
const (
	Unknown  Standing = ""
	None     Standing = "none" // the bank neither holds nor took anything
	Held     Standing = "preauth"
	Taken    Standing = "captured"
	Released Standing = "voided"
)

// Known reports whether the bank may say so.
func (s Standing) Known() bool { return slices.Contains([]Standing{None, Held, Taken, Released}, s) }

// Question lists the fields that ask the merchant service about a payment, the
// hash last; transaction may be empty when no callback has named one. The
// service is an option of the contract: its protocol is not public, this one
// is our bank simulator's.
func Question(op Operation, clientID, orderID, transaction, nonce, storeKey string) url.Values {
	fields := map[string]string{"clientid": clientID, "oid": orderID, "operation": string(op), "rnd": nonce}
	if transaction != "" {
		fields["TransId"] = transaction
	}
	form := url.Values{"HASH": {Hash(fields, storeKey, RequestValue)}}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

// Reply is what the merchant service says of a payment. Its notice is zero
// unless the bank holds or took the amount.
type Reply struct {
	Notice
	Standing Standing
}

// ParseReply proves a reply with the store key and the question's nonce. It
// must speak of the order number, and of the transaction if one was named,
// that the question was about.
func ParseReply(form url.Values, clientID, orderID, transaction, nonce, storeKey string) (Reply, error) {
	fields, given, err := single(form)
	if err != nil {
		return Reply{}, err
	}
	if !verify(fields, given, storeKey) {
		return Reply{}, ErrHash
	}
	if fields["clientid"] != clientID {
		return Reply{}, ErrMerchant
	}
	standing := Standing(fields["state"])
	if fields["rnd"] != nonce || fields["oid"] != orderID || !standing.Known() {
		return Reply{}, ErrMalformed
	}
	if standing != Held && standing != Taken {
		return Reply{Standing: standing}, nil
	}
	n, err := ParseNotice(form, clientID, storeKey)
	if err != nil {
		return Reply{}, err
	}
	if !n.Authorised || transaction != "" && n.Transaction != transaction {
		return Reply{}, ErrMalformed
	}
	return Reply{Notice: n, Standing: standing}, nil
}
