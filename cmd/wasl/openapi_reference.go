package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
