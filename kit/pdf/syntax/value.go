package syntax

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// A Value is nil, bool, Number, Name, String, Array, Dict, Ref or Stream.
type Value any

type (
	// Number is an integer or real as it is spelt in the file.
	Number string
	// Name is a name without its slash.
	Name string
	// String is the content of a literal or hexadecimal string.
	String []byte
	// Array is an ordered list.
	Array []Value
	// Dict maps names to values.
	Dict map[Name]Value
	// Ref points to an indirect object.
	Ref struct{ Num, Gen int }
	// Stream is a stream's dictionary; its data are not read.
	Stream struct{ Dict Dict }
)

// Int returns the value of an integer.
func (n Number) Int() (int, bool) {
	i, err := strconv.Atoi(string(n))
	return i, err == nil
}

// Int reads an integer held in a value, whatever the value is.
func Int(v Value) (int, bool) {
	n, ok := v.(Number)
	if !ok {
		return 0, false
	}
	return n.Int()
}

// Write spells a value. Dictionaries are written in the order of their keys, so equal values give equal bytes.
func Write(b *bytes.Buffer, v Value) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		fmt.Fprint(b, v)
	case Number:
		b.WriteString(string(v))
	case Name:
		writeName(b, v)
	case String:
		fmt.Fprintf(b, "<%X>", []byte(v))
	case Ref:
		fmt.Fprintf(b, "%d %d R", v.Num, v.Gen)
	case Array:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			Write(b, item)
		}
		b.WriteByte(']')
	case Dict:
		b.WriteString("<<")
		keys := make([]Name, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			writeName(b, key)
			b.WriteByte(' ')
			Write(b, v[key])
		}
		b.WriteString(">>")
	case Stream:
		Write(b, v.Dict)
	}
}

func writeName(b *bytes.Buffer, n Name) {
	b.WriteByte('/')
	for i := range len(n) {
		if c := n[i]; c <= ' ' || c > '~' || bytes.IndexByte([]byte("()<>[]{}/%#"), c) >= 0 {
			fmt.Fprintf(b, "#%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
}

// Equal compares two values by what they say.
func Equal(a, b Value) bool {
	var left, right bytes.Buffer
	Write(&left, a)
	Write(&right, b)
	return bytes.Equal(left.Bytes(), right.Bytes())
}

// Text makes a text string: UTF-16BE with its mark.
func Text(s string) String {
	out := String{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(strings.ToValidUTF8(s, ""))) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

// Text reads a text string in UTF-16BE, UTF-8 or, without a mark, as Latin letters.
func (s String) Text() string {
	switch {
	case len(s) >= 2 && s[0] == 0xFE && s[1] == 0xFF:
		units := make([]uint16, 0, len(s)/2)
		for i := 2; i+1 < len(s); i += 2 {
			units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
		}
		return string(utf16.Decode(units))
	case utf8.Valid(s):
		return strings.TrimPrefix(string(s), "\uFEFF")
	}
	runes := make([]rune, len(s))
	for i, c := range s {
		runes[i] = rune(c)
	}
	return string(runes)
}

// Date writes an instant as a PDF date in UTC. The form "Z" is refused by strict readers.
func Date(t time.Time) string { return t.UTC().Format("D:20060102150405") + "+00'00'" }
