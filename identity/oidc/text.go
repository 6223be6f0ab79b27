package oidc

import (
	"strings"
	"unicode/utf8"
)

// isText tells whether s is UTF-8 without U+0000: what can be stored as text, and sent back.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
