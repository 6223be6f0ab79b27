package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	exchangeproof "wasl/exchange/verify"
	"wasl/kit/proof"
	"wasl/signature/verify"
)

type verifyCmd struct {
	Files         []string `arg:"" help:"Sealed PDFs; a document with its detached seal (FILE FILE.p7s); proofs (*.proof.json) beside them or alone; proofs of an exchange."`
	Trust         string   `help:"Trust file of the institution (GET /.well-known/wasl-trust of its portal)." default:"trust.json" env:"WASL_TRUST"`
	ExchangeTrust string   `help:"Trust file of the exchange (GET /en/access/trust of its portal); exchange-trust.json beside the other when not given." env:"WASL_EXCHANGE_TRUST"`
	JSON          bool     `help:"Print JSON."`
}

// verdict is what the command says of one file.
type verdict struct {
	File string `json:"file"`
	verify.Result
	Exchange *exchangeproof.Report `json:"exchange,omitempty"`
	Words    string                `json:"words"`
	good     bool
}

// maxVerified bounds a file, in bytes.
const maxVerified = 64 << 20

// Run prints one line for each document; the exit status is 0 only when every one may be relied on.
func (c *verifyCmd) Run(a *app) error {
	b, err := c.read()
	if err != nil {
		return err
	}
	verdicts, err := c.judge(b)
	if err != nil {
		return err
	}
	status := exit(0)
	for _, v := range verdicts {
		if !v.good {
			status = 1
		}
		if err := c.print(a.stdout, v); err != nil {
			return err
		}
	}
	if status != 0 {
		return status
	}
	return nil
}

// bundle is what was named on the command line, by what it is.
type bundle struct {
	documents map[string][]byte // sealed PDFs and documents with a detached seal
	seals     map[string][]byte // document's name → detached seal
	proofs    [][]byte
	names     []string // of documents, in their order
	alone     []string // names of the proofs
	exchanges []named
}

// named is a file's name and content.
type named struct {
	name    string
	content []byte
}

func (c *verifyCmd) read() (b bundle, err error) {
	b = bundle{documents: map[string][]byte{}, seals: map[string][]byte{}}
	for _, name := range c.Files {
		content, err := readBounded(name)
		if err != nil {
			return b, err
		}
		var head struct {
			Format string `json:"format"`
		}
		switch {
		case strings.HasSuffix(name, ".p7s"):
			b.seals[strings.TrimSuffix(filepath.Base(name), ".p7s")] = content
		case exchangeproof.IsProof(content):
			b.exchanges = append(b.exchanges, named{name, content})
		case strings.HasSuffix(name, ".proof.json"), json.Unmarshal(content, &head) == nil && head.Format == proof.Format:
			b.proofs, b.alone = append(b.proofs, content), append(b.alone, name)
		default:
			b.documents[name] = content
			b.names = append(b.names, name)
		}
	}
	return b, nil
}

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxVerified+1))
	if err == nil && len(b) > maxVerified {
		err = fmt.Errorf("%s: larger than %d MB", name, maxVerified>>20)
	}
	return b, err
}

// trust reads the institution's trust file.
func (c *verifyCmd) trust() (verify.Trust, error) {
	raw, err := os.ReadFile(c.Trust)
	if err != nil {
		return verify.Trust{}, fmt.Errorf("trust file: %w; name the institution's with --trust (its portal serves it at /.well-known/wasl-trust)", err)
	}
	return verify.ParseTrust(raw)
}

// judge needs only the trust files of the kinds of file that were named.
func (c *verifyCmd) judge(b bundle) (out []verdict, err error) {
	if out, err = c.judgeExchanges(b.exchanges); err != nil || len(b.names)+len(b.proofs) == 0 {
		return out, err
	}
	trust, err := c.trust()
	if err != nil {
		return nil, err
	}
	if len(b.names) == 0 {
		for i, p := range b.proofs {
			out = append(out, judgeProof(b.alone[i], p, trust))
		}
		return out, nil
	}
	for _, name := range b.names {
		r, err := b.check(name, trust)
		if err != nil {
			return nil, err
		}
		good := r.Status == verify.Sealed || r.Status == verify.SealedAndLogged
		out = append(out, verdict{File: name, Result: r, Words: r.String(), good: good})
	}
	return out, nil
}

// check tries the document with each proof; the proof that is about it counts, and with a single proof its fault is told.
func (b bundle) check(name string, trust verify.Trust) (r verify.Result, err error) {
	one := func(proofFile []byte) (verify.Result, error) {
		if seal, ok := b.seals[filepath.Base(name)]; ok {
			return verify.VerifyDetached(seal, b.documents[name], trust, proofFile)
		}
		return verify.Verify(b.documents[name], trust, proofFile)
	}
	if len(b.proofs) == 0 {
		return one(nil)
	}
	for _, p := range b.proofs {
		if r, err = one(p); err != nil || r.Code != verify.ProofOfOther {
			return r, err
		}
	}
	return r, nil
}

// judgeProof checks a proof without its document: the entry stands in the log.
func judgeProof(name string, file []byte, trust verify.Trust) verdict {
	found, err := proof.Verify(file, trust.Log)
	var fault *proof.Fault
	if errors.As(err, &fault) {
		return verdict{File: name, Result: verify.Result{Status: verify.Tampered, Code: fault.What}, Words: "tampered: " + fault.What}
	}
	if err != nil {
		return verdict{File: name, Result: verify.Result{Status: verify.Tampered, Code: proof.Malformed}, Words: "tampered: " + proof.Malformed}
	}
	words, policy := fmt.Sprintf("logged: %s by %s", found.Entry.Act, found.Entry.Block), proof.Policy{}
	if policy, err = trust.Policy(); err != nil {
		return verdict{File: name, Words: "not judged: " + err.Error()}
	}
	witnessed := policy.Satisfied(found.Checkpoint)
	if !witnessed {
		words = fmt.Sprintf("logged, but not witnessed: %s by %s", found.Entry.Act, found.Entry.Block)
	}
	return verdict{File: name, Words: words, good: witnessed, Result: verify.Result{
		Entry: &found.Entry, LogIndex: found.Index, Cosigned: policy.Cosigned(found.Checkpoint),
	}}
}

func (c *verifyCmd) print(w io.Writer, v verdict) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(v)
	}
	var line bytes.Buffer
	fmt.Fprintf(&line, "%s: %s", filepath.Base(v.File), v.Words)
	if v.Signer != "" && (v.good || v.Status == verify.Extended || v.Status == verify.Unwitnessed) {
		fmt.Fprintf(&line, ", by %s at %s", v.Signer, v.SealedAt.Format(time.RFC3339))
	}
	if v.Entry != nil {
		fmt.Fprintf(&line, ", log entry %d", v.LogIndex)
	}
	switch n := len(v.Cosigned); {
	case n == 1:
		line.WriteString(", co-signed by 1 witness")
	case n > 1:
		fmt.Fprintf(&line, ", co-signed by %d witnesses", n)
	}
	_, err := fmt.Fprintln(w, line.String())
	return err
}
