package archtest

import (
	"go/ast"
	"path/filepath"
	"strings"
	"testing"
)

// bySystem names the places outside the jobs that work as the block itself, whom every policy lets pass: how many there are in a
// file, and what keeps each from showing more than it may. Whatever knows the person or the organisation works in their name.
var bySystem = map[string]struct {
	places int
	why    string
}{
	"casework/http_api.go":     {1, "payment announces a paid order: the dossier's number tells whose it is"},
	"exchange/http_reads.go":   {1, "casework announces looks of several organisations at once"},
	"locker/http_api.go":       {2, "a block's own key; a document for the blocks that may fetch any"},
	"locker/http_printed.go":   {1, "the hash of a printed code, from a stranger"},
	"locker/http_verify.go":    {2, "a whole reference or a whole file, from a stranger; issued documents only"},
	"locker/store_sealed.go":   {2, "seals the rows of the release before, at a start"},
	"locker/store_share.go":    {1, "the hash of a share's token, from a stranger"},
	"payment/http_callback.go": {2, "the bank names an attempt, under its key; a browser comes back from it"},
	"payment/http_order.go":    {2, "the caller's own order, compared before it is shown; sums of all organisations, which are published"},
	"signature/store_seals.go": {2, "a caller's own key, whose organisation may be another; the entry of a seal by its number"},
	"support/http_message.go":  {2, "messages belong to the block that asked: no person and no organisation owns one"},
}

func TestWhoPassesByTheGuardsIsNamed(t *testing.T) {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, f := range files {
		if f.Test() || f.Room() == "kit" || strings.HasPrefix(filepath.Base(f.Path), "job_") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "System" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "pg" {
					found[f.Path]++
				}
			}
			return true
		})
	}
	for path, n := range found {
		if bySystem[path].places != n {
			t.Errorf("%s works as the system in %d places, %d are named: in whose name does it work?", path, n, bySystem[path].places)
		}
	}
	for path, b := range bySystem {
		if found[path] == 0 || b.why == "" {
			t.Errorf("%s no longer works as the system, or nothing says why", path)
		}
	}
}
