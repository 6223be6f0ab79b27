package envelope

import (
	"encoding/binary"
	"errors"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// formatGCM is AES-256-GCM with a random nonce.
const formatGCM = 1

const headerSize = 1 + len(uuid.UUID{})

// Place is where something sealed stands. It opens nowhere else.
type Place struct {
	Table  string
	Column string
	Row    string // the row's key, printed
}

// bound is the associated data of a place of a block, with the header: each part with its length, so that no two places are one.
func (p Place) bound(block string, header []byte) []byte {
	b := []byte("wasl envelope")
	for _, part := range []string{block, p.Table, p.Column, p.Row, string(header)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

var (
	errFormat = errors.New("envelope: not in a format of ours")
	errOpen   = errors.New("envelope: does not open here: changed, moved from another place, or under another key")
)

// sealWith seals plain for a place under a key.
func sealWith(a tink.AEAD, key uuid.UUID, block string, p Place, plain []byte) ([]byte, error) {
	header := append([]byte{formatGCM}, key[:]...)
	sealed, err := a.Encrypt(plain, p.bound(block, header))
	if err != nil {
		return nil, err
	}
	return append(header, sealed...), nil
}

// keyOf returns which key sealed it.
func keyOf(sealed []byte) (key uuid.UUID, err error) {
	if len(sealed) < headerSize || sealed[0] != formatGCM {
		return key, errFormat
	}
	return uuid.UUID(sealed[1:headerSize]), nil
}

func openWith(a tink.AEAD, block string, p Place, sealed []byte) ([]byte, error) {
	if _, err := keyOf(sealed); err != nil {
		return nil, err
	}
	plain, err := a.Decrypt(sealed[headerSize:], p.bound(block, sealed[:headerSize]))
	if err != nil {
		return nil, errOpen
	}
	return plain, nil
}
