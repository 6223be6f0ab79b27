package main

import (
	"fmt"
	"os"

	"wasl/identity/oidc"
)

type adminClientCmd struct {
	where
	File string `arg:"" help:"JSON: id, name (ar fr zgh en), sector, redirect_uris, jwks (public keys), scopes, levels, required, optional, backchannel_logout_uri. Anything else is refused." type:"existingfile"`
}

// Run registers a relying party as its file says: whole, or not at all.
func (c *adminClientCmd) Run(a *app) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	client, err := oidc.ParseClient(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, explained(err))
	}
	o, err := c.open(a, "")
	if err != nil {
		return err
	}
	defer o.close()
	if err := o.identity.RegisterClient(a.ctx, client); err != nil {
		return fmt.Errorf("%s: %w", c.File, explained(err))
	}
	_, err = fmt.Fprintln(a.stdout, client.ID, "is a relying party of", c.IdentityURL)
	return err
}
