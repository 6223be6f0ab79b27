package proof

import (
	"errors"
	"fmt"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"
)

// MaxPolicy bounds a witness policy in bytes.
const MaxPolicy = 16 << 10

// Policy says which witnesses must have co-signed a checkpoint (C2SP tlog-cosignature) before it counts. Its text is the policy
// format of Sigsum, as tessera reads it:
//
//	witness NAME VKEY URL
//	group NAME N NAME…
//	quorum NAME
//
// The zero value asks for no witness.
type Policy struct {
	text  string
	group tessera.WitnessGroup
	known map[string]note.Verifier // name in the policy → key
}

// ParsePolicy reads a policy. One that asks for nobody is refused: leave the policy away instead.
func ParsePolicy(text string) (p Policy, err error) {
	if len(text) > MaxPolicy {
		return p, errors.New("witness policy: too large")
	}
	p = Policy{text: text, known: map[string]note.Verifier{}}
	if p.group, err = tessera.NewWitnessGroupFromPolicy([]byte(text)); err != nil {
		return Policy{}, fmt.Errorf("witness policy: %w", err)
	}
	if p.group.N < 1 {
		return Policy{}, errors.New("witness policy: its quorum needs no witness")
	}
	keys := map[string]bool{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) != 4 || f[0] != "witness" {
			continue
		}
		if p.known[f[1]], err = fnote.NewVerifierForCosignatureV1(f[2]); err != nil {
			return Policy{}, fmt.Errorf("witness policy: %s: %w", f[1], err)
		}
		if keys[f[2]] { // one witness under two names would be its own second
			return Policy{}, fmt.Errorf("witness policy: %s has the key of another", f[1])
		}
		keys[f[2]] = true
	}
	return p, nil
}

// IsZero reports whether the policy asks for no witness.
func (p Policy) IsZero() bool { return p.text == "" }

// String is the policy's text.
func (p Policy) String() string { return p.text }

// Group is the policy as tessera asks the witnesses by it.
func (p Policy) Group() tessera.WitnessGroup { return p.group }

// Satisfied reports whether enough witnesses have co-signed a checkpoint. It says nothing of the log's own signature.
func (p Policy) Satisfied(checkpoint []byte) bool { return p.IsZero() || p.group.Satisfied(checkpoint) }

// Cosigned returns the names of the policy's witnesses that have co-signed a checkpoint.
func (p Policy) Cosigned(checkpoint []byte) (names []string) {
	for line := range strings.Lines(p.text) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "witness" || p.known[f[1]] == nil {
			continue
		}
		if n, err := note.Open(checkpoint, note.VerifierList(p.known[f[1]])); err == nil && len(n.Sigs) == 1 {
			names = append(names, f[1])
		}
	}
	return names
}

// Witnesses returns the names of all of the policy's witnesses.
func (p Policy) Witnesses() (names []string) {
	for line := range strings.Lines(p.text) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "witness" {
			names = append(names, f[1])
		}
	}
	return names
}
