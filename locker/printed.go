package locker

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"wasl/locker/lockerapi"
)

// A printed document carries a code that nothing but the paper and its issuer knows. The locker keeps the code's hash, to find the
// document, and what the paper says sealed under a key made of the code: who reads the rows learns neither.
const (
	lookUp  = "wasl locker: hash of a printed code"
	sealing = "wasl locker: key of a printed code"
)

func fromCode(code, use string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(code), nil, use, sha256.Size)
}

// sealPrinted seals what a document says with its code; id keeps it from being moved to another document.
func sealPrinted(code string, id DocumentID, p lockerapi.Printed) (hash, sealed []byte, err error) {
	if hash, err = fromCode(code, lookUp); err != nil {
		return nil, nil, err
	}
	box, err := boxOf(code)
	if err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, nil, err
	}
	sealed, err = box.Encrypt(text, []byte(id.String()))
	return hash, sealed, err
}

// openPrinted is the way back.
func openPrinted(code string, d Document) (p lockerapi.Printed, err error) {
	box, err := boxOf(code)
	if err != nil {
		return p, err
	}
	text, err := box.Decrypt(d.Printed, []byte(d.ID.String()))
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}

func boxOf(code string) (*subtle.AESGCM, error) {
	key, err := fromCode(code, sealing)
	if err != nil {
		return nil, err
	}
	return subtle.NewAESGCM(key)
}
