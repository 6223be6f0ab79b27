package main

import (
	"fmt"

	"wasl/connector"
	"wasl/exchange/gateway"
	"wasl/kit/clock"
	"wasl/kit/pcsc"
)

type gatewayCmd struct {
	Config string `required:"" help:"The member's gateway.json, made when the exchange was installed." type:"existingfile"`
}

// Run serves until it is told to stop.
func (c *gatewayCmd) Run(a *app) error {
	fmt.Fprintln(a.stdout, "exchange gateway", c.Config)
	return gateway.Run(a.ctx, c.Config, clock.System(nil), a.log)
}

type connectorCmd struct {
	Addr   string   `help:"Loopback address at which login pages find the connector." default:"127.0.0.1:8085"`
	Origin []string `help:"Origins of the identity providers that may ask." default:"http://localhost:8081"`
	Reader string   `help:"pcscd: the readers of this machine; or the address at which a software card (vpcd) plugs in." default:"pcscd"`
}

// Run serves until it is told to stop.
func (c *connectorCmd) Run(a *app) error {
	cfg := connector.Config{Addr: c.Addr, Origins: c.Origin, Log: a.log, Reader: pcsc.Daemon{}}
	if c.Reader != "pcscd" {
		reader, err := pcsc.ListenVPCD(c.Reader)
		if err != nil {
			return err
		}
		cfg.Reader = reader
	}
	fmt.Fprintf(a.stdout, "card connector on http://%s\n", c.Addr)
	return connector.Run(a.ctx, cfg)
}
