package pades

import (
	"bytes"
	"encoding/hex"
	"strings"
	"time"

	"wasl/kit/pdf/syntax"
)

// ownSeal is a seal that our own writer put on a file.
type ownSeal struct {
	field      string
	cms        []byte // with the padding of the reserved space
	gap, after int    // the bytes before and after the signature are sealed
	end        int    // of the sealed revision
}

// ownSeals lists the seals of a file of our writer, oldest first, and where the last update that is a seal ends.
//
// An update is a seal when our own writer, given the file before it and what the signature dictionary says, writes the
// very same bytes. So nothing can be hidden in it: who appends chooses a time, a name, a reason and a signature, and
// none of these is drawn. The form is kept for ever: documents that were handed out are judged by it.
func ownSeals(doc *syntax.Document) (seals []ownSeal, end int) {
	last := len(doc.Revisions) - 1
	end = doc.Revisions[last].End
	for n := last - 1; n >= 0; n-- {
		seal, ok := readSeal(doc.Before(n+1), doc.Before(n))
		if !ok {
			break
		}
		seals, end = append(seals, seal), seal.end
	}
	return seals, end
}

// readSeal reads the newest revision of now as a seal on before.
func readSeal(before, now *syntax.Document) (seal ownSeal, ok bool) {
	number, err := before.NextNumber()
	if err != nil {
		return seal, false
	}
	said, err := now.Dict(syntax.Ref{Num: number})
	if err != nil {
		return seal, false
	}
	contents, _ := said["Contents"].(syntax.String)
	name, _ := said["Name"].(syntax.String)
	reason, _ := said["Reason"].(syntax.String)
	at, err := readDate(said["M"])
	if err != nil || len(contents) == 0 {
		return seal, false
	}
	update, err := spellSeal(before, Options{Name: name.Text(), Reason: reason.Text(), Time: at, Reserve: len(contents)})
	if err != nil {
		return seal, false
	}
	hex.Encode(update.bytes[update.contents:], contents)
	rev := now.Revisions[0]
	if !bytes.Equal(update.bytes, now.Data[rev.Start:rev.End]) {
		return seal, false
	}
	gap := rev.Start + update.contents - 1
	return ownSeal{update.field, contents, gap, gap + 2*len(contents) + 2, rev.End}, true
}

// readDate reads a date as syntax.Date writes it.
func readDate(v syntax.Value) (time.Time, error) {
	s, _ := v.(syntax.String)
	return time.Parse("D:20060102150405", strings.TrimSuffix(string(s), "+00'00'"))
}
