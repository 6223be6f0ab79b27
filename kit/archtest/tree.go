package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const module = "wasl"

// File is one parsed Go file of the module.
type File struct {
	Path    string // from the module's root, with slashes
	Dir     string
	Name    string
	Lines   int
	Imports []string // inside the module, without its name; others whole
	AST     *ast.File
	Set     *token.FileSet
}

// Test reports whether it is a test file.
func (f File) Test() bool { return strings.HasSuffix(f.Name, "_test.go") }

// Generated reports whether the file says that it is generated.
func (f File) Generated() bool { return ast.IsGenerated(f.AST) }

// Room returns the first element of the path.
func (f File) Room() string {
	room, _, _ := strings.Cut(f.Dir, "/")
	return room
}

// Load parses every Go file below root.
func Load(root string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata" || n == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parse(root, p)
		if err == nil {
			files = append(files, f)
		}
		return err
	})
	return files, err
}

func parse(root, p string) (File, error) {
	src, err := os.ReadFile(p)
	if err != nil {
		return File{}, err
	}
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return File{}, err
	}
	rel = filepath.ToSlash(rel)
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, p, src, parser.ParseComments)
	if err != nil {
		return File{}, err
	}
	f := File{Path: rel, Dir: path.Dir(rel), Name: path.Base(rel), Lines: strings.Count(string(src), "\n"), AST: tree, Set: set}
	for _, i := range tree.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return File{}, err
		}
		f.Imports = append(f.Imports, strings.TrimPrefix(name, module+"/"))
	}
	return f, nil
}
