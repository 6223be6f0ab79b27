package est3dgate

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"wasl/kit/money"
)

// Dirham is the ISO 4217 number of the only currency Wasl charges in.
const Dirham = "504"

// Answer is the whole plain-text body that answers a callback.
type Answer string

// The three answers the gateway understands.
const (
	Failure  Answer = "FAILURE"         // not believed: nothing was done
	Approved Answer = "APPROVED"        // noted, nothing to capture
	PostAuth Answer = "ACTION=POSTAUTH" // capture the amount
)

// Purchase is one redirect to the bank's page.
type Purchase struct {
	ClientID    string         // the merchant, given by the acquirer
	OrderID     string         // unique per redirect
	Amount      money.Centimes // printed as 150.00
	OKURL       string         // where the browser comes back, which proves nothing
	FailURL     string
	ShopURL     string
	CallbackURL string
	Lang        string // ar, fr or en
	Nonce       string
}

// Field is one hidden input of the form.
type Field struct{ Name, Value string }

// Form lists the fields the browser posts, the hash last.
func (p Purchase) Form(storeKey string) []Field {
	form := []Field{
		{"clientid", p.ClientID},
		{"oid", p.OrderID},
		{"amount", p.Amount.Dirhams()},
		{"currency", Dirham},
		{"storetype", "3D_PAY_HOSTING"},
		{"trantype", "PreAuth"},
		{"okUrl", p.OKURL},
		{"failUrl", p.FailURL},
		{"shopurl", p.ShopURL},
		{"callbackUrl", p.CallbackURL},
		{"CallbackResponse", "true"},
		{"lang", p.Lang},
		{"rnd", p.Nonce},
		{"hashAlgorithm", "ver3"},
		{"encoding", "UTF-8"},
	}
	fields := make(map[string]string, len(form))
	for _, f := range form {
		fields[f.Name] = f.Value
	}
	return append(form, Field{"HASH", Hash(fields, storeKey, RequestValue)})
}

// Notice is what a callback says, once its hash is proved.
type Notice struct {
	OrderID     string
	Amount      money.Centimes
	Authorised  bool   // ProcReturnCode is 00; nothing else counts
	Transaction string // the bank's TransId; "" when it names nothing (absent, too long, not visible ASCII)
}

// Why a callback is not believed.
var (
	ErrMalformed = errors.New("est3dgate: malformed callback")
	ErrHash      = errors.New("est3dgate: hash does not match")
	ErrMerchant  = errors.New("est3dgate: another merchant")
	ErrAmount    = errors.New("est3dgate: unreadable amount")
	ErrCurrency  = errors.New("est3dgate: not dirhams")
)

// Refusal reports whether err says that a message is not the bank's, or not
// about this merchant's dirhams.
func Refusal(err error) bool {
	return slices.ContainsFunc([]error{ErrMalformed, ErrHash, ErrMerchant, ErrAmount, ErrCurrency}, func(e error) bool { return errors.Is(err, e) })
}

// ParseNotice proves a callback with the store key and reads the few fields
// that decide. "Response" is ignored: integrations that fell back on it took
// refusals for successes.
func ParseNotice(form url.Values, clientID, storeKey string) (Notice, error) {
	fields, given, err := single(form)
	if err != nil {
		return Notice{}, err
	}
	if !verify(fields, given, storeKey) {
		return Notice{}, ErrHash
	}

	read := func(name string) string { return trimmedCallbackValue(fields[name]) }
	if read("clientid") != clientID {
		return Notice{}, ErrMerchant
	}
	if read("currency") != Dirham {
		return Notice{}, ErrCurrency
	}
	amount, err := money.ParseDirhams(read("amount"))
	if err != nil || amount <= 0 {
		return Notice{}, ErrAmount
	}
	if !isToken(read("oid")) {
		return Notice{}, ErrMalformed
	}
	n := Notice{OrderID: read("oid"), Amount: amount, Authorised: read("ProcReturnCode") == "00"}
	if t := read("TransId"); isToken(t) {
		n.Transaction = t
	}
	return n, nil
}

// maxToken bounds order and transaction numbers; the gateway's are below 25.
const maxToken = 64

// isToken reports whether s can name a thing at the bank: visible ASCII.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// maxFields bounds what is hashed and sorted; the gateway sends about forty.
const maxFields = 200

// single refuses a name given twice, in whatever case: the hash and the reader
// could otherwise look at different values. What is no text (U+0000, bytes that
// are not UTF-8) is no message of the bank's either.
func single(form url.Values) (fields map[string]string, hash string, err error) {
	if len(form) > maxFields {
		return nil, "", ErrMalformed
	}
	fields = make(map[string]string, len(form))
	seen := make(map[string]bool, len(form))
	for name, values := range form {
		lower := strings.ToLower(name)
		if len(values) != 1 || seen[lower] || !isText(name) || !isText(values[0]) {
			return nil, "", ErrMalformed
		}
		seen[lower] = true
		fields[name] = values[0]
		if lower == "hash" {
			hash = strings.TrimSpace(values[0])
		}
	}
	return fields, hash, nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
