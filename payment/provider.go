package payment

// Provider is whose contract serves an order. A transaction number is unique
// within one.
type Provider string

// Est3DGate is the hosted page of the Moroccan card processor.
const Est3DGate Provider = "est3dgate"

// Known reports whether Wasl speaks the provider's protocol.
func (p Provider) Known() bool { return p == Est3DGate }
