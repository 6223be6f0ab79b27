package cardproto

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
)

// State is the memory of a software card. It holds the private key and the PIN as a chip does: whoever reads it has the
// card, so it is written for its owner only.
type State struct {
	Profile string `json:"profile"`
	Holder  string `json:"holder"` // a label for the simulator's screen
	Serial  string `json:"serial"`
	PIN     string `json:"pin"`
	Tries   int    `json:"tries"` // wrong PINs left; 0 is blocked
	Key     []byte `json:"key"`   // PKCS #8, P-256
	Card    []byte `json:"card"`  // DER
	Issuer  []byte `json:"issuer"`
}

// LogValue hides the key and the PIN.
func (s State) LogValue() slog.Value { return slog.StringValue("card " + s.Serial) }

// Personalise makes the first state of a card of the reference profile: the act of the issuer's machine.
func Personalise(holder, serial, pin string, key *ecdsa.PrivateKey, card, issuer []byte) ([]byte, error) {
	p := Reference()
	if !p.ValidPIN(pin) {
		return nil, errors.New("cardproto: PIN is not 4 to 8 digits")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return State{Profile: p.Name, Holder: holder, Serial: serial, PIN: pin, Tries: p.Tries, Key: der, Card: card, Issuer: issuer}.Bytes()
}

// Bytes writes the state.
func (s State) Bytes() ([]byte, error) { return json.MarshalIndent(s, "", "  ") }

// ParseState reads a state and refuses one that could not work.
func ParseState(b []byte) (State, error) {
	var s State
	if err := json.Unmarshal(b, &s); err != nil {
		return State{}, errors.New("cardproto: state is not JSON")
	}
	p := Reference()
	if s.Profile != p.Name || !p.ValidPIN(s.PIN) || s.Tries < 0 || s.Tries > p.Tries {
		return State{}, errors.New("cardproto: state is not of the " + p.Name)
	}
	if _, err := s.privateKey(); err != nil {
		return State{}, err
	}
	return s, nil
}

func (s State) privateKey() (*ecdsa.PrivateKey, error) {
	k, err := x509.ParsePKCS8PrivateKey(s.Key)
	if err != nil {
		return nil, errors.New("cardproto: state has no readable key")
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok || key.Curve.Params().BitSize != 256 {
		return nil, errors.New("cardproto: key is not P-256")
	}
	return key, nil
}
