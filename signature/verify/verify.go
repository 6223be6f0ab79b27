package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"wasl/kit/cms/pades"
	"wasl/kit/proof"
)

// Status is the conclusion about a file: the verdict of its seals, with the evidence log where a proof came along.
type Status string

// The conclusions. Only the first two mean that the file may be relied on as it is shown. The third holds as the second does, but
// the trust file asks for witnesses, and the proof's checkpoint does not bear the co-signatures of enough of them: the log may show
// others another history. A proof made while the witnesses were silent is of this kind; a newer one of the same seal need not be.
const (
	SealedAndLogged Status = "sealed and logged" // and the evidence log holds the entry of this very seal
	Sealed          Status = "sealed"
	Unwitnessed     Status = "sealed and logged, but not witnessed"
	Extended        Status = "the seal holds for its revision and something was added after it"
	Tampered        Status = "tampered"
	Revoked         Status = "sealed with a withdrawn certificate"
	Unproven        Status = "unproven" // a seal, but what it is worth cannot be shown with this trust file
	Foreign         Status = "signed by another system, not judged here"
	Unreadable      Status = "could not be read, nothing is established"
	NotSealed       Status = "carries no seal"
)

// statuses puts each verdict into a conclusion.
var statuses = map[pades.Verdict]Status{
	pades.Intact: Sealed, pades.Extended: Extended, pades.Tampered: Tampered, pades.Revoked: Revoked, pades.Unproven: Unproven,
	pades.Foreign: Foreign, pades.Unreadable: Unreadable, pades.Unsealed: NotSealed,
}

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
	Cosigned []string     `json:"cosigned_by,omitempty"` // the trust file's witnesses whose co-signatures the checkpoint bears
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
	policy, err := trust.Policy()
	if err != nil {
		return Result{}, err
	}
	r := Result{Report: pades.Validate(pdf, anchors), SHA256: digest(pdf)}
	objects := map[string]bool{}
	for _, s := range r.Report.Signatures {
		if s.Signer == "" {
			continue // another system's: not judged
		}
		objects[digest(pdf[:s.End])] = true
		if r.Signer == "" {
			r.Signer, r.SealedAt = s.Signer, s.StampedAt
		}
	}
	return r.conclude(trust, policy, objects, proofFile), nil
}

// VerifyDetached judges a detached seal over data.
func VerifyDetached(cms, data []byte, trust Trust, proofFile []byte) (Result, error) {
	anchors, err := trust.anchors()
	if err != nil {
		return Result{}, err
	}
	policy, err := trust.Policy()
	if err != nil {
		return Result{}, err
	}
	s := pades.ValidateDetached(cms, data, anchors)
	r := Result{
		Report: pades.Report{Verdict: s.Verdict, Signatures: []pades.Signature{s}},
		SHA256: digest(data), Signer: s.Signer, SealedAt: s.StampedAt,
	}
	return r.conclude(trust, policy, map[string]bool{r.SHA256: true}, proofFile), nil
}

// conclude turns report and proof into a status. objects are the digests that a seal's entry may be about.
func (r Result) conclude(trust Trust, policy proof.Policy, objects map[string]bool, proofFile []byte) Result {
	r.Status = statuses[r.Report.Verdict]
	if r.Status != Sealed {
		reason := r.Report.Reason()
		r.Code, r.Place = string(reason.Code), reason.Where
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
		r.Cosigned = policy.Cosigned(found.Checkpoint)
		if !policy.Satisfied(found.Checkpoint) {
			r.Status = Unwitnessed
		}
	}
	return r
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
