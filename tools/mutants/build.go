package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A pkg is the package whose code is changed.
type pkg struct {
	dir      string // from the module's root
	abs      string
	work     string // where binaries and the changed files go
	fset     *token.FileSet
	sources  []*source
	info     *types.Info
	types    *types.Package
	importer types.Importer
	mutants  []*mutant
	stmts    int
}

// chooser is the file that is added to the package: which mutant is on, and what a run passes.
const chooser = `package %s

import (
	mutantOS "os"
	mutantStrconv "strconv"
	mutantAtomic "sync/atomic"
)

var (
	mutantActive, _ = mutantStrconv.Atoi(mutantOS.Getenv("MUTANT"))
	mutantTrace     = mutantOS.Getenv("MUTANT_TRACE")
	mutantPassed    [2][%d]mutantAtomic.Bool
)

func mutantOn(id int) bool {
	if mutantTrace != "" && !mutantPassed[0][id].Load() {
		mutantNote(0, id)
	}
	return mutantActive == id
}

func mutantSeen(id int) {
	if mutantTrace != "" && !mutantPassed[1][id].Load() {
		mutantNote(1, id)
	}
}

func mutantNote(kind, id int) {
	if mutantPassed[kind][id].Swap(true) {
		return
	}
	f, err := mutantOS.OpenFile(mutantTrace, mutantOS.O_CREATE|mutantOS.O_APPEND|mutantOS.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	f.WriteString("ms"[kind:kind+1] + mutantStrconv.Itoa(id) + "\n")
	f.Close()
}
`

func (p *pkg) chooser(name string) string {
	return fmt.Sprintf(chooser, name, max(len(p.mutants), p.stmts)+1)
}

func load(dir, work string) (*pkg, error) {
	p := &pkg{dir: dir, work: work, fset: token.NewFileSet()}
	out, err := goTool("list", "-json=Dir,Name,GoFiles", "./"+dir)
	if err != nil {
		return nil, err
	}
	var listed struct {
		Dir, Name string
		GoFiles   []string
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		return nil, err
	}
	p.abs = listed.Dir
	out, err = goTool("list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./"+dir)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			exports[path] = file
		}
	}
	p.importer = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, name := range listed.GoFiles {
		path := filepath.Join(p.abs, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(p.fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.sources = append(p.sources, &source{name: name, path: path, text: text, file: file, list: map[ast.Node]int{}})
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if p.types, err = p.check(p.files(), p.info, nil); err != nil {
		return nil, err
	}
	for _, src := range p.sources {
		p.find(src)
	}
	return p, p.choosers(listed.Name)
}

func (p *pkg) offset(pos token.Pos) int { return p.fset.Position(pos).Offset }

func (p *pkg) files() []*ast.File {
	files := make([]*ast.File, 0, len(p.sources))
	for _, s := range p.sources {
		files = append(files, s.file)
	}
	return files
}

func (p *pkg) check(files []*ast.File, info *types.Info, failed func(error)) (*types.Package, error) {
	conf := types.Config{Importer: p.importer, Error: failed}
	return conf.Check("wasl/"+p.dir, p.fset, files, info)
}

var marks = regexp.MustCompile(`/\*(S|M)(\d+)\[\*/|/\*\](S|M)\*/`)

// choosers writes the files in which the mutant is chosen at run time. What does not compile there is taken out, until the
// rest does; whether such a mutant compiles by itself is asked of it alone.
func (p *pkg) choosers(name string) error {
	for _, src := range p.sources {
		p.nameless(src, src.top)
	}
	overlay := map[string]string{}
	for round := 0; ; round++ {
		fset := p.fset
		files := []*ast.File{}
		texts := map[string]string{}
		for _, src := range p.sources {
			text := p.choosing(src)
			texts[src.name] = text
			file, err := parser.ParseFile(fset, src.name, text, parser.SkipObjectResolution)
			if err != nil {
				_ = os.WriteFile(filepath.Join(p.work, "bad.go"), []byte(text), 0o600)
				return err
			}
			files = append(files, file)
		}
		extra, err := parser.ParseFile(fset, "zz_mutants.go", p.chooser(name), 0)
		if err != nil {
			return err
		}
		var faults []types.Error
		_, _ = p.check(append(files, extra), nil, func(err error) {
			if e := (types.Error{}); errors.As(err, &e) {
				faults = append(faults, e)
			}
		})
		if len(faults) == 0 {
			for _, src := range p.sources {
				if len(src.top) > 0 {
					overlay[src.path] = src.name
				}
			}
			texts["zz_mutants.go"] = p.chooser(name)
			overlay[filepath.Join(p.abs, "zz_mutants.go")] = "zz_mutants.go"
			return p.write(overlay, texts)
		}
		if round > 20 {
			return fmt.Errorf("%s: the choosing files do not compile: %v", p.dir, faults[0])
		}
		for _, f := range faults {
			at := fset.Position(f.Pos)
			if !p.takeOut(texts[at.Filename], at.Offset) && !p.ending(at.Filename, f) {
				return fmt.Errorf("%s: %v", p.dir, f)
			}
		}
	}
}

// nameless leaves alone the expressions whose type this file cannot name.
func (p *pkg) nameless(src *source, sites []*site) {
	for _, s := range sites {
		if e, isExpr := s.node.(ast.Expr); isExpr && !s.plain {
			_, ok := p.typeOf(src, e)
			s.plain = !ok
		}
		p.nameless(src, s.inner)
	}
}

// ending leaves alone the breaks and continues of a file in which a loop without end has got one by them.
func (p *pkg) ending(file string, fault types.Error) bool {
	found := false
	for _, m := range p.mutants {
		if _, ok := m.site.node.(*ast.BranchStmt); ok && m.File == file && !m.site.plain {
			m.site.plain, found = true, true
		}
	}
	return found && fault.Msg == "missing return"
}

func (p *pkg) takeOut(text string, offset int) bool {
	type open struct {
		kind string
		id   int
	}
	var stack []open
	for _, m := range marks.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > offset {
			break
		}
		if m[2] < 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		id, _ := strconv.Atoi(text[m[4]:m[5]])
		stack = append(stack, open{text[m[2]:m[3]], id})
	}
	if len(stack) == 0 {
		return false
	}
	top := stack[len(stack)-1]
	m := p.mutants[top.id-1]
	if top.kind == "M" {
		m.Status = notViable
		return true
	}
	m.site.plain = true
	return true
}

func (p *pkg) write(overlay, texts map[string]string) error {
	replace := map[string]string{}
	for path, name := range overlay {
		to := filepath.Join(p.work, name)
		if err := os.WriteFile(to, []byte(texts[name]), 0o600); err != nil {
			return err
		}
		replace[path] = to
	}
	return writeOverlay(filepath.Join(p.work, "overlay.json"), replace)
}

func writeOverlay(path string, replace map[string]string) error {
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

// alone returns the text of the file with this one change, or false if that does not compile.
func (p *pkg) alone(m *mutant) (*source, string, bool) {
	i := slices.IndexFunc(p.sources, func(s *source) bool { return s.name == m.File })
	src, at := p.sources[i], p.offset(m.pos)
	text := string(src.text[:at]) + m.To + string(src.text[at+len(m.From):])
	if n, ok := m.site.node.(*ast.BinaryExpr); ok { // what binds weaker must not take its neighbours
		x, op, y := p.offset(n.X.Pos()), at, p.offset(n.Y.End())
		mid := string(src.text[op+len(m.From) : y])
		text = string(src.text[:x]) + "((" + string(src.text[x:p.offset(n.X.End())]) + ") " + m.To + " (" + strings.TrimSpace(mid) + "))" + string(src.text[y:])
	}
	file, err := parser.ParseFile(p.fset, src.path, text, parser.SkipObjectResolution)
	if err != nil {
		return src, text, false
	}
	files := p.files()
	files[i] = file
	_, err = p.check(files, nil, func(error) {})
	return src, text, err == nil
}

func goTool(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}

// compile builds the package's test binary with some files replaced.
func (p *pkg) compile(to, overlay string) error {
	_, err := goTool("test", "-c", "-vet=off", "-overlay", overlay, "-o", to, "./"+p.dir)
	return err
}
