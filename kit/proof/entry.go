package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"time"
)

// SaltSize is the size of an entry's salt in bytes: entries that differ little, or that can be guessed, stay hidden.
const SaltSize = 32

// Entry is one legally meaningful act, as it is proved. Subject is a salted hash, so the file names nobody by itself.
type Entry struct {
	Block   string            `json:"block"`
	ID      string            `json:"id"`
	At      string            `json:"at"` // RFC 3339, UTC, microseconds
	Act     string            `json:"act"`
	Object  string            `json:"object"`
	Org     string            `json:"org,omitempty"`
	Subject string            `json:"subject,omitempty"` // hexadecimal, see HashSubject
	Detail  map[string]string `json:"detail,omitempty"`
}

// Instant formats an entry's time, cut to the microseconds that PostgreSQL keeps.
func Instant(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
}

// Commit returns the salted hash that stands for the entry in its batch: SHA-256 over length-prefixed fields, so that no two
// entries have the same bytes.
func Commit(salt []byte, e Entry) []byte {
	h := sha256.New()
	field(h, "wasl audit entry 1")
	field(h, string(salt))
	for _, s := range []string{e.Block, e.ID, e.At, e.Act, e.Object, e.Org, e.Subject} {
		field(h, s)
	}
	for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
		field(h, k)
		field(h, e.Detail[k])
	}
	return h.Sum(nil)
}

// HashSubject hides a person's key under the entry's salt: the holder of both can show that the entry is about that person.
func HashSubject(salt []byte, subject string) string {
	if subject == "" {
		return ""
	}
	h := sha256.New()
	field(h, "wasl audit subject 1")
	field(h, string(salt))
	field(h, subject)
	return hex.EncodeToString(h.Sum(nil))
}

func field(h hash.Hash, s string) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

// LogLeaf returns the leaf of a batch in the evidence log: which block's batch has which root.
func LogLeaf(block, batchID string, root []byte) []byte {
	return []byte("wasl batch 1\n" + block + "\n" + batchID + "\n" + hex.EncodeToString(root) + "\n")
}
