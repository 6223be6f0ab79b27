package main

import (
	"errors"
	"fmt"
	"path/filepath"

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

// shiftCmd moves the legal date of a running demonstration, for the tests that drive it from a browser.
type shiftCmd struct {
	Data string `required:"" help:"Data directory of the demonstration." type:"path"`
	Days int    `required:"" help:"Days by which Today differs from the calendar."`
}

// Run writes the row that all processes of the demonstration read.
func (c *shiftCmd) Run(a *app) error {
	cluster, err := pg.Open(a.ctx, pg.Config{Dir: filepath.Join(c.Data, "postgres")})
	if err != nil {
		return err
	}
	defer cluster.Close()
	if cluster.Owned() {
		return errors.New("no demonstration runs on this directory")
	}
	return cluster.SetLegalShift(a.ctx, c.Days)
}
