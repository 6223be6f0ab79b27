package est3dgate

import "net/url"

// Operation is a question to the merchant service.
type Operation string

// The operations. Capture on a captured order changes nothing.
const (
	Status  Operation = "status"
	Capture Operation = "capture"
)

// Question lists the fields that ask the merchant service about an order, the
// hash last. The service is an option of the contract: its protocol is not
// public, this one is our bank simulator's.
func Question(op Operation, clientID, orderID, nonce, storeKey string) url.Values {
	fields := map[string]string{"clientid": clientID, "oid": orderID, "operation": string(op), "rnd": nonce}
	form := url.Values{"HASH": {Hash(fields, storeKey, RequestValue)}}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

// Reply is what the merchant service says of an order.
type Reply struct {
	Notice
	Held     bool // the bank holds or took the amount
	Captured bool // it took it
}

// ParseReply proves a reply with the store key and the question's nonce.
func ParseReply(form url.Values, clientID, orderID, nonce, storeKey string) (Reply, error) {
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
	if fields["rnd"] != nonce || fields["oid"] != orderID {
		return Reply{}, ErrMalformed
	}
	state := fields["state"]
	if state != "preauth" && state != "captured" {
		return Reply{}, nil
	}
	n, err := ParseNotice(form, clientID, storeKey)
	return Reply{Notice: n, Held: n.Authorised, Captured: state == "captured"}, err
}
