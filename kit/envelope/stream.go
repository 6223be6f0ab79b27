package envelope

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// Segment is how much of a stream is read before its first byte is believed.
const Segment = 64 << 10

// NewKey draws the key of one large object. It stands sealed in the object's row.
func NewKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return key
}

// EncryptStream encrypts what is written to it into w, in bounded memory, bound to the object's identifier. Close ends it.
func EncryptStream(w io.Writer, key []byte, object string) (io.WriteCloser, error) {
	stream, err := subtle.NewAESGCMHKDF(key, "SHA256", keySize, Segment, 0)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return stream.NewEncryptingWriter(w, []byte(object))
}

// DecryptStream is the way back. Something changed, cut or exchanged is an error of the first or a later read, never other content.
func DecryptStream(r io.Reader, key []byte, object string) (io.Reader, error) {
	stream, err := subtle.NewAESGCMHKDF(key, "SHA256", keySize, Segment, 0)
	if err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return stream.NewDecryptingReader(r, []byte(object))
}
