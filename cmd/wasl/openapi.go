package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"wasl/kit/api"
	"wasl/kit/block"
	"wasl/kit/pg"
)

type openapiCmd struct {
	Out string `help:"Folder for the documents." default:"docs/api" type:"path"`
}

// Run asks every block for its contract, as a partner would, and writes <block>.json.
func (c *openapiCmd) Run(a *app) error {
	dir, err := os.MkdirTemp("", "wasl-openapi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	defer pg.Remove(filepath.Join(dir, "postgres"))
	p, err := assemble(a.ctx, setup{Data: dir, PortalURL: "http://localhost:8080", IdentityURL: "http://localhost:8081", Env: a.env, Log: a.log})
	if err != nil {
		return err
	}
	defer p.close()
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	for _, name := range block.Order {
		w := httptest.NewRecorder()
		p.doors[name].ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.SpecPath, nil))
		if w.Code != http.StatusOK {
			continue // the portal has pages only
		}
		doc := append(bytes.TrimSpace(w.Body.Bytes()), '\n')
		if err := os.WriteFile(filepath.Join(c.Out, name+".json"), doc, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, name)
	}
	return nil
}
