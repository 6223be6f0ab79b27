package pades_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"wasl/kit/cms/pades"
)

// cpu is the processor time that this process has taken: a busy machine changes the clock on the wall, not this.
func cpu(t testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// big is a file of our form with one stream of n bytes: a scanned plan.
func big(n int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var at []int
	for i, body := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
		stream("", strings.Repeat("q Q ", n/4)), "<</Producer(Wasl)>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	b.WriteString("xref\n0 6\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 6/Root 1 0 R/Info 5 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// Whoever uploads the most expensive file they can think of does not keep the next visitor waiting.
func TestNoFileCostsMuchWork(t *testing.T) {
	if testing.Short() {
		t.Skip("files of 20 MB")
	}
	const size = 20 << 20
	ca, data := sealed(t)
	fill := func(prefix, piece string) []byte {
		return append([]byte(prefix), strings.Repeat(piece, (size-len(prefix))/len(piece))...)
	}
	header := "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"
	one := header + "1 0 obj\n"
	anchor := hex.EncodeToString(ca.Root.RawSubject)
	table := "xref\n0 300000\n" + strings.Repeat("0000000000 00000 n \n", 300000) + "trailer\n<</Size 300000/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
	twenty := big(size - 1<<20)
	for range 20 {
		twenty = seal(t, ca, twenty, ca.Seal("Commune", nil))
	}
	var numbered strings.Builder
	numbered.WriteString(header)
	for n := 1; numbered.Len() < size; n++ {
		fmt.Fprintf(&numbered, "%d 0 obj\n0\nendobj\n", n)
	}
	for name, c := range map[string]struct {
		file []byte
		most time.Duration
	}{
		"a large table and many ranges":  {[]byte(header + strings.Repeat("/ByteRange[0 9 99 999] ", 31) + table), 250 * time.Millisecond},
		"a sealed file and a table":      {append(bytes.Clone(data), fill("", table)...), 250 * time.Millisecond},
		"a sealed file and comments":     {append(bytes.Clone(data), fill("", "% 1 0 obj ")...), 250 * time.Millisecond},
		"a sealed file and empty tables": {append(bytes.Clone(data), fill("", "xref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n")...), 250 * time.Millisecond},
		"nothing but ranges":             {fill(header, "/ByteRange[0 9 99 999]"), 250 * time.Millisecond},
		"ranges of usage rights":         {fill(header, "/ByteRange[0 9 99 999] /UR3 endobj "), 250 * time.Millisecond},
		"nearly our name":                {fill(header, anchor[:len(anchor)-1]), 250 * time.Millisecond},
		"our name":                       {fill(header, "/ByteRange[0 9 99 999]"+anchor), 250 * time.Millisecond},
		"nearly an object":               {fill(header, " ob"), 250 * time.Millisecond},
		"a million objects":              {[]byte(numbered.String()), 250 * time.Millisecond},
		"one array":                      {fill(one+"[", "0 "), 250 * time.Millisecond},
		"nested arrays":                  {fill(one, "["), 250 * time.Millisecond},
		"nested strings":                 {fill(one, "("), 250 * time.Millisecond},
		"one hexadecimal string":         {fill(one+"<", "00"), 250 * time.Millisecond},
		"one name":                       {fill(one+"/", "A"), 250 * time.Millisecond},
		"one number":                     {fill(one, "1"), 250 * time.Millisecond},
		"blanks":                         {fill(one, " \n"), 250 * time.Millisecond},
		"an honest large file":           {seal(t, ca, big(size-1<<20), ca.Seal("Commune", nil)), 250 * time.Millisecond},
		"twenty seals on a large file":   {twenty, time.Second},
	} {
		best := time.Hour
		for range 3 {
			start := cpu(t)
			pades.Validate(c.file, trust(ca))
			best = min(best, cpu(t)-start)
		}
		t.Logf("%-32s %8d bytes %v", name, len(c.file), best)
		if best > c.most {
			t.Errorf("%s: %v of processor time for %d bytes, want at most %v", name, best, len(c.file), c.most)
		}
	}
	if r := pades.Validate(twenty, trust(ca)); r.Verdict != pades.Intact || len(r.Signatures) != 20 {
		t.Errorf("%v %v", r.Verdict, r.Findings)
	}
}
