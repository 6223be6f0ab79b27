package directory

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// The longest path and query of a request, in bytes.
const (
	maxPath  = 2048
	maxQuery = 8192
)

// segmentChars are the characters of a path segment: those of RFC 3986 that servers agree upon. Left out are % (encoded forms of
// the same path), ; (parameters, which some servers cut off) and \ (a slash to others).
const segmentChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$'()*+,=:@"

// CheckPath accepts the one spelling of a path: empty, or /segment/segment … of plain characters, no segment empty or with a dot
// at its end (some file systems drop it). So what is compared with the agreement, signed and sent is the same text, and no server behind can read another path
// in it (X-Road 7.7.1 fixed a traversal that began with two readings).
func CheckPath(path string) error {
	if path == "" {
		return nil
	}
	if len(path) > maxPath || path[0] != '/' {
		return ErrPathNotAccepted
	}
	for _, segment := range strings.Split(path[1:], "/") {
		if !plain(segment) {
			return ErrPathNotAccepted
		}
	}
	return nil
}

func plain(segment string) bool {
	return segment != "" && !strings.HasSuffix(segment, ".") && strings.Trim(segment, segmentChars) == ""
}

// CheckQuery accepts a query of RFC 3986 (section 3.4) whose decoded text is UTF-8 without control characters.
func CheckQuery(raw string) error {
	if len(raw) > maxQuery || strings.Trim(raw, segmentChars+"/?%&;") != "" {
		return ErrPathNotAccepted
	}
	text, err := url.PathUnescape(raw)
	if err != nil || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return ErrPathNotAccepted
	}
	return nil
}

// MatchPath compares a path that CheckPath accepted with a pattern, segment by segment: * stands for one, ** for any number.
func MatchPath(pattern, path string) bool {
	return matchSegments(strings.Split(pattern, "/"), strings.Split(path, "/"))
}

func matchSegments(pattern, path []string) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	if pattern[0] == "**" {
		return anySuffix(pattern[1:], path)
	}
	if len(path) == 0 || (pattern[0] != "*" && pattern[0] != path[0]) || (pattern[0] == "*" && path[0] == "") {
		return false
	}
	return matchSegments(pattern[1:], path[1:])
}

func anySuffix(pattern, path []string) bool {
	for i := 0; i <= len(path); i++ {
		if matchSegments(pattern, path[i:]) {
			return true
		}
	}
	return false
}

// pattern says whether an operation's path is one that CheckPath could accept, with wildcards; ** may stand once, so that
// comparing stays cheap.
func pattern(path string) bool {
	return strings.Count(path, "**") <= 1 && !strings.Contains(path, "***") &&
		CheckPath(strings.ReplaceAll(path, "**", "any")) == nil
}
