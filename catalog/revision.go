package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"wasl/catalog/catalogapi"
)

// Status of a procedure and of its current revision.
const (
	// Listed: informative; what is unknown is shown as unknown, nothing can be deposited.
	Listed = "listed"
	// Published: the seven items of art. 6 are there and no rule of law is broken.
	Published = "published"
)

// Canonical is the JSON of a sheet that is hashed and sealed: RFC 8785 (sorted
// keys, no spaces, shortest escapes). Sheets hold whole numbers only, so the
// number rules of the RFC never come into play.
func Canonical(s catalogapi.Sheet) ([]byte, error) {
	typed, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var free any
	dec := json.NewDecoder(bytes.NewReader(typed))
	dec.UseNumber()
	if err := dec.Decode(&free); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(free); err != nil {
		return nil, err
	}
	// Go escapes the two line separators that RFC 8785 section 3.2.2.2 leaves alone.
	canonical := bytes.ReplaceAll(bytes.TrimRight(out.Bytes(), "\n"), []byte(`\u2028`), []byte("\u2028"))
	return bytes.ReplaceAll(canonical, []byte(`\u2029`), []byte("\u2029")), nil
}

// Hash is the SHA-256 of canonical bytes in hexadecimal.
func Hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// StatusOf decides whether a sheet may be published.
func StatusOf(s catalogapi.Sheet) string {
	if len(Missing(s)) > 0 || Blocked(Lint(s)) {
		return Listed
	}
	return Published
}

// Standing orders procedures that match equally well: those that can be
// started, then the everyday sheets, then the acts of which only the decrees'
// lines are known.
func Standing(s catalogapi.Sheet, status string) int {
	if status == Published {
		return 2
	}
	for _, src := range s.Sources {
		if src.Certainty == "second-hand" {
			return 1
		}
	}
	return 0
}
