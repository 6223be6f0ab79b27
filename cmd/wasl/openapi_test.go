package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

const documents = "../../docs/api"

func TestContractsAreUpToDateAndWholeSpec(t *testing.T) {
	a := &app{env: os.Environ(), stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler)}
	files, err := contracts(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(documents, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/api/%s is not what the code says (%v): run `make generate`", name, err)
		}
	}
	written, err := os.ReadDir(documents)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range written {
		if files[f.Name()] == nil {
			t.Errorf("docs/api/%s has no block", f.Name())
		}
	}
	for name, content := range files {
		if filepath.Ext(name) == ".json" {
			whole(t, name, content)
		}
	}
}

// whole checks that a document says of every operation what it does, and that no two have one name.
func whole(t *testing.T, name string, document []byte) {
	c, err := readContract(name, document)
	if err != nil {
		t.Fatal(err)
	}
	if c.OpenAPI != "3.1.0" || len(c.Paths) == 0 {
		t.Errorf("%s: OpenAPI %q with %d paths", name, c.OpenAPI, len(c.Paths))
	}
	seen := map[string]bool{}
	for path, methods := range c.Paths {
		for method, op := range methods {
			if op.ID == "" || op.Summary == "" || len(op.Responses) == 0 || seen[op.ID] {
				t.Errorf("%s: %s %s: operation %q, summary %q, %d responses", name, method, path, op.ID, op.Summary, len(op.Responses))
			}
			seen[op.ID] = true
		}
	}
}
