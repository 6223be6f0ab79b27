package syntax

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// NextNumber is the first object number that the file does not use.
func (d *Document) NextNumber() (int, error) {
	size, ok := Int(d.Trailer()["Size"])
	if !ok || size <= 0 || size > maxObjects {
		return 0, ErrMalformed
	}
	for _, rev := range d.Revisions {
		for num := range rev.Objects {
			size = max(size, num+1)
		}
	}
	return size, nil
}

// Append returns the file followed by one incremental update that adds or replaces objects (already spelt).
// The earlier bytes stay as they are, so earlier seals stay whole.
func (d *Document) Append(objects map[int][]byte) ([]byte, error) {
	next, err := d.NextNumber()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(d.Data) + 4096)
	out.Write(d.Data)
	if !bytes.HasSuffix(d.Data, []byte("\n")) {
		out.WriteByte('\n')
	}
	numbers := slices.Sorted(maps.Keys(objects))
	offsets := map[int]int{}
	for _, num := range numbers {
		offsets[num] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n", num)
		out.Write(objects[num])
		out.WriteString("\nendobj\n")
		next = max(next, num+1)
	}
	start := out.Len()
	out.WriteString("xref\n")
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		fmt.Fprintf(&out, "%d %d\n", numbers[i], n)
		for _, num := range numbers[i : i+n] {
			fmt.Fprintf(&out, "%010d 00000 n \n", offsets[num])
		}
		i += n
	}
	trailer := maps.Clone(d.Trailer())
	trailer["Size"] = Number(fmt.Sprint(next))
	trailer["Prev"] = Number(fmt.Sprint(d.Revisions[0].Offset))
	out.WriteString("trailer\n")
	Write(&out, trailer)
	fmt.Fprintf(&out, "\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes(), nil
}
