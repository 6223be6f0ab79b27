package custody

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"wasl/kit/errs"
	"wasl/kit/proof"
)

// Root is the root of one block's batch of audit entries: a leaf of the evidence log.
type Root struct {
	Block string
	Batch string
	Hash  []byte
}

var batchForm = regexp.MustCompile(`^[a-z]{3}_[0-9a-f]{32}$`)

// Check refuses what cannot be a leaf.
func (r Root) Check() error {
	e := errs.New(errs.Invalid, "request_invalid")
	if !batchForm.MatchString(r.Batch) {
		e = e.Field("batch_id", "invalid")
	}
	if len(r.Hash) != 32 {
		e = e.Field("root", "invalid")
	}
	return e.OrNil()
}

// day is the day of the batch, from its UUIDv7; a root that is no batch of entries has none.
func (r Root) day() string {
	raw, err := hex.DecodeString(strings.TrimPrefix(r.Batch, "bat_"))
	if err != nil || len(raw) != 16 {
		return "0000-00-00"
	}
	ms := int64(binary.BigEndian.Uint64(raw) >> 16)
	return time.UnixMilli(ms).UTC().Format(time.DateOnly)
}

// Leaf returns the bytes that the log holds for the root.
func (r Root) Leaf() []byte { return proof.LogLeaf(r.Block, r.Batch, r.Hash) }

// Same reports whether two roots are one: a batch has one root for ever.
func (r Root) Same(o Root) bool {
	return r.Block == o.Block && r.Batch == o.Batch && bytes.Equal(r.Hash, o.Hash)
}

// storedRoot is a root as its row has it.
type storedRoot struct {
	Root
	Index *int64 // place in the log, nil while waiting
}

// ParseLeaf reads a leaf of the log back; ok is false for bytes that Leaf does not write.
func ParseLeaf(leaf []byte) (r Root, ok bool) {
	lines := strings.Split(string(leaf), "\n")
	if len(lines) != 5 {
		return r, false
	}
	hash, err := hex.DecodeString(lines[3])
	r = Root{Block: lines[1], Batch: lines[2], Hash: hash}
	return r, err == nil && r.Check() == nil && bytes.Equal(r.Leaf(), leaf)
}
