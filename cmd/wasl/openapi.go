package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// contract is what the reference says of one OpenAPI document.
type contract struct {
	Block   string
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

type operation struct {
	ID        string                     `json:"operationId"`
	Summary   string                     `json:"summary"`
	Callers   []string                   `json:"x-wasl-callers"`
	Responses map[string]json.RawMessage `json:"responses"`
}

func readContract(block string, document []byte) (contract, error) {
	c := contract{Block: block}
	if err := json.Unmarshal(document, &c); err != nil {
		return c, fmt.Errorf("contract of %s: %w", block, err)
	}
	return c, nil
}

const preamble = `# Contracts

Written by ` + "`make generate`" + ` from the code; a test fails when they differ. Each document is OpenAPI 3.1; a running block publishes its own at ` + "`/v1/openapi.json`" + `.

Operations are called with ` + "`Authorization: Bearer <service token>`" + `: an ES256 JWT of 60 seconds (` + "`iss`" + ` the calling block, ` + "`aud`" + ` the called one, ` + "`jti`" + `), by the client in the block's ` + "`api`" + ` package.
*public* needs none; *any block* takes every block of the installation. A refusal is a problem document (RFC 9457) with a ` + "`code`" + ` and never a value that was sent.
What others speak is not here but in its standard: OpenID Connect of identity (` + "`/.well-known/openid-configuration`" + `), RFC 3161 and 6960 of signature (` + "`/v1/tsa`" + `, ` + "`/v1/ocsp`" + `, ` + "`/v1/crl`" + `),
tiles of the evidence log (` + "`/custody/log/checkpoint`" + `, ` + "`/custody/log/tile/…`" + ` on the services address), the gateway's REST paths: see [the partner's guide](../guides/partner.md).
`

// reference lists the operations of every contract, for people.
func reference(list []contract) []byte {
	var b bytes.Buffer
	b.WriteString(preamble)
	for _, c := range list {
		fmt.Fprintf(&b, "\n## [%s](%s.json)\n\n| Operation | What it does | Who may call |\n|---|---|---|\n", c.Block, c.Block)
		for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
			for _, method := range slices.Sorted(maps.Keys(c.Paths[path])) {
				op := c.Paths[path][method]
				fmt.Fprintf(&b, "| `%s %s` | %s | %s |\n", strings.ToUpper(method), path, op.Summary, callers(op))
			}
		}
	}
	return b.Bytes()
}

func callers(op operation) string {
	if slices.Contains(op.Callers, "*") {
		return "*public*"
	}
	return cmp.Or(strings.Join(op.Callers, ", "), "any block")
}
