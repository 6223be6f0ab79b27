package main

import (
	"errors"
	"fmt"
	"os"

	"wasl/kit/pg"
)

type migrateCmd struct{}

// Run brings every block's schema of the database at WASL_POSTGRES_URL up to this binary; a private database migrates by itself.
func (migrateCmd) Run(a *app) error {
	var conf pg.Config
	if err := process(a.ctx, a.env, &conf); err != nil {
		return err
	}
	if conf.URL == "" {
		return errors.New("WASL_POSTGRES_URL is not set; a private database migrates by itself")
	}
	dir, err := os.MkdirTemp("", "wasl-migrate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := assemble(a.ctx, setup{Data: dir, Env: append(a.env, "WASL_POSTGRES_MIGRATE=true"), Log: a.log})
	if err != nil {
		return err
	}
	defer p.close()
	_, err = fmt.Fprintln(a.stdout, "migrated")
	return err
}
