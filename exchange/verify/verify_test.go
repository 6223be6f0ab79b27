package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"wasl/exchange/directory"
	"wasl/exchange/message"
)

var at = time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)

type party struct {
	key *ecdsa.PrivateKey
	der []byte
}

func (p party) sign(t testing.TB, l message.Leaf) message.Signed {
	t.Helper()
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(p.der)
	proofs, err := message.SignBatch(p.key, sum[:], [][]byte{message.Hash(b), message.Hash([]byte("neighbour"))})
	if err != nil {
		t.Fatal(err)
	}
	return message.Signed{Leaf: b, Proof: proofs[0]}
}

type scene struct {
	trust              Trust
	consumer, provider party
	content            []byte
	file               File
}

func newScene(t testing.TB) *scene {
	t.Helper()
	ca, err := directory.NewAuthority("MA", at)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(member string, use directory.Use) party {
		id, _ := directory.ParseClient(member)
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		der, err := ca.Issue(id, &key.PublicKey, use, at)
		if err != nil {
			t.Fatal(err)
		}
		return party{key, der}
	}
	s := &scene{consumer: issue("MA/GOV/portal", directory.UseSigning), provider: issue("MA/GOV/civil", directory.UseSigning), content: []byte(`{"birth_date":"1990-01-02"}`)}
	s.trust.Authorities = [][]byte{ca.Cert.Raw}
	q := message.Leaf{Role: message.Request, ID: "1", RequestID: "r1", Client: "MA/GOV/portal/dossiers", Service: "MA/GOV/civil/register/extracts", Purpose: "passport", Time: at, Salt: "a"}
	request := s.consumer.sign(t, q)
	s.file = File{Format: Format, Request: request, Response: s.provider.sign(t, s.answer(request)), Certificates: [][]byte{s.consumer.der, s.provider.der}}
	return s
}

func (s *scene) answer(request message.Signed) message.Leaf {
	q, _ := message.ParseLeaf(request.Leaf)
	sum := sha256.Sum256(s.content)
	return message.Leaf{
		Role: message.Response, ID: q.ID, RequestID: q.RequestID, Client: q.Client, Service: q.Service, Body: hex.EncodeToString(sum[:]),
		Time: at, Salt: "b", Status: 200, Answers: hex.EncodeToString(message.Hash(request.Leaf)),
	}
}

func (s *scene) check(t *testing.T, content []byte) (Report, string) {
	t.Helper()
	b, err := json.Marshal(s.file)
	if err != nil {
		t.Fatal(err)
	}
	if !IsProof(b) {
		t.Error("not recognised")
	}
	r, err := Check(b, s.trust, content)
	var f *Fault
	if errors.As(err, &f) {
		return r, f.What
	}
	return r, ""
}

func TestAProofSaysWhoAskedWhomForWhat(t *testing.T) {
	s := newScene(t)
	r, what := s.check(t, s.content)
	if what != "" || r.Client != "MA/GOV/portal/dossiers" || r.Purpose != "passport" || r.Status != 200 || !r.SignedByProvider || r.Logged {
		t.Fatalf("%s %+v", what, r)
	}
}

func TestEachAlterationIsNamed(t *testing.T) {
	stranger := newScene(t)
	replace := func(m *message.Signed, old, fresh string) {
		m.Leaf = []byte(strings.Replace(string(m.Leaf), old, fresh, 1))
	}
	cases := []struct {
		name, want string
		alter      func(*scene)
	}{
		{"purpose in the request", Altered, func(s *scene) { replace(&s.file.Request, "passport", "taxation") }},
		{"status in the response", Altered, func(s *scene) { replace(&s.file.Response, `"status":200`, `"status":404`) }},
		{"index", Altered, func(s *scene) { s.file.Request.Proof.Index = 1 }},
		{"size", Altered, func(s *scene) { s.file.Request.Proof.Size = 3 }},
		{"path", Altered, func(s *scene) { s.file.Response.Proof.Path[0][3] ^= 1 }},
		{"signature", Altered, func(s *scene) { s.file.Response.Proof.Signature[10] ^= 1 }},
		{"leaf is no leaf", Altered, func(s *scene) { s.file.Request.Leaf = []byte("{}") }},
		{"another exchange's authority", Unknown, func(s *scene) { s.trust = stranger.trust }},
		{"certificate missing", Unknown, func(s *scene) { s.file.Certificates = s.file.Certificates[:1] }},
		{"response signed by the consumer", Unknown, func(s *scene) {
			s.file.Response, s.file.Certificates = s.consumer.sign(t, s.answer(s.file.Request)), s.file.Certificates[:1]
		}},
		{"answer to another request", Mismatch, func(s *scene) {
			l := s.answer(s.file.Request)
			l.Answers = hex.EncodeToString(message.Hash([]byte("other")))
			s.file.Response = s.provider.sign(t, l)
		}},
		{"evidence", OtherBody, func(s *scene) { s.content = []byte(`{"birth_date":"1991-01-02"}`) }},
		{"format", Malformed, func(s *scene) { s.file.Format = Format; s.file.Certificates = [][]byte{make([]byte, MaxSize)} }},
	}
	for _, c := range cases {
		s := newScene(t)
		c.alter(s)
		if _, what := s.check(t, s.content); what != c.want {
			t.Errorf("%s: named %q, want %q", c.name, what, c.want)
		}
	}
	if _, err := Check([]byte(`{"format":"wasl-exchange-proof/1","more":1}`), stranger.trust, nil); err == nil || IsProof([]byte("x")) {
		t.Error("unknown fields pass")
	}
}

func TestAProofIsOneText(t *testing.T) {
	s := newScene(t)
	b, err := json.MarshalIndent(s.file, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Check(b, s.trust, s.content); err != nil {
		t.Fatal(err)
	}
	good := string(b)
	other := s.file
	other.Certificates = [][]byte{s.provider.der, s.consumer.der}
	turned, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a bracket after it":        good + "] anything",
		"a second proof":            good + good,
		"text after it":             good + " sealed",
		"a key twice":               strings.Replace(good, `"format"`, `"format":"x","format"`, 1),
		"a key in another case":     strings.Replace(good, `"request"`, `"Request"`, 1),
		"a key beside another case": strings.Replace(good, `"request"`, `"REQUEST":null,"request"`, 1),
		"a key twice, deep":         strings.Replace(good, `"index": 0`, `"index":0,"index":0`, 1),
		"an unknown key":            strings.Replace(good, `"format"`, `"note":"logged","format"`, 1),
		"a null member":             strings.TrimSuffix(strings.TrimSpace(good), "}") + `,"log":null}`,
		"another spelling":          strings.Replace(good, `"leaf": "e`, `"leaf": "\u0065`, 1),
		"a certificate more":        strings.Replace(good, `"certificates": [`, `"certificates": ["AAAA",`, 1),
		"certificates turned round": string(turned),
		"a number otherwise":        strings.Replace(good, `"index": 0`, `"index":0e0`, 1),
	} {
		if text == good {
			t.Fatalf("%s: nothing changed", name)
		}
		var f *Fault
		if _, err := Check([]byte(text), s.trust, s.content); !errors.As(err, &f) || f.What != Malformed {
			t.Errorf("%s: %v", name, err)
		}
		if name != "a key twice" && !IsProof([]byte(text)) {
			t.Errorf("%s: not taken for a proof, so nobody says what is wrong with it", name)
		}
	}
}

func FuzzCheck(f *testing.F) {
	s := newScene(f)
	b, err := json.Marshal(s.file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(append(b, "] x"...))
	f.Add([]byte(strings.Replace(string(b), `"format"`, `"Format"`, 1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := Check(text, s.trust, s.content); err != nil {
			return
		}
		var read bytes.Buffer
		if err := json.Compact(&read, text); err != nil || !bytes.Equal(read.Bytes(), b) {
			t.Errorf("another text is the same proof: %s", text)
		}
	})
}

func TestAWithdrawnKeyProvesOnlyWhatTheLogHeldBefore(t *testing.T) {
	for name, c := range map[string]struct {
		signer func(*scene) []byte
		since  time.Time
		logged bool
		want   string
	}{
		"consumer, later, not logged": {func(s *scene) []byte { return s.consumer.der }, at.Add(time.Hour), false, Withdrawn},
		"provider, later, not logged": {func(s *scene) []byte { return s.provider.der }, at.Add(time.Hour), false, Withdrawn},
		"consumer, later, logged":     {func(s *scene) []byte { return s.consumer.der }, at.Add(time.Hour), true, ""},
		"provider, before, logged":    {func(s *scene) []byte { return s.provider.der }, at, true, Withdrawn},
	} {
		s := newScene(t)
		s.trust.Withdrawn = map[string]time.Time{directory.Fingerprint(c.signer(s)): c.since}
		if c.logged {
			s.log(t)
		}
		r, what := s.check(t, s.content)
		if what != c.want {
			t.Errorf("%s: %q, want %q", name, what, c.want)
		}
		if what == "" && !r.Withdrawn.Equal(c.since) {
			t.Errorf("%s: nobody says that the certificate was withdrawn: %v", name, r.Withdrawn)
		}
	}
}

func TestAConsumerMayOnlyAttestThatNothingCame(t *testing.T) {
	s := newScene(t)
	l := s.answer(s.file.Request)
	l.Status, l.Error = 0, "Server.ClientProxy.NetworkError"
	s.file.Response, s.file.Certificates = s.consumer.sign(t, l), s.file.Certificates[:1]
	if r, what := s.check(t, nil); what != "" || r.SignedByProvider || r.Error == "" {
		t.Errorf("%s %+v", what, r)
	}
}

// log puts the request into a log of the consumer's, of two entries, and returns the other one and the checkpoint.
func (s *scene) log(t *testing.T) (other []byte, signed string) {
	t.Helper()
	skey, vkey, _ := note.GenerateKey(rand.Reader, "exchange/MA/GOV/portal")
	signer, _ := note.NewSigner(skey)
	leaf := rfc6962.DefaultHasher.HashLeaf(message.Hash(s.file.Request.Leaf))
	other = rfc6962.DefaultHasher.HashLeaf([]byte("other"))
	cp := log.Checkpoint{Origin: "exchange/MA/GOV/portal", Size: 2, Hash: rfc6962.DefaultHasher.HashChildren(other, leaf)}
	b, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, signer)
	if err != nil {
		t.Fatal(err)
	}
	s.trust.Logs = map[string]string{cp.Origin: vkey}
	s.file.Log = &Inclusion{Origin: cp.Origin, Index: 1, Path: [][]byte{other}, Checkpoint: string(b)}
	return other, string(b)
}

func TestThePlaceInTheLogIsChecked(t *testing.T) {
	s := newScene(t)
	_, signed := s.log(t)
	if r, what := s.check(t, nil); what != "" || !r.Logged {
		t.Fatalf("%s", what)
	}
	s.file.Log.Index = 0
	if _, what := s.check(t, nil); what != Unlogged {
		t.Errorf("index: %q", what)
	}
	s.file.Log.Index, s.file.Log.Checkpoint = 1, strings.Replace(signed, "\n2\n", "\n3\n", 1)
	if _, what := s.check(t, nil); what != Unsigned {
		t.Errorf("checkpoint: %q", what)
	}
	s.file.Log.Checkpoint = signed
	s.trust.Logs["exchange/MA/GOV/other"] = s.trust.Logs["exchange/MA/GOV/portal"]
	s.file.Log.Origin = "exchange/MA/GOV/other"
	if _, what := s.check(t, nil); what != UnknownLog {
		t.Errorf("another member's log: %q", what)
	}
	s.file.Log.Origin = "exchange/MA/GOV/portal"
	s.trust.Logs = nil
	if _, what := s.check(t, nil); what != UnknownLog {
		t.Errorf("log: %q", what)
	}
}
