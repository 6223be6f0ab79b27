package main

import (
	"errors"
	"fmt"

	"wasl/kit/pg"
)

type migrateCmd struct {
	Data string `help:"Data directory of the installation, which must not be running." default:".data" env:"WASL_DATA" type:"path"`
}

// Run brings every block's schema of the database at WASL_POSTGRES_URL up to this binary; a private database migrates by itself.
func (c *migrateCmd) Run(a *app) error {
	var conf pg.Config
	if err := process(a.ctx, a.env, &conf); err != nil {
		return err
	}
	if conf.URL == "" {
		return errors.New("WASL_POSTGRES_URL is not set; a private database migrates by itself")
	}
	p, err := assemble(a.ctx, setup{Data: c.Data, Env: append(a.env, "WASL_POSTGRES_MIGRATE=true"), Log: a.log})
	if err != nil {
		return err
	}
	defer p.close()
	_, err = fmt.Fprintln(a.stdout, "migrated")
	return err
}
