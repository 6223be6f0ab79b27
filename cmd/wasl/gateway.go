package main

import (
	"fmt"

	"wasl/exchange/gateway"
	"wasl/kit/clock"
)

type gatewayCmd struct {
	Config string `required:"" help:"The member's gateway.json, made when the exchange was installed." type:"existingfile"`
}

// Run serves until it is told to stop.
func (c *gatewayCmd) Run(a *app) error {
	fmt.Fprintln(a.stdout, "exchange gateway", c.Config)
	return gateway.Run(a.ctx, c.Config, clock.System(nil), a.log)
}
