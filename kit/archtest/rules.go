package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Order is the order of the blocks: calls at run time go only to the right.
var Order = []string{
	"portal", "casework", "payment", "exchange", "locker", "catalog", "governance", "identity", "support", "signature", "custody",
}

const maxLines = 400

// prefixes of the files that do; all others of a block decide.
var prefixes = []string{"store_", "http_", "job_"}

func isBlock(room string) bool { return slices.Contains(Order, room) }

// protocols are the packages of blocks that stand-ins and the connector may share: the wire format itself.
var protocols = []string{"identity/cardproto"}

// rooms are the top folders of the house and, for those that are no block, what each may import inside the module.
var rooms = map[string]func(target string) bool{
	"kit":       func(t string) bool { return under(t, "kit") },
	"law":       func(t string) bool { return under(t, "kit") || under(t, "law") },
	"peers":     func(t string) bool { return under(t, "kit") || under(t, "peers") || slices.Contains(protocols, t) },
	"connector": func(t string) bool { return under(t, "kit") || slices.Contains(protocols, t) },
	"cmd":       func(string) bool { return true },
	"e2e":       func(string) bool { return true },
	"bench":     func(string) bool { return true },
}

func under(p, room string) bool { return p == room || strings.HasPrefix(p, room+"/") }

// Arrow returns what is wrong with an import, or "".
func Arrow(f File, target string) string {
	if first, _, _ := strings.Cut(target, "/"); !isBlock(first) && rooms[first] == nil {
		return "" // outside the module
	}
	room := f.Room()
	if allowed, ok := rooms[room]; ok {
		if !allowed(target) {
			return fmt.Sprintf("%s: %s must not import %s", f.Path, room, target)
		}
		return ""
	}
	if !isBlock(room) {
		return fmt.Sprintf("%s: %q is no room of the house", f.Path, room)
	}
	api := strings.HasSuffix(f.Dir, "api")
	switch first, _, _ := strings.Cut(target, "/"); {
	case first == "kit":
		return ""
	case first == "law" && !api, first == room && (!api || f.Test()):
		return ""
	case first != room && target == first+"/"+first+"api" && (!api || f.Test()):
		return ""
	}
	return fmt.Sprintf("%s: block %s must not import %s", f.Path, room, target)
}

// Decides reports whether a file holds only rules: no prefix, in a block, neither the contents page nor the doc.
func Decides(f File) bool {
	if !isBlock(f.Room()) && f.Room() != "law" || f.Test() || strings.HasSuffix(f.Dir, "api") || f.AST.Name.Name == "main" {
		return false
	}
	if f.Name == "doc.go" || f.Name == "block.go" {
		return false
	}
	return !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.Name, p) })
}

var impure = []string{"net/http", "net", "database/sql", "os", "os/exec", "log", "github.com/jackc/pgx/v5", "github.com/riverqueue/river"}

// Impure returns what a rule file uses that it must not.
func Impure(f File) (found []string) {
	for _, i := range f.Imports {
		if slices.Contains(impure, i) || i == "kit/pg" || i == "kit/wire" || i == "kit/web" || i == "kit/httpx" || i == "kit/jobs" || i == "kit/audit" {
			found = append(found, fmt.Sprintf("%s decides, but imports %s", f.Path, i))
		}
	}
	ast.Inspect(f.AST, func(n ast.Node) bool { // slog.Value is allowed: a type with personal data hides itself by it
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Logger", "Default", "Info", "Warn", "Error", "Debug"}, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "slog" {
				found = append(found, fmt.Sprintf("%s decides, but logs", f.Path))
			}
		}
		return true
	})
	return found
}

// AsksTheTime returns the places that call time.Now outside kit/clock.
func AsksTheTime(f File) (found []string) {
	if f.Dir == "kit/clock" || f.Test() || f.Room() == "cmd" || f.Room() == "bench" || f.Room() == "e2e" {
		return nil
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				found = append(found, fmt.Sprintf("%s: time.Now", f.Set.Position(n.Pos())))
			}
		}
		return true
	})
	return found
}

// CallsLeft returns the calls d.Peer("block") that go to the left or to the block itself.
func CallsLeft(f File) (found []string) {
	from := slices.Index(Order, f.Room())
	if from < 0 || f.Test() {
		return nil
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		lit, isLit := call.Args[0].(*ast.BasicLit)
		if !ok || !isLit || sel.Sel.Name != "Peer" {
			return true
		}
		name, _ := strconv.Unquote(lit.Value)
		if to := slices.Index(Order, name); to <= from {
			found = append(found, fmt.Sprintf("%s: %s calls %s, which is not on its right", f.Set.Position(n.Pos()), f.Room(), name))
		}
		return true
	})
	return found
}

// declared returns the functions, types and values that a file declares at top level.
func declared(f File) []string {
	var names []string
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

// Leans returns where a rule file uses something that a file which does declares. f.AST.Unresolved holds the names that the file
// itself does not declare.
func Leans(rule File, doers []File) (found []string) {
	from := map[string]string{}
	for _, d := range doers {
		for _, n := range declared(d) {
			from[n] = d.Name
		}
	}
	for _, id := range rule.AST.Unresolved {
		if file, ok := from[id.Name]; ok {
			found = append(found, fmt.Sprintf("%s: rule uses %s of %s", rule.Set.Position(id.Pos()), id.Name, path.Base(file)))
		}
	}
	return found
}
