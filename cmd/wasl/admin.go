package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"wasl/e2e/cast"
	"wasl/identity/oidc"
	"wasl/kit/block"
	"wasl/kit/errs"
	"wasl/kit/strictjson"
)

// adminCmd is what an operator does beside running the blocks. It joins the database of a running installation.
type adminCmd struct {
	Portal adminPortalCmd `cmd:"" help:"Register the portal at identity; again after its address or key changed."`
	Client adminClientCmd `cmd:"" help:"Register a relying party at identity, or change one, from a JSON file."`
	Card   adminCardCmd   `cmd:"" help:"Show, block, activate, revoke or replace a card; take the issuer's announcements."`
	Enrol  adminEnrolCmd  `cmd:"" help:"Make people known, with software cards, and appoint officers, from a JSON file."`
	Keys   adminKeysCmd   `cmd:"" help:"Rotate the keys that protect what is stored."`

	Exchange adminExchangeCmd `cmd:"" help:"Withdraw certificates of a member of the exchange."`
	Rollback adminRollbackCmd `cmd:"" help:"After an older database was restored: list the lost acts, accept."`
}

// where is the installation that a command works on.
type where struct {
	Data        string `help:"Data directory." default:".data" env:"WASL_DATA" type:"path"`
	PortalURL   string `help:"Public origin of the portal." default:"http://localhost:8080" env:"WASL_PORTAL_URL"`
	IdentityURL string `help:"Public origin of identity." default:"http://localhost:8081" env:"WASL_IDENTITY_URL"`
	Services    string `help:"Where the running blocks answer other processes (serve --services): http://host:port. None when they do not run."`
}

// open makes all blocks; while an installation runs only the two whose doors are needed, since custody's log has one writer.
func (w where) open(a *app, cards string) (*offices, error) {
	// A registration does not depend on the day, so a demonstration whose legal date was shifted takes it too.
	s := setup{Data: w.Data, PortalURL: w.PortalURL, IdentityURL: w.IdentityURL, Demo: true}
	if w.Services != "" {
		s.Blocks, s.Peers = []string{"portal", "identity"}, map[string]string{}
		for _, name := range block.Order {
			s.Peers[name] = strings.TrimSuffix(w.Services, "/") + "/" + name
		}
	}
	return openOffices(a, s, cards)
}

type adminPortalCmd struct{ where }

// Run registers the portal; doing it twice changes nothing.
func (c *adminPortalCmd) Run(a *app) error {
	o, err := c.open(a, "")
	if err != nil {
		return err
	}
	defer o.close()
	if err := o.registerPortal(a.ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, "the portal is a relying party of", c.IdentityURL)
	return err
}

type adminEnrolCmd struct {
	where
	File  string `arg:"" help:"[{key, national_number, given_ar, family_ar, given_fr, family_fr, born, email, pin, org, unit, role}]; the last three appoint." type:"existingfile"`
	Cards string `help:"Folder for the new software cards." default:"cards" type:"path"`
}

const maxPeopleFile = 64 << 20

// Run enrols each person of the file; one who is known keeps card and data, and only the appointment is made.
func (c *adminEnrolCmd) Run(a *app) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	var people []cast.Person
	data, err := io.ReadAll(io.LimitReader(f, maxPeopleFile))
	if err != nil {
		return err
	}
	if err := strictjson.Unmarshal(data, &people); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	o, err := c.open(a, c.Cards)
	if err != nil {
		return err
	}
	defer o.close()
	for i := range people {
		p := &people[i]
		if err := o.enrol(a.ctx, p); errors.Is(err, errs.New(errs.Conflict, "person_known")) {
			err = o.reappoint(a.ctx, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Key, err)
			}
			fmt.Fprintf(a.stdout, "%s: known\n", p.Key)
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", p.Key, err)
		}
		fmt.Fprintf(a.stdout, "%s: card %s\n", p.Key, p.Serial)
	}
	return nil
}

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
