package web

import (
	"errors"
	"fmt"
	"reflect"
	"text/template/parse"

	"wasl/kit/i18n"
)

// labelAt says at which argument a template function takes a key.
var labelAt = map[string]int{"t": 1, "field": 3, "button": 1, "tag": 2, "alert": 2, "inset": 1, "panel": 1}

// checkKeys finds the keys written as literals in the templates and reports
// those that the locales lack.
func (p *Pages) checkKeys() error {
	var missing []error
	for _, t := range p.sets[i18n.Arabic].Templates() {
		if t.Tree == nil || t.Tree.Root == nil {
			continue
		}
		commands(t.Tree.Root, func(c *parse.CommandNode) {
			key, ok := literalKey(c)
			if ok && key != "" && !p.bundle.Has(key) {
				missing = append(missing, fmt.Errorf("web: %s uses the key %q, which no locale has", t.Name(), key))
			}
		})
	}
	return errors.Join(missing...)
}

func literalKey(c *parse.CommandNode) (string, bool) {
	fn, ok := c.Args[0].(*parse.IdentifierNode)
	if !ok {
		return "", false
	}
	at := labelAt[fn.Ident]
	if at == 0 || at >= len(c.Args) {
		return "", false
	}
	s, ok := c.Args[at].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return s.Text, true
}

// commands calls visit for every command below a node.
func commands(n parse.Node, visit func(*parse.CommandNode)) {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			commands(child, visit)
		}
	case *parse.ActionNode:
		commands(n.Pipe, visit)
	case *parse.TemplateNode:
		commands(n.Pipe, visit)
	case *parse.IfNode:
		branch(&n.BranchNode, visit)
	case *parse.RangeNode:
		branch(&n.BranchNode, visit)
	case *parse.WithNode:
		branch(&n.BranchNode, visit)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			commands(c, visit)
		}
	case *parse.CommandNode:
		visit(n)
		for _, arg := range n.Args {
			if pipe, ok := arg.(*parse.PipeNode); ok {
				commands(pipe, visit)
			}
		}
	}
}

func branch(n *parse.BranchNode, visit func(*parse.CommandNode)) {
	commands(n.Pipe, visit)
	commands(n.List, visit)
	commands(n.ElseList, visit)
}
