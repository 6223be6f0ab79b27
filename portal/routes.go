package portal

import (
	"slices"
	"strings"

	"wasl/kit/i18n"
)

// sections says which block the pages below /{lang}/<section> belong to.
var sections = map[string]string{
	"procedures": "catalog", "administrations": "catalog", "territories": "catalog", "search": "catalog",
	"dossiers": "casework", "office": "casework",
	"payments":  "payment",
	"documents": "locker", "verify": "locker", "s": "locker",
	"access":     "exchange",
	"help":       "support",
	"indicators": "governance",
}

// machinePaths are those that the bank's server and the browser it sends back use: they prove themselves by the order's hash, so
// they need neither session nor same origin, and get no visit.
var machinePaths = []string{"/payment/callback", "/payment/return"}

// Target returns the block that a path with its language belongs to; ok is
// false for the portal's own pages and for paths of nobody.
func Target(path string) (block string, ok bool) {
	lang, rest, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, known := i18n.ParseLang(lang); !known || !found {
		return "", false
	}
	section, _, _ := strings.Cut(rest, "/")
	block, ok = sections[section]
	return block, ok
}

func isMachinePath(path string) bool { return slices.Contains(machinePaths, path) }

// ReturnPath accepts where to go after signing in: a path of this origin,
// without the language, exactly as the portal would write it. Anything that a
// browser could read as another host is replaced by the home page (OWASP
// unvalidated redirects; "/\host", "//host" and control characters included).
func ReturnPath(path string) string {
	if len(path) > 512 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	for _, r := range path {
		if r <= ' ' || r == '\\' || r == 0x7f {
			return "/"
		}
	}
	section, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	section, _, _ = strings.Cut(section, "?")
	if section != "" && section != "appointments" && sections[section] == "" {
		return "/"
	}
	if strings.Contains(path, "/..") {
		return "/"
	}
	return path
}
