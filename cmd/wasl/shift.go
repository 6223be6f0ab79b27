package main

import (
	"errors"
	"path/filepath"

	"wasl/kit/pg"
)

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
