package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"wasl/kit/cms"
	"wasl/kit/pdf/syntax"
)

// survey says what is to be said of a file that is not of our form: whether a seal of ours was taken from its place,
// whether another system signed it, whether it can be read at all. A signature's digits stand in the open in every PDF
// file, because its range leaves them out by their place; so the bytes are searched and nothing is interpreted.
func survey(pdf []byte, trust Trust) Report {
	switch {
	case trust.written(pdf):
		found := misplaced(pdf, trust)
		return whole(found.Code, found.Where)
	case signed(pdf):
		return whole(UntrustedChain, "")
	case !isPDF(pdf):
		return whole(Damaged, "")
	case names(pdf, "/Encrypt"):
		return whole(Encrypted, "")
	}
	return whole(NoSignature, "")
}

// misplaced says what is wrong with a seal of ours in a file that is not of our form.
func misplaced(pdf []byte, trust Trust) Finding {
	for _, br := range findRanges(pdf) {
		if !sound(pdf, br) {
			continue
		}
		contents, err := hex.DecodeString(string(pdf[br[1]+1 : br[2]-1]))
		if err != nil || !trust.named(contents) {
			continue
		}
		h := sha256.New()
		h.Write(pdf[:br[1]])
		h.Write(pdf[br[2] : br[2]+br[3]])
		var s Signature
		judgeSeal(&s, contents, h.Sum(nil), trust)
		switch {
		case s.Verdict == Foreign:
			return finding(UntrustedChain, "") // another authority of the same name
		case s.Verdict != Intact:
			return Report{Verdict: s.Verdict, Findings: s.Findings}.Reason()
		case br[2]+br[3] < len(pdf):
			return finding(ModifiedAfterSeal, "form")
		}
		return finding(FormUnknown, "")
	}
	return finding(ByteRangeBroken, "")
}

// isPDF tells whether there is a header where readers look for it, and an object after it.
func isPDF(pdf []byte) bool {
	at := bytes.Index(pdf[:min(len(pdf), 1024+5)], []byte("%PDF-"))
	return at >= 0 && names(pdf[at:], " obj")
}

// names tells whether a word stands in the file with nothing after it that would make it a longer one.
func names(pdf []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(pdf[at:], []byte(word))
		if i < 0 {
			return false
		}
		at += i + len(word)
		if at == len(pdf) || bytes.IndexByte([]byte(" \t\r\n\f\x00<>[(/%"), pdf[at]) >= 0 {
			return true
		}
	}
}

// signed tells whether there is a signature of the document. Usage rights (ISO 32000-1, 12.8.2.3) have the same form
// and are none: they tell one reader which of its functions to offer.
func signed(pdf []byte) bool {
	found := false
	eachRange(pdf, func(at int) bool {
		start := bytes.LastIndex(pdf[max(0, at-4*cms.MaxSize):at], []byte(" obj"))
		from := max(0, at-4*cms.MaxSize) + max(0, start)
		object, _, _ := bytes.Cut(pdf[from:min(len(pdf), at+4*cms.MaxSize)], []byte("endobj"))
		found = !bytes.Contains(object, []byte("/UR3"))
		return !found
	})
	return found
}

// eachRange calls do with the place of the first arrays of ByteRange until it returns false. It looks at their bytes
// only, and at no more than one file may have.
func eachRange(pdf []byte, do func(at int) bool) {
	at := 0
	for range 2 * maxSignatures {
		i := bytes.Index(pdf[at:], []byte("/ByteRange"))
		if i < 0 {
			return
		}
		at += i + len("/ByteRange")
		text := bytes.TrimLeft(pdf[at:min(len(pdf), at+32)], " \t\r\n\f\x00")
		if len(text) > 0 && text[0] == '[' && !do(at) {
			return
		}
	}
}

// findRanges reads the arrays of four numbers among them.
func findRanges(pdf []byte) (out [][]int) {
	eachRange(pdf, func(at int) bool {
		if br := readRange(pdf[at:min(len(pdf), at+128)]); br != nil {
			out = append(out, br)
		}
		return len(out) < maxSignatures
	})
	return out
}

// readRange reads an array of four numbers; nil for anything else.
func readRange(text []byte) []int {
	_, text, _ = bytes.Cut(text, []byte("["))
	inside, _, closed := bytes.Cut(text, []byte("]"))
	words := bytes.Fields(inside)
	if !closed || len(words) != 4 {
		return nil
	}
	out := make([]int, 4)
	for i, word := range words {
		n, ok := syntax.Number(word).Int()
		if !ok {
			return nil
		}
		out[i] = n
	}
	return out
}

// sound tells whether a range starts at 0, leaves out exactly one hexadecimal string, and stays in the file.
func sound(pdf []byte, br []int) bool {
	gap, after, rest := br[1], br[2], br[3]
	return br[0] == 0 && gap > 0 && after > gap+2 && after <= len(pdf) && rest > 0 && rest <= len(pdf)-after &&
		pdf[gap] == '<' && pdf[after-1] == '>' && after-gap <= 4*cms.MaxSize
}
