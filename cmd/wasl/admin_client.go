package main

import (
	"fmt"

	"wasl/identity/oidc"
)

type adminClientCmd struct {
	where
	File string `arg:"" help:"JSON: id, name (ar fr zgh en), sector, redirect_uris, jwks (public keys), scopes, levels, required, optional." type:"existingfile"`
}

// Run registers a relying party as its file says: whole, or not at all.
func (c *adminClientCmd) Run(a *app) error {
	var client oidc.Client
	if err := readJSON(c.File, &client); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	o, err := c.open(a, "")
	if err != nil {
		return err
	}
	defer o.close()
	if err := o.identity.RegisterClient(a.ctx, client); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	_, err = fmt.Fprintln(a.stdout, client.ID, "is a relying party of", c.IdentityURL)
	return err
}
