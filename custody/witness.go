package custody

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/kit/proof"
)

// Answer is what a witness said when it was asked to co-sign a checkpoint (C2SP tlog-witness).
type Answer string

// The answers.
const (
	CoSigns  Answer = "co-signs"
	Behind   Answer = "behind"   // it co-signed another size last, which this log has signed too, and wants to be told how they follow
	Ahead    Answer = "ahead"    // it co-signed more entries than this log has signed: the log was set back
	Forked   Answer = "forked"   // what it co-signed does not lead to this checkpoint
	Stranger Answer = "stranger" // it does not watch this log, or knows another key of it
	Silent   Answer = "silent"   // no answer in time, or none of the protocol
)

// Known reports whether a is one of the answers.
func (a Answer) Known() bool {
	return slices.Contains([]Answer{CoSigns, Behind, Ahead, Forked, Stranger, Silent}, a)
}

// Contradicts says that the witness has seen another history of the log.
func (a Answer) Contradicts() bool { return a == Ahead || a == Forked }

// sizeType is the media type of an answer that holds the size that a witness co-signed last.
const sizeType = "text/x.tlog.size"

// judgeAnswer reads a witness's answer to a checkpoint of size entries; seen is how many it co-signed last, where it says so. A log has
// signed more than it published where another witness was missing: who co-signed that has seen no other history.
func judgeAnswer(status int, media string, body []byte, size, signed uint64) (a Answer, seen uint64) {
	switch status {
	case 200:
		return CoSigns, size
	case 409:
		if media != sizeType {
			return Forked, size // the same size, another root
		}
		seen, err := strconv.ParseUint(strings.TrimSuffix(string(body), "\n"), 10, 63)
		switch {
		case err != nil:
			return Silent, 0
		case seen > max(size, signed):
			return Ahead, seen
		}
		return Behind, seen
	case 422:
		return Forked, 0
	case 403, 404:
		return Stranger, 0
	}
	return Silent, 0
}

// question is the body of a request to a witness: the size that it is thought to have co-signed last, the proof that the checkpoint
// follows from it, the checkpoint.
func question(old uint64, path [][]byte, checkpoint []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	for _, hash := range path {
		b.WriteString(base64.StdEncoding.EncodeToString(hash) + "\n")
	}
	b.WriteString("\n")
	b.Write(checkpoint)
	return b.String()
}

// sizeAsked returns the size of the checkpoint in a question.
func sizeAsked(question []byte) (uint64, bool) {
	_, checkpoint, _ := bytes.Cut(question, []byte("\n\n"))
	return sizeOf(checkpoint)
}

// sizeOf returns the size that a checkpoint names in its second line; it looks at no signature.
func sizeOf(checkpoint []byte) (uint64, bool) {
	lines := bytes.SplitN(checkpoint, []byte("\n"), 3)
	if len(lines) < 3 {
		return 0, false
	}
	size, err := strconv.ParseUint(string(lines[1]), 10, 63)
	return size, err == nil
}

// watch is what is known of the witnesses.
type watch struct {
	raw     string     // the newest checkpoint that was looked at
	heard   uint64     // answers that were taken into account
	by      []string   // witnesses that co-signed it
	silent  *time.Time // since when too few do
	against []string   // witnesses that have seen another history, sorted
}

// look is the rule: who co-signed the checkpoint, who has turned against the log and not come back, and whether those who are left are
// enough.
func (w watch) look(p proof.Policy, raw []byte, answers map[string]Answer, now time.Time) watch {
	next := watch{raw: string(raw), by: p.Cosigned(raw), silent: w.silent}
	for _, one := range p.Witnesses() {
		answer, asked := answers[one.Name]
		if answer.Contradicts() || slices.Contains(w.against, one.Name) && (!asked || answer != CoSigns) {
			next.against = append(next.against, one.Name)
		}
	}
	slices.Sort(next.against)
	left := slices.DeleteFunc(slices.Clone(next.by), func(name string) bool { return slices.Contains(next.against, name) })
	switch {
	case p.Enough(left):
		next.silent = nil
	case next.silent == nil:
		now = now.UTC()
		next.silent = &now
	}
	return next
}

// closed says that nothing is to be published that the witnesses have not co-signed: too few have for longer than the grace, or those
// that contradict the log leave too few. The grace is for witnesses that are away.
func (w watch) closed(p proof.Policy, grace time.Duration, now time.Time) bool {
	if w.silent == nil {
		return false
	}
	var left []string
	for _, one := range p.Witnesses() {
		if !slices.Contains(w.against, one.Name) {
			left = append(left, one.Name)
		}
	}
	return !p.Enough(left) || now.Sub(*w.silent) > grace
}
