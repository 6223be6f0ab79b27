package proof

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/strictjson"
)

// Format names the file's format and version.
const Format = "wasl-evidence-proof/1"

// MaxSize bounds a proof file in bytes.
const MaxSize = 1 << 20

// Inclusion proves that a batch's root stands in the evidence log. Index is the leaf's position, Size the size of the
// checkpoint's tree, Path the RFC 6962 inclusion path (from the leaf upwards), Checkpoint the signed note.
type Inclusion struct {
	Index      uint64   `json:"index"`
	Size       uint64   `json:"size"`
	Path       [][]byte `json:"path"`
	Checkpoint []byte   `json:"checkpoint"`
}

// Act is what the keeper of the log is told of an entry beside its hash: enough to name it should its row be lost. It names nobody.
type Act struct {
	ID string `json:"id"` // aud_…
	At string `json:"at"` // Instant
	Is string `json:"act"`
}

// Logged is a batch as the log holds it.
type Logged struct {
	Index int64  `json:"index"`
	Batch string `json:"batch_id"`
	Root  []byte `json:"root"`
}

// File is the proof of one entry.
type File struct {
	Format string    `json:"format"`
	Entry  Entry     `json:"entry"`
	Salt   []byte    `json:"salt"`
	Leaf   []byte    `json:"leaf"` // Commit(Salt, Entry)
	Batch  Batch     `json:"batch"`
	Log    Inclusion `json:"log"`
}

// Batch is the tree of entries that one block published together.
type Batch struct {
	ID       string   `json:"id"`
	Size     uint64   `json:"size"`
	Position uint64   `json:"position"`
	Path     [][]byte `json:"path"`
	Root     []byte   `json:"root"`
}

// Fault is what is wrong with a proof: one of Malformed … Altered, which are codes of sentences.
type Fault struct {
	What string
	Err  error // technical detail
}

// What can be wrong, from the outside in.
const (
	Malformed  = "proof_malformed"           // not a proof file
	Checkpoint = "proof_checkpoint_unsigned" // the checkpoint is not signed by this log
	Unlogged   = "proof_inclusion_wrong"     // the batch's root is not where the proof says
	OtherRoot  = "proof_root_altered"        // the batch's root was replaced
	OffPath    = "proof_path_wrong"          // the path does not lead from the entry to the batch's root
	Altered    = "proof_entry_altered"       // the entry's words are not those that were logged
)

func (f *Fault) Error() string {
	if f.Err == nil {
		return f.What
	}
	return f.What + ": " + f.Err.Error()
}

// Unwrap returns the technical detail.
func (f *Fault) Unwrap() error { return f.Err }

// Result is what a valid proof says: the entry, the position and origin of the log in which it stands, and the checkpoint, of which
// a Policy says whether witnesses co-signed it.
type Result struct {
	Entry      Entry
	Origin     string
	Index      uint64
	Size       uint64
	Checkpoint []byte
}

// Verify checks a proof file against the log's verifier key (note format, name+hash+key). Its error is a *Fault.
func Verify(file []byte, verifierKey string) (Result, error) {
	f, err := parse(file)
	if err != nil {
		return Result{}, &Fault{Malformed, err}
	}
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Result{}, &Fault{Checkpoint, err}
	}
	cp, _, _, err := log.ParseCheckpoint(f.Log.Checkpoint, verifier.Name(), verifier)
	if err != nil {
		return Result{}, &Fault{Checkpoint, err}
	}
	if err := f.checkLog(cp); err != nil {
		return Result{}, err
	}
	if err := f.checkEntry(); err != nil {
		return Result{}, err
	}
	return Result{Entry: f.Entry, Origin: cp.Origin, Index: f.Log.Index, Size: cp.Size, Checkpoint: f.Log.Checkpoint}, nil
}

func parse(file []byte) (f File, err error) {
	if len(file) > MaxSize {
		return f, errors.New("too large")
	}
	if err := strictjson.Canonical(file, &f); err != nil { // what is not proved must not look as if it were
		return f, err
	}
	if f.Format != Format {
		return f, fmt.Errorf("format %q", f.Format)
	}
	if len(f.Salt) != SaltSize || len(f.Leaf) != 32 || len(f.Batch.Root) != 32 || f.Batch.Size == 0 {
		return f, errors.New("a hash has the wrong size")
	}
	return f, nil
}

// checkLog checks that the batch's root stands in the checkpoint's tree.
func (f File) checkLog(cp *log.Checkpoint) error {
	leaf := rfc6962.DefaultHasher.HashLeaf(LogLeaf(f.Entry.Block, f.Batch.ID, f.Batch.Root))
	err := proof.VerifyInclusion(rfc6962.DefaultHasher, f.Log.Index, cp.Size, leaf, f.Log.Path, cp.Hash)
	switch {
	case err == nil && f.Log.Size == cp.Size:
		return nil
	case f.pathFrom(f.Leaf) == nil && !bytes.Equal(Commit(f.Salt, f.Entry), f.Leaf):
		return &Fault{Altered, err} // the block's name is part of the entry and of the log's leaf
	case f.pathFrom(f.Leaf) == nil:
		return &Fault{Unlogged, err} // the entry does belong to this root: the way from the root to the log is broken
	}
	return &Fault{OtherRoot, err}
}

// checkEntry checks the way from the entry's words to the batch's root, which is known to be logged.
func (f File) checkEntry() error {
	commitment := Commit(f.Salt, f.Entry)
	if bytes.Equal(commitment, f.Leaf) {
		if err := f.pathFrom(f.Leaf); err != nil {
			return &Fault{OffPath, err}
		}
		return nil
	}
	return &Fault{Altered, fmt.Errorf("commitment %s, logged %s", hex.EncodeToString(commitment), hex.EncodeToString(f.Leaf))}
}

func (f File) pathFrom(commitment []byte) error {
	b := f.Batch
	leaf := rfc6962.DefaultHasher.HashLeaf(commitment)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, b.Position, b.Size, leaf, b.Path, b.Root)
}
