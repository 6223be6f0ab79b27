package syntax

import (
	"bytes"
	"strconv"
)

const (
	maxDepth  = 48
	maxItems  = 1 << 17 // values in one object
	maxName   = 256     // bytes of a name; ISO 32000-1, annex C says 127
	maxNumber = 32      // characters of a number
)

// lexer reads values from bytes, moving forward only. A strict one accepts what our own writer spells and nothing else:
// blanks and line feeds, no comments, no escapes, plain numbers.
type lexer struct {
	data   []byte
	at     int
	depth  int
	items  int // values read so far, and how many may be
	limit  int
	strict bool
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// space skips white space and comments.
func (l *lexer) space() {
	if l.strict {
		for l.at < len(l.data) && (l.data[l.at] == ' ' || l.data[l.at] == '\n') {
			l.at++
		}
		return
	}
	for ; l.at < len(l.data); l.at++ {
		switch c := l.data[l.at]; {
		case c == '%':
			for l.at+1 < len(l.data) && l.data[l.at+1] != '\n' && l.data[l.at+1] != '\r' {
				l.at++
			}
		case !isSpace(c):
			return
		}
	}
}

func (l *lexer) peek() byte {
	if l.at < len(l.data) {
		return l.data[l.at]
	}
	return 0
}

// keyword moves past w when it stands next.
func (l *lexer) keyword(w string) bool {
	l.space()
	if !bytes.HasPrefix(l.data[l.at:], []byte(w)) {
		return false
	}
	end := l.at + len(w)
	if end < len(l.data) && !isSpace(l.data[end]) && !isDelimiter(l.data[end]) {
		return false
	}
	l.at = end
	return true
}

// integer reads a plain unsigned number.
func (l *lexer) integer() (int, bool) {
	l.space()
	start := l.at
	for l.at < len(l.data) && l.data[l.at] >= '0' && l.data[l.at] <= '9' && l.at-start <= maxNumber {
		l.at++
	}
	n, err := strconv.Atoi(string(l.data[start:l.at]))
	if err != nil {
		l.at = start
	}
	return n, err == nil
}

func (l *lexer) value() (Value, error) {
	l.space()
	if l.items++; l.items > l.limit || l.depth > maxDepth || l.at >= len(l.data) {
		return nil, ErrMalformed
	}
	switch c := l.data[l.at]; {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case c == '[':
		return l.array()
	case c == '<' && l.at+1 < len(l.data) && l.data[l.at+1] == '<':
		return l.dict()
	case c == '<':
		return l.hex()
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		return l.numberOrRef()
	case l.keyword("true"):
		return true, nil
	case l.keyword("false"):
		return false, nil
	case l.keyword("null"):
		return nil, nil
	}
	return nil, ErrMalformed
}

func (l *lexer) name() (Value, error) {
	l.at++
	var out []byte
	for l.at < len(l.data) && !isSpace(l.data[l.at]) && !isDelimiter(l.data[l.at]) {
		c := l.data[l.at]
		if l.strict && (c == '#' || c > '~' || c < '!') {
			return nil, ErrMalformed
		}
		if c == '#' && l.at+2 < len(l.data) {
			v, err := strconv.ParseUint(string(l.data[l.at+1:l.at+3]), 16, 8)
			if err != nil {
				return nil, ErrMalformed
			}
			c = byte(v)
			l.at += 2
		}
		if out = append(out, c); len(out) > maxName {
			return nil, ErrMalformed
		}
		l.at++
	}
	return Name(out), nil
}

func (l *lexer) literal() (Value, error) {
	out, open := []byte{}, 0
	for ; l.at < len(l.data); l.at++ {
		c := l.data[l.at]
		if l.strict && (c == '\\' || c < ' ' || c > '~' || c == '(' && open > 0) {
			return nil, ErrMalformed
		}
		switch c {
		case '(':
			if open++; open > 1 {
				out = append(out, c)
			}
		case ')':
			if open--; open == 0 {
				l.at++
				return String(out), nil
			}
			out = append(out, c)
		case '\\':
			out = l.escape(out)
		default:
			out = append(out, c)
		}
	}
	return nil, ErrMalformed
}

// escape reads what follows a backslash, leaving the position on its last byte.
func (l *lexer) escape(out []byte) []byte {
	if l.at++; l.at >= len(l.data) {
		return out
	}
	c := l.data[l.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	switch {
	case c >= '0' && c <= '7':
		v := 0
		for n := 0; n < 3 && l.at < len(l.data) && l.data[l.at] >= '0' && l.data[l.at] <= '7'; n++ {
			v = v*8 + int(l.data[l.at]-'0')
			l.at++
		}
		l.at--
		return append(out, byte(v))
	case c == '\r' && l.at+1 < len(l.data) && l.data[l.at+1] == '\n':
		l.at++
		return out
	case c == '\n' || c == '\r':
		return out
	}
	return append(out, c)
}

func (l *lexer) hex() (Value, error) {
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		return nil, ErrMalformed
	}
	digits := l.data[l.at+1 : l.at+end]
	l.at += end + 1
	if l.strict && len(digits)%2 != 0 {
		return nil, ErrMalformed
	}
	out, high := make(String, 0, len(digits)/2+1), -1
	for _, c := range digits {
		v := 0
		switch {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'F':
			v = int(c-'A') + 10
		case c >= 'a' && c <= 'f':
			v = int(c-'a') + 10
		case isSpace(c) && !l.strict:
			continue
		default:
			return nil, ErrMalformed
		}
		if high < 0 {
			high = v
			continue
		}
		out, high = append(out, byte(high<<4|v)), -1
	}
	if high >= 0 {
		out = append(out, byte(high<<4))
	}
	return out, nil
}

func (l *lexer) array() (Value, error) {
	l.at++
	l.depth++
	defer func() { l.depth-- }()
	out := Array{}
	for {
		if l.space(); l.peek() == ']' {
			l.at++
			return out, nil
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// dict reads a dictionary. A key given twice is refused: two readers could understand it differently.
func (l *lexer) dict() (Value, error) {
	l.at += 2
	l.depth++
	defer func() { l.depth-- }()
	out := Dict{}
	for {
		l.space()
		if bytes.HasPrefix(l.data[min(l.at, len(l.data)):], []byte(">>")) {
			l.at += 2
			return out, nil
		}
		if l.peek() != '/' {
			return nil, ErrMalformed
		}
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		if _, twice := out[key.(Name)]; twice {
			return nil, ErrMalformed
		}
		if out[key.(Name)], err = l.value(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) numberOrRef() (Value, error) {
	start := l.at
	for l.at < len(l.data) && bytes.IndexByte([]byte("+-.0123456789"), l.data[l.at]) >= 0 {
		if l.at++; l.at-start > maxNumber {
			return nil, ErrMalformed
		}
	}
	text := l.data[start:l.at]
	if _, err := strconv.ParseFloat(string(text), 64); err != nil || l.strict && !plain(text) {
		return nil, ErrMalformed
	}
	num, err := strconv.Atoi(string(text))
	if err != nil || num <= 0 {
		return Number(text), nil
	}
	after := l.at
	if gen, ok := l.integer(); ok && (!l.strict || gen == 0) && l.keyword("R") {
		return Ref{num, gen}, nil
	}
	l.at = after
	return Number(text), nil
}

// plain tells whether a number is spelt in the one way of our writer: no sign but minus, no needless zero.
func plain(text []byte) bool {
	whole, part, point := bytes.Cut(bytes.TrimPrefix(text, []byte("-")), []byte("."))
	return len(whole) > 0 && (whole[0] != '0' || len(whole) == 1) && !bytes.ContainsAny(whole, "+-") &&
		point == (len(part) > 0) && !bytes.ContainsAny(part, "+-.")
}
