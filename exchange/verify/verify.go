package verify

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"wasl/exchange/directory"
	"wasl/exchange/message"
	"wasl/kit/strictjson"
)

// Format names the file's format and version.
const Format = "wasl-exchange-proof/1"

// MaxSize bounds a proof file in bytes.
const MaxSize = 256 << 10

// File is the proof of one exchange.
type File struct {
	Format       string         `json:"format"`
	Request      message.Signed `json:"request"`
	Response     message.Signed `json:"response"`
	Certificates [][]byte       `json:"certificates"` // DER: those that signed the two
	Log          *Inclusion     `json:"log,omitempty"`
}

// Inclusion shows where the request stands in the log of the gateway that sent it.
type Inclusion struct {
	Origin     string   `json:"origin"`
	Index      uint64   `json:"index"`
	Path       [][]byte `json:"path"`
	Checkpoint string   `json:"checkpoint"`
}

// Trust is what the reader must know beforehand.
type Trust struct {
	Authorities [][]byte          `json:"authorities"` // DER: the exchange's authority
	Logs        map[string]string `json:"logs"`        // origin → public key (note verifier)

	// Withdrawn certificates (SHA-256, hex) and since when. What one signed counts when it says an earlier time and stands in the
	// log, which a thief of the signing key cannot write.
	Withdrawn map[string]time.Time `json:"withdrawn,omitempty"`
}

// Report is what a valid proof says. Logged is false while the file holds no place in a log.
type Report struct {
	Client, Service, Represented   string
	Purpose, LegalBasis, Procedure string
	Agreement, Subject             string
	Fields                         []string
	Asked, Answered                time.Time
	Status                         int    // the service's own, or the gateway's when Error is set
	Error                          string // type of a gateway's refusal
	Body                           string // SHA-256 of the answer's body, hex
	SignedByProvider               bool   // false: the consumer's gateway attests that no valid answer came
	Logged                         bool
	Withdrawn                      time.Time // since when a certificate that signed is withdrawn; zero when none is. It signed before.
}

// Fault is what is wrong with a proof: What is one of the codes below, each with a sentence in four languages.
type Fault struct {
	What string
	Err  error
}

// What can be wrong, from the outside in.
const (
	Malformed  = "exchange_proof_malformed"    // not a proof file
	Altered    = "exchange_proof_altered"      // a leaf, path, index or size was changed: no signature fits
	Unknown    = "exchange_proof_signer"       // the signer's certificate is not the exchange's, or another member's
	Withdrawn  = "exchange_proof_withdrawn"    // the signer's certificate was withdrawn, and nothing shows that it signed before
	Mismatch   = "exchange_proof_mismatch"     // the response answers another request
	OtherBody  = "exchange_proof_content"      // the evidence is not the one that was answered
	Unlogged   = "exchange_proof_inclusion"    // the request is not where the proof says in the log
	UnknownLog = "exchange_proof_log_unknown"  // the log is not one that the reader trusts
	Unsigned   = "exchange_proof_log_unsigned" // the checkpoint is not signed by that log
)

func (f *Fault) Error() string { return fmt.Sprintf("%s: %v", f.What, f.Err) }

// Unwrap returns the technical detail.
func (f *Fault) Unwrap() error { return f.Err }

// IsProof says whether a file claims to be the proof of an exchange.
func IsProof(b []byte) bool {
	var head struct {
		Format string `json:"format"`
	}
	return json.NewDecoder(bytes.NewReader(b)).Decode(&head) == nil && head.Format == Format // whatever follows: Check judges it
}

// Check verifies a proof file; content, when given, is the evidence that it should be about, byte for byte.
func Check(b []byte, trust Trust, content []byte) (Report, error) {
	f, err := parse(b)
	if err != nil {
		return Report{}, err
	}
	q, err := message.ParseLeaf(f.Request.Leaf)
	if err != nil || q.Role != message.Request {
		return Report{}, &Fault{Altered, errors.Join(err, errors.New("request leaf"))}
	}
	r, err := message.ParseLeaf(f.Response.Leaf)
	if err != nil || r.Role != message.Response {
		return Report{}, &Fault{Altered, errors.Join(err, errors.New("response leaf"))}
	}
	pool, err := authorities(trust)
	if err != nil {
		return Report{}, err
	}
	if err := f.signedBy(f.Request, q.Client, q.Time, pool); err != nil {
		return Report{}, err
	}
	byProvider := true
	if err := f.signedBy(f.Response, r.Service, r.Time, pool); err != nil {
		if r.Status != 0 || r.Error == "" {
			return Report{}, err
		}
		if err := f.signedBy(f.Response, q.Client, r.Time, pool); err != nil {
			return Report{}, err
		}
		byProvider = false
	}
	if r.Answers != hex.EncodeToString(message.Hash(f.Request.Leaf)) || r.RequestID != q.RequestID || r.Service != q.Service || r.Client != q.Client {
		return Report{}, &Fault{Mismatch, errors.New("response names another request")}
	}
	if sum := sha256.Sum256(content); content != nil && hex.EncodeToString(sum[:]) != r.Body {
		return Report{}, &Fault{OtherBody, errors.New("digest differs")}
	}
	if f.Log != nil {
		if err := f.logged(trust, q.Client); err != nil {
			return Report{}, err
		}
	}
	since, err := f.inTime(trust, q.Time, r.Time)
	if err != nil {
		return Report{}, err
	}
	return Report{
		Client: q.Client, Service: q.Service, Represented: q.Represented, Purpose: q.Purpose, LegalBasis: q.LegalBasis, Procedure: q.Procedure,
		Agreement: q.Agreement, Subject: q.Subject, Fields: q.Fields, Asked: q.Time, Answered: r.Time, Status: r.Status, Error: r.Error,
		Body: r.Body, SignedByProvider: byProvider, Logged: f.Log != nil, Withdrawn: since,
	}, nil
}

func parse(b []byte) (File, error) {
	var f File
	if len(b) > MaxSize {
		return f, &Fault{Malformed, errors.New("too large")}
	}
	if err := strictjson.Canonical(b, &f); err != nil || f.Format != Format {
		return f, &Fault{Malformed, errors.Join(err, errors.New("format"))}
	}
	if err := f.spare(); err != nil {
		return f, &Fault{Malformed, err}
	}
	return f, nil
}

// spare refuses what a proof could hold without meaning anything, so that one proof is one text.
func (f File) spare() error {
	signers := [][]byte{f.Request.Proof.Certificate}
	if !bytes.Equal(f.Response.Proof.Certificate, signers[0]) {
		signers = append(signers, f.Response.Proof.Certificate)
	}
	if len(f.Certificates) > len(signers) {
		return errors.New("a certificate that signed nothing")
	}
	for i, der := range f.Certificates {
		if sum := sha256.Sum256(der); !bytes.Equal(sum[:], signers[i]) {
			return errors.New("a certificate that signed nothing, or out of order")
		}
	}
	for _, path := range [][][]byte{f.Request.Proof.Path, f.Response.Proof.Path} {
		if path != nil && len(path) == 0 {
			return errors.New("an empty path is null")
		}
	}
	return nil
}

func authorities(trust Trust) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, der := range trust.Authorities {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, &Fault{Unknown, err}
		}
		pool.AddCert(c)
	}
	return pool, nil
}

// signedBy checks one message: its batch's signature, and that the certificate belonged to the member at the stated time.
func (f File) signedBy(s message.Signed, identifier string, at time.Time, pool *x509.CertPool) error {
	cert, err := f.certificate(s.Proof.Certificate)
	if err != nil {
		return &Fault{Unknown, err}
	}
	if err := s.Proof.Verify(s.Leaf, cert); err != nil {
		return &Fault{Altered, err}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return &Fault{Unknown, err}
	}
	member, ok := directory.MemberOf(cert.URIs)
	if !ok || len(cert.DNSNames) > 0 { // a TLS certificate names a host and signs no message
		return &Fault{Unknown, errors.New("no signing certificate of a member")}
	}
	if prefix := member.String() + "/"; len(identifier) <= len(prefix) || identifier[:len(prefix)] != prefix {
		return &Fault{Unknown, errors.New("certificate of another member")}
	}
	return nil
}

// inTime refuses what a withdrawn certificate signed, unless before and in the log; it says since when the first was withdrawn.
func (f File) inTime(trust Trust, asked, answered time.Time) (withdrawn time.Time, err error) {
	for print, at := range map[string]time.Time{
		hex.EncodeToString(f.Request.Proof.Certificate): asked, hex.EncodeToString(f.Response.Proof.Certificate): answered,
	} {
		since, ok := trust.Withdrawn[print]
		if !ok {
			continue
		}
		if f.Log == nil || !at.Before(since) {
			return since, &Fault{Withdrawn, fmt.Errorf("since %s", since.Format(time.RFC3339))}
		}
		if withdrawn.IsZero() || since.Before(withdrawn) {
			withdrawn = since
		}
	}
	return withdrawn, nil
}

func (f File) certificate(print []byte) (*x509.Certificate, error) {
	for _, der := range f.Certificates {
		if sum := sha256.Sum256(der); bytes.Equal(sum[:], print) {
			return x509.ParseCertificate(der)
		}
	}
	return nil, errors.New("the file lacks the certificate")
}

// logged checks the request's place in the log of its own gateway, no other member's: an entry there is the leaf's hash.
func (f File) logged(trust Trust, client string) error {
	if id, err := directory.ParseClient(client); err != nil || f.Log.Origin != id.LogOrigin() {
		return &Fault{UnknownLog, errors.New(f.Log.Origin + " is not the log of " + client)}
	}
	key, ok := trust.Logs[f.Log.Origin]
	if !ok {
		return &Fault{UnknownLog, errors.New(f.Log.Origin)}
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return &Fault{UnknownLog, err}
	}
	cp, _, _, err := log.ParseCheckpoint([]byte(f.Log.Checkpoint), f.Log.Origin, v)
	if err != nil {
		return &Fault{Unsigned, err}
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(message.Hash(f.Request.Leaf))
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, f.Log.Index, cp.Size, leaf, f.Log.Path, cp.Hash); err != nil {
		return &Fault{Unlogged, err}
	}
	return nil
}
