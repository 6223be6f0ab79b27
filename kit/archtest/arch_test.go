package archtest

import (
	"strings"
	"testing"
)

func TestTheHouse(t *testing.T) {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files read: wrong root?", len(files))
	}
	packages := map[string][]File{}
	for _, f := range files {
		for _, i := range f.Imports {
			if wrong := Arrow(f, i); wrong != "" {
				t.Error(wrong)
			}
		}
		if f.Lines > maxLines && !f.Generated() {
			t.Errorf("%s has %d lines, at most %d", f.Path, f.Lines, maxLines)
		}
		if Decides(f) {
			fail(t, Impure(f))
		}
		fail(t, AsksTheTime(f))
		fail(t, CallsLeft(f))
		if !f.Test() {
			packages[f.Dir] = append(packages[f.Dir], f)
		}
	}
	for dir, fs := range packages {
		documented := false
		var rules, doers []File
		for _, f := range fs {
			documented = documented || f.AST.Doc != nil
			if Decides(f) {
				rules = append(rules, f)
			} else {
				doers = append(doers, f)
			}
		}
		if !documented {
			t.Errorf("package %s has no doc comment", dir)
		}
		if len(fs) > 25 {
			t.Errorf("package %s has %d files, at most 25: split it by noun", dir, len(fs))
		}
		for _, r := range rules {
			fail(t, Leans(r, doers))
		}
	}
}

func fail(t *testing.T, found []string) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestEachRuleCanFail(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"kit/web", "catalog"},
		{"casework/dossier", "payment"},
		{"peers/bank", "payment/est3dgate"},
		{"law", "casework"},
		{"locker/lockerapi", "locker"},
		{"attic", "kit/pg"},
	} {
		if Arrow(File{Path: c.from + "/x.go", Dir: c.from}, c.to) == "" {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"casework/dossier", "payment/paymentapi"}, {"casework", "law"}, {"peers/card", "identity/cardproto"}, {"cmd/wasl", "casework"},
	} {
		if wrong := Arrow(File{Path: c.from + "/x.go", Dir: c.from}, c.to); wrong != "" {
			t.Error(wrong)
		}
	}
	files, err := Load("testdata/wrong")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	var said []string
	for _, f := range files {
		said = append(said, AsksTheTime(f)...)
		said = append(said, CallsLeft(f)...)
		if Decides(f) {
			said = append(said, Impure(f)...)
			said = append(said, Leans(f, files)...)
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"time.Now", "payment calls casework", "imports net/http", "rule uses save"} {
		if !strings.Contains(all, want) {
			t.Errorf("not caught: %s in\n%s", want, all)
		}
	}
}
