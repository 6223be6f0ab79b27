package proof

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// cosigner makes a witness's key: its verifier key and what signs with it.
func cosigner(t testing.TB, name string) (vkey string, signer note.Signer) {
	t.Helper()
	skey, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = fnote.NewSignerForCosignatureV1(skey); err != nil {
		t.Fatal(err)
	}
	if vkey, err = fnote.VKeyToCosignatureV1(public); err != nil {
		t.Fatal(err)
	}
	return vkey, signer
}

const twoWitnesses = "witness one %s http://one.test\nwitness two %s http://two.test\n"

func TestNoPolicyCountsAWitnessTwiceOrAsksForNobody(t *testing.T) {
	a, _ := cosigner(t, "witness.a")
	b, _ := cosigner(t, "witness.b")
	two := fmt.Sprintf(twoWitnesses, a, b)
	for name, text := range map[string]string{
		"no quorum":                         two,
		"none":                              two + "quorum none\n",
		"of zero":                           two + "group g 0 one two\nquorum g\n",
		"of a group of zero":                two + "group g 0 one\ngroup h 1 g two\nquorum h\n",
		"a witness twice in a group":        two + "group g 2 one one\nquorum g\n",
		"a witness in two groups":           two + "group g 1 one\ngroup h 2 g one\nquorum h\n",
		"two quorums":                       two + "group g all one two\nquorum g\nquorum one\n",
		"one key under two names":           fmt.Sprintf(twoWitnesses, a, a) + "group g all one two\nquorum g\n",
		"one key, renamed, under two names": fmt.Sprintf(twoWitnesses, a, renamed(t, a, "another.name")) + "group g all one two\nquorum g\n",
		"one address for two":               strings.Replace(two, "two.test", "one.test", 1) + "group g all one two\nquorum g\n",
		"no address":                        "witness one " + a + " one.test\nquorum one\n",
		"another scheme":                    "witness one " + a + " file:///etc/passwd\nquorum one\n",
		"a key of no one":                   "witness one x http://one.test\nquorum one\n",
		"too large":                         two + strings.Repeat("# \n", MaxPolicy/3) + "quorum one\n",
	} {
		if _, err := ParsePolicy(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	p, err := ParsePolicy(two + "group g all one two # both\nquorum g\n")
	if err != nil || len(p.Witnesses()) != 2 || p.Witnesses()[1].URL != "http://two.test/add-checkpoint" {
		t.Errorf("%+v: %v", p.Witnesses(), err)
	}
}

// renamed is the same key under another name.
func renamed(t *testing.T, vkey, name string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2])
	if err != nil {
		t.Fatal(err)
	}
	public, err := note.NewEd25519VerifierKey(name, b[1:])
	if err != nil {
		t.Fatal(err)
	}
	vkey, err = fnote.VKeyToCosignatureV1(public)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func TestEnoughIsWhatTheCoSignaturesSay(t *testing.T) {
	var lines strings.Builder
	names := []string{"one", "two", "three", "four"}
	signers := map[string]note.Signer{}
	for _, name := range names {
		vkey, signer := cosigner(t, "witness."+name)
		signers[name] = signer
		fmt.Fprintf(&lines, "witness %s %s https://%s.test\n", name, vkey, name)
	}
	skey, _, err := note.GenerateKey(rand.Reader, "log.test")
	if err != nil {
		t.Fatal(err)
	}
	log, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	cp := flog.Checkpoint{Origin: "log.test", Size: 1, Hash: make([]byte, 32)}
	for _, rule := range []string{
		"quorum three\n", "group g all one two\nquorum g\n", "group g any one two three\nquorum g\n", "group g 2 one two three\nquorum g\n",
		"group g any one two\ngroup h all g three # and\nquorum h\n", "group g all one two\ngroup h any three four\ngroup i 2 g h\nquorum i\n",
		"group g all one\nquorum four\n",
	} {
		p, err := ParsePolicy(lines.String() + rule)
		if err != nil {
			t.Fatal(err)
		}
		for set := range 1 << len(names) {
			by, who := []note.Signer{log}, []string{}
			for i, name := range names {
				if set>>i&1 == 1 {
					by, who = append(by, signers[name]), append(who, name)
				}
			}
			signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, by...)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Cosigned(signed); !slices.Equal(got, who) && len(got)+len(who) > 0 {
				t.Errorf("co-signed by %v, told %v", who, got)
			}
			if p.Enough(who) != p.Satisfied(signed) {
				t.Errorf("%q: %v enough %v, satisfied %v", rule, who, p.Enough(who), p.Satisfied(signed))
			}
		}
	}
	if !(Policy{}).Enough(nil) {
		t.Error("without a policy nobody is needed")
	}
}

func FuzzPolicy(f *testing.F) {
	a, _ := cosigner(f, "witness.a")
	b, _ := cosigner(f, "witness.b")
	two := fmt.Sprintf(twoWitnesses, a, b)
	f.Add(two + "group g all one two\nquorum g\n")
	f.Add(two + "group g 0 one\ngroup h 1 g two\nquorum h\n")
	f.Add("quorum none\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy(text)
		if err != nil {
			return
		}
		if p.IsZero() || len(p.Witnesses()) == 0 || p.Satisfied(nil) || p.Satisfied([]byte("log.test\n1\nAAAA\n")) || p.String() != text {
			t.Errorf("accepted: %q", text)
		}
	})
}
