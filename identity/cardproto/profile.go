package cardproto

import "time"

// Profile is everything that is particular to one kind of card, so that another card is another value and no other code.
type Profile struct {
	Name         string
	AID          []byte // application identifier given to SELECT
	PINReference byte   // P2 of VERIFY
	PINMin       int    // digits
	PINMax       int    // digits; a PIN is padded with FF to this length
	Tries        int    // wrong PINs before the card blocks
	KeyReference byte   // P2 of INTERNAL AUTHENTICATE; a P-256 key
	EFCard       uint16 // file of the holder's certificate, DER
	EFIssuer     uint16 // file of the issuing authority's certificate, DER
	ATR          []byte // answer to reset
}

// Reference is the Wasl reference profile. The identifier is in the proprietary range (F0) of ISO/IEC 7816-5.
func Reference() Profile {
	return Profile{
		Name:         "Wasl reference profile",
		AID:          []byte{0xF0, 'W', 'A', 'S', 'L', 'e', 'I', 'D', 0x01},
		PINReference: 0x81,
		PINMin:       4,
		PINMax:       8,
		Tries:        3,
		KeyReference: 0x82,
		EFCard:       0x0C01,
		EFIssuer:     0x0C02,
		ATR:          []byte{0x3B, 0x85, 0x80, 0x01, 0x57, 0x41, 0x53, 0x4C, 0x31, 0x3C},
	}
}

// ValidPIN tells whether pin has the form the profile accepts: digits only, within the length. The card itself decides
// whether it is right; a malformed one is refused before it costs a try.
func (p Profile) ValidPIN(pin string) bool {
	if len(pin) < p.PINMin || len(pin) > p.PINMax {
		return false
	}
	for _, c := range []byte(pin) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// padPIN writes pin as VERIFY carries it: ASCII digits, then FF up to PINMax.
func (p Profile) padPIN(pin string) []byte {
	out := make([]byte, p.PINMax)
	for i := range out {
		out[i] = 0xFF
		if i < len(pin) {
			out[i] = pin[i]
		}
	}
	return out
}

// CardYears is the validity of an adult's card: ten years (law 04-20).
const CardYears = 10

// Expiry is the moment from which a card issued at the given time is no longer accepted.
func Expiry(issued time.Time) time.Time { return issued.AddDate(CardYears, 0, 0) }
