package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
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
	text      string
	group     tessera.WitnessGroup
	witnesses []Witness
	groups    []group
	quorum    string
}

// group is satisfied by so many of its members, which are witnesses or groups.
type group struct {
	name    string
	need    int
	members []string
}

// Witness is one witness of a policy: its name there, and the address at which it is asked (…/add-checkpoint).
type Witness struct {
	Name, URL string
	key       note.Verifier
}

// ParsePolicy reads a policy. One that asks for nobody is refused (leave the policy away instead), and one in which a witness would be
// its own second.
func ParsePolicy(text string) (p Policy, err error) {
	if len(text) > MaxPolicy {
		return p, errors.New("witness policy: too large")
	}
	p.text = text
	if p.group, err = tessera.NewWitnessGroupFromPolicy([]byte(text)); err != nil {
		return Policy{}, fmt.Errorf("witness policy: %w", err)
	}
	if p.group.Satisfied(nil) {
		return Policy{}, errors.New("witness policy: its quorum needs no witness")
	}
	seen := map[string]bool{}
	once := func(what, which string) error {
		if seen[what+which] {
			return fmt.Errorf("witness policy: %s %s stands there twice", what, which)
		}
		seen[what+which] = true
		return nil
	}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		switch f := strings.Fields(line); {
		case len(f) == 4 && f[0] == "witness":
			w, key, e := parseWitness(f[1], f[2], f[3])
			err = errors.Join(e, once("the key", key), once("the address", w.URL))
			p.witnesses = append(p.witnesses, w)
		case len(f) > 3 && f[0] == "group":
			for _, member := range f[3:] {
				err = errors.Join(err, once("member", member))
			}
			p.groups = append(p.groups, group{f[1], needed(f[2], len(f)-3), f[3:]})
		case len(f) == 2 && f[0] == "quorum":
			p.quorum, err = f[1], once("the", "quorum")
		}
		if err != nil {
			return Policy{}, err
		}
	}
	return p, nil
}

// needed reads the number of a group that tessera has read before.
func needed(n string, of int) int {
	switch n {
	case "any":
		return 1
	case "all":
		return of
	}
	i, err := strconv.Atoi(n)
	if err != nil {
		return of
	}
	return i
}

// parseWitness also returns the key itself: the same key under two names is one witness.
func parseWitness(name, vkey, root string) (w Witness, key string, err error) {
	if w.key, err = fnote.NewVerifierForCosignatureV1(vkey); err != nil {
		return w, "", fmt.Errorf("witness policy: %s: %w", name, err)
	}
	b, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2]) // name+hash+key, as it was just read
	if err != nil {
		return w, "", fmt.Errorf("witness policy: %s: %w", name, err)
	}
	at, err := url.Parse(root)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" {
		return w, "", errors.Join(fmt.Errorf("witness policy: %s has no address that begins with https:// or http://", name), err)
	}
	w.Name, w.URL = name, at.JoinPath("/add-checkpoint").String()
	return w, base64.StdEncoding.EncodeToString(b), nil
}

// IsZero reports whether the policy asks for no witness.
func (p Policy) IsZero() bool { return p.text == "" }

// String is the policy's text.
func (p Policy) String() string { return p.text }

// Group is the policy as tessera asks the witnesses by it.
func (p Policy) Group() tessera.WitnessGroup { return p.group }

// Satisfied reports whether enough witnesses have co-signed a checkpoint. It says nothing of the log's own signature.
func (p Policy) Satisfied(checkpoint []byte) bool { return p.IsZero() || p.group.Satisfied(checkpoint) }

// Enough reports whether the co-signatures of the witnesses of these names would be enough.
func (p Policy) Enough(names []string) bool {
	have := map[string]bool{}
	for _, name := range names {
		have[name] = true
	}
	for _, g := range p.groups { // members come before their group
		n := 0
		for _, m := range g.members {
			if have[m] {
				n++
			}
		}
		have[g.name] = n >= g.need
	}
	return p.IsZero() || have[p.quorum]
}

// Cosigned returns the names of the policy's witnesses that have co-signed a checkpoint.
func (p Policy) Cosigned(checkpoint []byte) (names []string) {
	for _, w := range p.witnesses {
		if n, err := note.Open(checkpoint, note.VerifierList(w.key)); err == nil && len(n.Sigs) == 1 {
			names = append(names, w.Name)
		}
	}
	return names
}

// Witnesses returns all of the policy's witnesses.
func (p Policy) Witnesses() []Witness { return p.witnesses }
