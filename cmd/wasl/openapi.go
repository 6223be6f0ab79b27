package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"wasl/kit/api"
	"wasl/kit/block"
	"wasl/kit/pg"
)

//go:generate go run . openapi --out ../../docs/api

type openapiCmd struct {
	Out string `help:"Folder for the documents." default:"docs/api" type:"path"`
}

// Run writes <block>.json for every block that has a contract, and README.md, which lists their operations.
func (c *openapiCmd) Run(a *app) error {
	files, err := contracts(a.ctx, a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.Out, name), content, 0o644); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.stdout, "%d files in %s\n", len(files), c.Out)
	return err
}

// contracts asks every block for its contract, as a partner would, and returns the files of the reference by name.
func contracts(ctx context.Context, a *app) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "wasl-openapi-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	defer pg.Remove(filepath.Join(dir, "postgres"))
	p, err := assemble(ctx, setup{Data: dir, PortalURL: "http://localhost:8080", IdentityURL: "http://localhost:8081", Env: a.env, Log: a.log})
	if err != nil {
		return nil, err
	}
	defer p.close()
	files := map[string][]byte{}
	var list []contract
	for _, name := range block.Order {
		w := httptest.NewRecorder()
		p.doors[name].ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.SpecPath, nil))
		if w.Code != http.StatusOK {
			continue // portal and governance have pages only
		}
		files[name+".json"] = append(bytes.TrimSpace(w.Body.Bytes()), '\n')
		doc, err := readContract(name, w.Body.Bytes())
		if err != nil {
			return nil, err
		}
		list = append(list, doc)
	}
	files["README.md"] = reference(list)
	return files, nil
}
