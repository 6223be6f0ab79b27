package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"wasl/kit/cms/pades"
	"wasl/kit/proof"
)

// Status is the conclusion about a file.
type Status string

// The conclusions. Only the first two mean that the file may be relied on.
const (
	SealedAndLogged Status = "sealed and logged" // and the evidence log holds the entry of this very seal
	Sealed          Status = "sealed"
	Tampered        Status = "tampered"
	Unproven        Status = "unproven" // a seal, but what it is worth cannot be shown with this trust file
	NotSealed       Status = "not sealed"
)

// ProofOfOther means that the proof is right but about another document.
const ProofOfOther = "proof_of_another_document"

// Result is what Verify found. Code is the first reason against the file ("" for sealed files): a pades.Code, a fault of
// kit/proof, or ProofOfOther. Place says where, never with personal data.
type Result struct {
	Status   Status       `json:"status"`
	Code     string       `json:"code,omitempty"`
	Place    string       `json:"place,omitempty"`
	SHA256   string       `json:"sha256"`
	Signer   string       `json:"signer,omitempty"`
	SealedAt time.Time    `json:"sealed_at,omitzero"`
	Entry    *proof.Entry `json:"entry,omitempty"` // the logged entry
	LogIndex uint64       `json:"log_index,omitempty"`
	Report   pades.Report `json:"report"`
}

// String says the conclusion in one line: "sealed", "sealed and logged", "tampered: hash_mismatch".
func (r Result) String() string {
	if r.Code == "" {
		return string(r.Status)
	}
	return string(r.Status) + ": " + r.Code
}

// Holds tells whether the file may be relied on.
func (r Result) Holds() bool { return r.Status == Sealed || r.Status == SealedAndLogged }

// Verify judges a sealed PDF. proofFile is the evidence proof that came with it, nil when there is none.
func Verify(pdf []byte, trust Trust, proofFile []byte) (Result, error) {
	anchors, err := trust.anchors()
	if err != nil {
		return Result{}, err
	}
	r := Result{Report: pades.Validate(pdf, anchors), SHA256: digest(pdf)}
	objects := map[string]bool{}
	for _, s := range r.Report.Signatures {
		objects[digest(pdf[:s.End])] = true
		if r.Signer == "" {
			r.Signer, r.SealedAt = s.Signer, s.StampedAt
		}
	}
	return r.conclude(trust, objects, proofFile), nil
}

// VerifyDetached judges a detached seal over data.
func VerifyDetached(cms, data []byte, trust Trust, proofFile []byte) (Result, error) {
	anchors, err := trust.anchors()
	if err != nil {
		return Result{}, err
	}
	s := pades.ValidateDetached(cms, data, anchors)
	r := Result{
		Report: pades.Report{Indication: s.Indication, Signatures: []pades.Signature{s}},
		SHA256: digest(data), Signer: s.Signer, SealedAt: s.StampedAt,
	}
	return r.conclude(trust, map[string]bool{r.SHA256: true}, proofFile), nil
}

// conclude turns report and proof into a status. objects are the digests that a seal's entry may be about.
func (r Result) conclude(trust Trust, objects map[string]bool, proofFile []byte) Result {
	switch {
	case r.Report.Has(pades.NoSignature):
		r.Status = NotSealed
	case r.Report.Indication == pades.Failed:
		r.Status = Tampered
	case r.Report.Indication == pades.Indeterminate:
		r.Status = Unproven
	default:
		r.Status = Sealed
	}
	if r.Status != Sealed {
		worst := r.Report.Worst()
		r.Code, r.Place = string(worst.Code), worst.Where
		return r
	}
	if proofFile == nil {
		return r
	}
	found, err := proof.Verify(proofFile, trust.Log)
	var fault *proof.Fault
	switch {
	case errors.As(err, &fault):
		r.Status, r.Code = Tampered, fault.What
	case err != nil:
		r.Status, r.Code = Tampered, proof.Malformed
	case found.Entry.Block != "signature" || found.Entry.Act != "document.sealed" || !objects[found.Entry.Object]:
		r.Status, r.Code = Tampered, ProofOfOther
	default:
		r.Status, r.Entry, r.LogIndex = SealedAndLogged, &found.Entry, found.Index
	}
	return r
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
