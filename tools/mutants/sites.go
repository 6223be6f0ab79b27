package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// A mutant is one change of one token.
type mutant struct {
	ID     int    `json:"id"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
	Text   string `json:"text"`
	Status status `json:"status"`
	By     string `json:"by,omitempty"` // the test that noticed

	site *site
	pos  token.Pos // of the token
}

// A status is what became of a mutant.
type status string

const (
	noticed    status = "noticed"     // a test fails, twice
	hung       status = "hung"        // the tests do not end: counted as noticed
	survived   status = "survived"    // every test that passes the line still passes
	notCovered status = "not covered" // no test passes the line
	notViable  status = "not viable"  // does not compile
	notRun     status = "not run"
)

// A site is a node whose token can be changed; its mutants share the code that chooses between them.
type site struct {
	node    ast.Node
	inFunc  bool
	simple  bool // a statement in the head of a for, if or switch: only an expression may stand there
	stmt    int  // the marker of the statement in whose list it stands
	mutants []*mutant
	inner   []*site
	plain   bool // cannot choose at run time: left as it is, its mutants are built one by one
}

// swaps are the changes of go-gremlins v0.6.0 with all its mutators.
var swaps = map[token.Token][]token.Token{
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.INC: {token.DEC}, token.DEC: {token.INC},
	token.LAND: {token.LOR}, token.LOR: {token.LAND}, token.BREAK: {token.CONTINUE}, token.CONTINUE: {token.BREAK},
	token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND}, token.AND_NOT: {token.AND}, token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.ADD_ASSIGN: {token.SUB_ASSIGN, token.ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN, token.ASSIGN},
	token.MUL_ASSIGN: {token.QUO_ASSIGN, token.ASSIGN}, token.QUO_ASSIGN: {token.MUL_ASSIGN, token.ASSIGN}, token.REM_ASSIGN: {token.ASSIGN},
	token.AND_ASSIGN: {token.OR_ASSIGN, token.ASSIGN}, token.OR_ASSIGN: {token.AND_ASSIGN, token.ASSIGN},
	token.XOR_ASSIGN: {token.AND_ASSIGN, token.ASSIGN}, token.AND_NOT_ASSIGN: {token.AND_ASSIGN, token.ASSIGN},
	token.SHL_ASSIGN: {token.SHR_ASSIGN, token.ASSIGN}, token.SHR_ASSIGN: {token.SHL_ASSIGN, token.ASSIGN},
}

// operator returns the token of the node that can be changed. The address of something (&x) and such have no other form.
func operator(n ast.Node) (token.Token, token.Pos) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return n.Op, n.OpPos
	case *ast.UnaryExpr:
		if n.Op == token.SUB {
			return n.Op, n.OpPos
		}
	case *ast.IncDecStmt:
		return n.Tok, n.TokPos
	case *ast.AssignStmt:
		return n.Tok, n.TokPos
	case *ast.BranchStmt:
		return n.Tok, n.TokPos
	}
	return token.ILLEGAL, token.NoPos
}

type source struct {
	name string // of the file in its package
	path string
	text []byte
	file *ast.File
	top  []*site
	list map[ast.Node]int // statements to be marked
}

// find walks a file and appends its sites, outer before inner.
func (p *pkg) find(src *source) {
	var stack []ast.Node
	var sites []*site // of the stack's nodes, nil where there is none
	ast.Inspect(src.file, func(n ast.Node) bool {
		if n == nil {
			stack, sites = stack[:len(stack)-1], sites[:len(sites)-1]
			return true
		}
		stack, sites = append(stack, n), append(sites, nil)
		tok, pos := operator(n)
		if len(swaps[tok]) == 0 {
			return true
		}
		s := &site{node: n}
		p.place(src, s, stack)
		at := p.fset.Position(pos)
		for _, to := range swaps[tok] {
			m := &mutant{ID: len(p.mutants) + 1, File: src.name, Line: at.Line, Column: at.Column, From: tok.String(), To: to.String(), Status: notRun, site: s, pos: pos}
			m.Text = strings.TrimSpace(strings.Split(string(src.text), "\n")[at.Line-1])
			p.mutants, s.mutants = append(p.mutants, m), append(s.mutants, m)
		}
		sites[len(sites)-1] = s
		for i := len(sites) - 2; i >= 0; i-- {
			if sites[i] != nil {
				sites[i].inner = append(sites[i].inner, s)
				return true
			}
		}
		src.top = append(src.top, s)
		return true
	})
}

// place says where the site stands: in which function's list of statements, in the head of which statement, as which constant.
func (p *pkg) place(src *source, s *site, stack []ast.Node) {
	for i := len(stack) - 1; i > 0; i-- {
		n, parent := stack[i], stack[i-1]
		switch parent := parent.(type) {
		case *ast.ForStmt:
			s.simple = s.simple || n == s.node && n != parent.Body
		case *ast.IfStmt:
			s.simple = s.simple || n == s.node && n == parent.Init
		case *ast.SwitchStmt:
			s.simple = s.simple || n == s.node && n == parent.Init
		case *ast.GenDecl:
			s.plain = s.plain || parent.Tok == token.CONST
		case *ast.ArrayType:
			s.plain = s.plain || n == parent.Len
		case *ast.FuncDecl, *ast.FuncLit:
			s.inFunc = true
		}
		if s.stmt != 0 {
			continue
		}
		switch parent.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			if _, ok := n.(ast.Stmt); !ok || isClause(n) || isComm(parent, n) {
				continue
			}
			if src.list[n] == 0 {
				p.stmts++
				src.list[n] = p.stmts
			}
			s.stmt = src.list[n]
		}
	}
}

func isClause(n ast.Node) bool {
	switch n.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

func isComm(parent, n ast.Node) bool {
	c, ok := parent.(*ast.CommClause)
	return ok && c.Comm == n
}

// choosing returns the text of a file in which the mutant to be used is chosen at run time.
func (p *pkg) choosing(src *source) string {
	w := &writer{pkg: p, src: src}
	for n, id := range src.list {
		w.marks = append(w.marks, mark{p.offset(n.Pos()), id})
	}
	slices.SortFunc(w.marks, func(a, b mark) int { return a.at - b.at })
	return w.between(0, len(src.text), src.top)
}

type mark struct{ at, id int }

type writer struct {
	pkg   *pkg
	src   *source
	marks []mark
}

func (w *writer) raw(from, to token.Pos) string {
	return string(w.src.text[w.pkg.offset(from):w.pkg.offset(to)])
}

// between copies the text from one offset to another, with the sites in it rewritten and its statements marked.
func (w *writer) between(from, to int, sites []*site) string {
	var b strings.Builder
	copyTo := func(end int) {
		for len(w.marks) > 0 && w.marks[0].at < end && w.marks[0].at >= from {
			b.Write(w.src.text[from:w.marks[0].at])
			fmt.Fprintf(&b, "mutantSeen(%d); ", w.marks[0].id)
			from, w.marks = w.marks[0].at, w.marks[1:]
		}
		b.Write(w.src.text[from:end])
		from = end
	}
	for _, s := range sites {
		start, end := w.pkg.offset(s.node.Pos()), w.pkg.offset(s.node.End())
		for len(w.marks) > 0 && w.marks[0].at == start { // the statement itself is a site
			copyTo(start)
			fmt.Fprintf(&b, "mutantSeen(%d); ", w.marks[0].id)
			w.marks = w.marks[1:]
		}
		copyTo(start)
		if s.plain {
			b.WriteString(w.between(start, end, s.inner))
		} else {
			fmt.Fprintf(&b, "/*S%d[*/%s/*]S*/", s.mutants[0].ID, w.choice(s))
		}
		from = end
	}
	copyTo(to)
	return b.String()
}

func (w *writer) choice(s *site) string {
	// What stands first in the text must be written first: the marks are taken in order.
	part := func(from, to token.Pos) string {
		lo, hi := w.pkg.offset(from), w.pkg.offset(to)
		var in []*site
		for _, i := range s.inner {
			if at := w.pkg.offset(i.node.Pos()); at >= lo && at < hi {
				in = append(in, i)
			}
		}
		return w.between(lo, hi, in)
	}
	var b strings.Builder
	each := func(format string, body func(op string) string) {
		for _, m := range s.mutants {
			if m.Status != notViable {
				fmt.Fprintf(&b, format, m.ID, fmt.Sprintf("/*M%d[*/%s/*]M*/", m.ID, body(m.To)))
			}
		}
	}
	switch n := s.node.(type) {
	case *ast.BinaryExpr:
		t, _ := w.pkg.typeOf(w.src, n)
		fmt.Fprintf(&b, "(func() %s {", t)
		each(" if mutantOn(%d) { return %s };", func(op string) string {
			return "(" + w.raw(n.X.Pos(), n.X.End()) + ") " + op + " (" + w.raw(n.Y.Pos(), n.Y.End()) + ")"
		})
		x := part(n.X.Pos(), n.X.End())
		fmt.Fprintf(&b, " return (%s) %s (%s) }())", x, n.Op, part(n.Y.Pos(), n.Y.End()))
	case *ast.UnaryExpr:
		t, _ := w.pkg.typeOf(w.src, n)
		fmt.Fprintf(&b, "(func() %s {", t)
		each(" if mutantOn(%d) { return %s };", func(op string) string { return op + "(" + w.raw(n.X.Pos(), n.X.End()) + ")" })
		fmt.Fprintf(&b, " return %s(%s) }())", n.Op, part(n.X.Pos(), n.X.End()))
	case *ast.BranchStmt:
		label := ""
		if n.Label != nil {
			label = " " + n.Label.Name
		}
		each("if mutantOn(%d) { %s } else ", func(op string) string { return op + label })
		fmt.Fprintf(&b, "{ %s%s }", n.Tok, label)
	case *ast.IncDecStmt:
		w.statement(&b, s, each, func(op string) string { return w.raw(n.X.Pos(), n.X.End()) + op }, func() string { return part(n.X.Pos(), n.X.End()) + n.Tok.String() })
	case *ast.AssignStmt:
		w.statement(&b, s, each, func(op string) string {
			return w.raw(n.Lhs[0].Pos(), n.Lhs[0].End()) + " " + op + " (" + w.raw(n.Rhs[0].Pos(), n.Rhs[0].End()) + ")"
		}, func() string {
			x := part(n.Lhs[0].Pos(), n.Lhs[0].End())
			return x + " " + n.Tok.String() + " (" + part(n.Rhs[0].Pos(), n.Rhs[0].End()) + ")"
		})
	}
	return b.String()
}

func (w *writer) statement(b *strings.Builder, s *site, each func(string, func(string) string), changed func(op string) string, same func() string) {
	if s.simple {
		b.WriteString("func() { ")
	}
	each("if mutantOn(%d) { %s } else ", changed)
	b.WriteString("{ " + same() + " }")
	if s.simple {
		b.WriteString(" }()")
	}
}

// typeOf returns the expression's type as the file would write it; false if it cannot.
func (p *pkg) typeOf(src *source, e ast.Expr) (string, bool) {
	t := types.Default(p.info.TypeOf(e))
	ok := true
	named := func(other *types.Package) string {
		if other == p.types {
			return ""
		}
		for _, i := range src.file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); path == other.Path() {
				if i.Name != nil {
					return i.Name.Name
				}
				return other.Name()
			}
		}
		ok = false
		return other.Name()
	}
	return types.TypeString(t, named), ok
}
